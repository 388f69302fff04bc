/** Which files the tool has already, so that they need not be fetched ahead of it. */
import { join } from 'node:path';

import { describe, expect } from 'vitest';

import { namedRepository, ToolRepository } from '../../../src/app/proxy/ahead/tool-repository.js';
import type { PomSource } from '../../../src/maven/pom/pom-source.js';
import { type ExecBench, it } from '../exec/bench.js';

const greeter = { group: 'org.example', artifact: 'greeter', version: '1' };
const pom = '<project><modelVersion>4.0.0</modelVersion><groupId>org.example</groupId><artifactId>greeter</artifactId><version>1</version>';

describe('the local repository of a command', () => {
  const named = (command: readonly string[], env: Record<string, string> = {}) => namedRepository(command, env, '/work');

  it('is the one that its words or its environment name', () => {
    expect(named(['mvn', '-Dmaven.repo.local=/a b', 'verify'])).toBe('/a b');
    expect(named(['mvn', '-Dmaven.repo.local=here'])).toBe('/work/here');
    expect(named(['mvn'], { MAVEN_OPTS: '-Xmx1g -Dmaven.repo.local=/opts' })).toBe('/opts');
    expect(named(['lein'], { LEIN_JVM_OPTS: '-Dmaven.repo.local=/lein' })).toBe('/lein');
  });

  it('is that of the words rather than that of the environment', () => {
    expect(named(['mvn', '-Dmaven.repo.local=/word'], { MAVEN_ARGS: '-Dmaven.repo.local=/args' })).toBe('/word');
  });

  it('is not known if none is named', () => {
    expect(named(['mvn', '-Dmaven.repo.local=', '-Dmaven.repo.localx=/a'])).toBeUndefined();
  });
});

describe('a dependency', () => {
  const put = async (bench: ExecBench, names: readonly string[]): Promise<ToolRepository> => {
    for (const name of names) await bench.put(`m2/org/example/greeter/1/greeter-1${name}`, 'x');
    return new ToolRepository(join(bench.folder, 'm2'));
  };

  it('is there if its file and its POM are', async ({ bench }) => {
    expect((await put(bench, ['.pom'])).has(greeter)).toBe(false);
    expect((await put(bench, ['.jar'])).has(greeter)).toBe(true);
    expect((await put(bench, [])).has({ ...greeter, classifier: 'sources' })).toBe(false);
    expect((await put(bench, ['-sources.jar'])).has({ ...greeter, classifier: 'sources' })).toBe(true);
  });

  it.each(['[1,2)', '', '${undefined}', '2'])('is not there in version %j', async (version) => {
    expect(new ToolRepository('/nowhere').has({ ...greeter, version })).toBe(false);
    await Promise.resolve();
  });
});

describe('a POM', () => {
  const source: PomSource = {
    read: () => Promise.resolve(null),
    versions: () => Promise.resolve(['1']),
    resolveVersion: (_group, _artifact, version) => Promise.resolve(version),
  };

  it('is read from the local repository, and asked for if it is missing there or cannot be read', async ({ bench }) => {
    const poms = new ToolRepository(join(bench.folder, 'm2')).before(source);
    const read = () => poms.read(greeter.group, greeter.artifact, greeter.version);
    expect(await read()).toBeNull();
    await bench.put('m2/org/example/greeter/1/greeter-1.pom', pom);
    expect(await read()).toBeNull();
    await bench.put('m2/org/example/greeter/1/greeter-1.pom', `${pom}</project>`);
    expect(await read()).toMatchObject({ packaging: 'jar' });
    expect(await poms.versions('g', 'a')).toEqual(['1']);
    expect(await poms.resolveVersion('g', 'a', 'LATEST')).toBe('LATEST');
  });
});
