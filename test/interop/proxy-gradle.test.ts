/** Gradle and the proxy: by `exec`, and with the init script that `config gradle` writes. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import { beforeEach, describe, expect } from 'vitest';

import { writeToolSetup } from '../../src/app/tool-setup/set-up-tool.js';
import { it, type ProxyBench } from '../proxy/bench.js';
import { createFixtureRepository } from '../support/maven-repository.js';
import { runCli } from '../support/processes.js';
import { contentOf, digest } from '../support/workbench.js';
import { createGradleProject, gradleEnvironment, gradleWords, readGradleCache, type Tasks } from './gradle.js';
import { findProgram, missingPrograms, type ProgramResult, runProgram, shortJvm, skipUnlessThere } from './programs.js';
import { everything, repeated } from './proxy-tools.js';
import { createSlowEnd } from './slow-end.js';
import { closure, createClosureRepository, snapshot } from './workspace.js';

const { files } = createClosureRepository('first');
const nothing = new Map<string, Buffer>();
const large = createFixtureRepository({
  artifacts: [{ group: 'org.example', artifact: 'large', versions: ['1.0.0'], size: 20_000_000 }],
}).files;
const other = createFixtureRepository({ artifacts: [{ group: 'org.example', artifact: 'other', versions: ['1.0.0'] }] }).files;
const largeJar = 'org/example/large/1.0.0/large-1.0.0.jar';

function withOtherEnd(content: Buffer): Buffer {
  const changed = Buffer.from(content);
  changed.writeUInt8(changed.readUInt8(changed.length - 1) ^ 1, changed.length - 1);
  return changed;
}

/** The fixture has a snapshot under a name with its time, and Gradle keeps it under that of its version. */
function contentInRepository(path: string): Buffer {
  return contentOf(files, path.replace('nightly-0.3-SNAPSHOT', 'nightly-0.3-20240103.040506-2'));
}

function expectOnlyRightFiles(kept: ReadonlyMap<string, Buffer>): void {
  for (const [path, content] of kept) expect(digest('sha256', content), path).toBe(digest('sha256', contentInRepository(path)));
}

/** Runs Gradle with the init script that `config gradle --write` adds to its home. */
async function buildWithInitScript(bench: ProxyBench, url: string, tasks: Tasks): Promise<ProgramResult & { readonly home: string }> {
  const home = join(bench.folder, 'home');
  const project = await createGradleProject(join(bench.folder, 'project'), tasks);
  const { ready } = await writeToolSetup('gradle', {
    url,
    homeFolder: home,
    environment: {},
    recordFolder: join(bench.folder, 'records'),
  });
  expect(ready).toBe(true);
  const result = await runProgram(findProgram('gradle') ?? 'gradle', gradleWords(tasks), {
    home,
    cwd: project,
    env: gradleEnvironment(home),
  });
  return { ...result, home };
}

describe('Gradle', () => {
  beforeEach(({ skip }) => skipUnlessThere({ skip }, missingPrograms(['gradle', 'java', 'keytool'])));

  it('builds an unchanged project under exec over https, and upstream is asked for each file once', async ({ bench }) => {
    const [central, clojars] = [await bench.serve(nothing), await bench.serve(files)];
    const tasks = { everything };
    const home = join(bench.folder, 'home');
    await mkdir(home);
    const project = await createGradleProject(join(bench.folder, 'project'), tasks, [{ artifact: 'util', version: '1.0.0' }]);
    const repositories = ['--repo', `central=${central.url}`, '--repo', `clojars=${clojars.url}`];
    const { code, stdout, stderr } = await runCli(
      ['exec', '--no-config', '--tls', ...repositories, '--', 'gradle', ...gradleWords(tasks)],
      {
        home,
        cwd: project,
        env: { ...shortJvm, ...gradleEnvironment(home) },
      },
    );
    expect(code, stdout + stderr).toBe(0);
    const kept = await readGradleCache(home);
    expectOnlyRightFiles(kept);
    const plugin = 'org/example/util/1.0.0/util-1.0.0.jar';
    const jars = [plugin, ...closure.map(({ jar }) => jar), snapshot.jar.replace('20240103.040506-2', 'SNAPSHOT')];
    expect([...kept.keys()]).toEqual(expect.arrayContaining(jars));
    expect(repeated([clojars])).toEqual([]);
  });

  it('builds from a trusted mirror while the primary is a black hole', async ({ bench }) => {
    const [primary, mirror, clojars] = [
      await bench.serve(files, { fault: 'black-hole' }),
      await bench.serve(files),
      await bench.serve(nothing),
    ];
    const { url } = await bench.start({
      repositories: [
        { id: 'central', url: primary.url, mirrors: [{ url: mirror.url, trusted: true }] },
        { id: 'clojars', url: clojars.url, mirrors: [] },
      ],
    });
    const { code, output, home } = await buildWithInitScript(bench, url, { app: [{ artifact: 'app', version: '1.0.0' }] });
    expect(code, output).toBe(0);
    const kept = await readGradleCache(home);
    expectOnlyRightFiles(kept);
    expect([...kept.keys()]).toEqual(expect.arrayContaining(closure.map(({ jar }) => jar)));
  });

  it('fails for a refused, an absent and a damaged large file, keeps none of them, and builds the rest', async ({ bench }) => {
    const refused = closure[3].jar;
    const served = new Map([...files, ...large, ...other]);
    for (const path of [refused, largeJar]) served.set(path, withOtherEnd(contentOf(served, path)));
    const { url: clojars } = await bench.listen(createSlowEnd(served, largeJar));
    // Central has `other` too, with another POM than its checksum says.
    const central = await bench.serve(other, { fault: { fault: 'corrupt', match: /\.pom$/ } });
    const { url } = await bench.start({
      repositories: [
        { id: 'central', url: central.url, mirrors: [] },
        { id: 'clojars', url: clojars, mirrors: [] },
      ],
    });
    const { code, output, home } = await buildWithInitScript(bench, url, {
      sound: [{ artifact: 'core', version: '2.0.0' }],
      absent: [{ artifact: 'missing', version: '1.0.0' }],
      damaged: [{ artifact: 'large', version: '1.0.0' }],
      refusedPom: [{ artifact: 'other', version: '1.0.0' }],
      refused: [{ artifact: 'text', version: '0.9-beta1' }],
    });
    expect(code, output).toBe(1);
    const failures = output.split("Could not resolve all files for configuration ':").slice(1);
    const reasonOf = (name: string): string | undefined => failures.find((text) => text.startsWith(`${name}'`));
    expect(failures).toHaveLength(4);
    expect(reasonOf('absent')).toMatch(/Could not find org\.example:missing:1\.0\.0/);
    expect(reasonOf('damaged')).toMatch(/Could not get resource .*large-1\.0\.0\.jar/);
    const refusal = /502 from server: refused: sha1 differs from 127\.0\.0\.1/;
    for (const name of ['refusedPom', 'refused']) expect(reasonOf(name)).toMatch(refusal);
    // A file that is refused is not taken from the next repository.
    const asked = bench.answered.map(({ target }) => target);
    expect(asked.filter((target) => target.startsWith('/clojars/org/example/other/'))).toEqual([]);
    // Most of the large file had been sent.
    const { bytes } = bench.answered.find(({ target }) => target === `/clojars/${largeJar}`) ?? { bytes: 0 };
    expect(bytes).toBeGreaterThan(0);
    expect(bytes).toBeLessThan(contentOf(large, largeJar).length);
    const kept = await readGradleCache(home);
    expectOnlyRightFiles(new Map([...kept].filter(([path]) => !path.startsWith('org/example/large/'))));
    expect([...kept.keys()].filter((path) => path.endsWith('.jar')).sort()).toEqual([closure[1].jar, closure[2].jar].sort());
  });
});
