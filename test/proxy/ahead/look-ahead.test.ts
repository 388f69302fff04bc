/** The look-ahead: what it follows, and what bounds it. */
import { join } from 'node:path';

import { describe, expect, vi } from 'vitest';

import { AheadIsOver, AheadPoms } from '../../../src/app/proxy/ahead/ahead-poms.js';
import { ServedVersions } from '../../../src/app/proxy/ahead/served-versions.js';
import { createFixtureRepository } from '../../support/maven-repository.js';
import { it } from '../bench.js';

const dependency = (artifact: string, version: string) => ({ group: 'org.example', artifact, version });
const { files } = createFixtureRepository({
  artifacts: [
    {
      group: 'org.example',
      artifact: 'top',
      versions: ['1'],
      dependencies: [dependency('ranged', '[1,2)'), dependency('moving', '0.1-SNAPSHOT')],
    },
    { group: 'org.example', artifact: 'ranged', versions: ['1.0', '1.5', '2.0'], dependencies: [dependency('behind', '1')] },
    { group: 'org.example', artifact: 'behind', versions: ['1'] },
    { group: 'org.example', artifact: 'moving', versions: ['0.1-SNAPSHOT'] },
    { group: 'org.example', artifact: 'plain', versions: ['1'], dependencies: [dependency('behind', '1')] },
  ],
});
const file = (artifact: string, version: string, extension: string): string =>
  `org/example/${artifact}/${version}/${artifact}-${version}.${extension}`;
const build = 'org/example/moving/0.1-SNAPSHOT/moving-0.1-20240102.030405-1';

describe('the look-ahead', () => {
  it('follows version ranges and snapshots', async ({ bench }) => {
    const server = await bench.serve(files);
    const proxy = await bench.inFrontOf(server.url, { lookAhead: true });
    await bench.get(proxy, `r/${file('top', '1', 'pom')}`);
    const expected = [
      file('ranged', '1.5', 'jar'),
      file('ranged', '1.0', 'pom'),
      file('behind', '1', 'jar'),
      `${build}.pom`,
      `${build}.jar`,
    ];
    await expect.poll(() => expected.filter((path) => server.count(path) !== 1)).toEqual([]);
    expect([file('ranged', '1.0', 'jar'), file('ranged', '2.0', 'pom')].map((path) => server.count(path))).toEqual([0, 0]);
  });

  it('leaves a repository alone for a minute whose mirror has answered 429, and no other', async ({ bench }) => {
    let nowMs = Date.now();
    const group = 'com.busy';
    const lib = (artifact: string, needs: readonly string[]) => ({
      group,
      artifact,
      versions: ['1'],
      dependencies: needs.map((name) => ({ group, artifact: name, version: '1' })),
    });
    const libs = createFixtureRepository({ artifacts: [lib('one', ['deep']), lib('two', ['late']), lib('deep', []), lib('late', [])] });
    const [busy, server] = [await bench.serve(libs.files, { fault: { status: 429 } }), await bench.serve(files)];
    const repositories = [
      { id: 'busy', url: busy.url, groups: [group] },
      { id: 'r', url: server.url, groups: ['org.example'] },
    ];
    const proxy = await bench.start({ repositories, patienceMs: 2_000 }, { clock: () => nowMs });
    const pomOf = (artifact: string): string => `com/busy/${artifact}/1/${artifact}-1.pom`;
    expect((await bench.get(proxy, `busy/${pomOf('one')}`)).status).toBe(503);
    busy.setFault(null);
    expect((await bench.get(proxy, `busy/${pomOf('one')}`)).status).toBe(200);
    expect((await bench.get(proxy, `r/${file('plain', '1', 'pom')}`)).status).toBe(200);
    await expect.poll(() => server.count(file('behind', '1', 'jar'))).toBe(1);
    expect(busy.requests.filter(({ path }) => path.includes('/deep/'))).toEqual([]);
    nowMs += 61_000;
    expect((await bench.get(proxy, `busy/${pomOf('two')}`)).status).toBe(200);
    await expect.poll(() => busy.count(pomOf('late'))).toBe(1);
  });

  it('asks for nothing once its session is over', async ({ bench }) => {
    const fetch = vi.fn(() => Promise.reject(new Error('asked')));
    const poms = new AheadPoms({
      fetch,
      versions: new ServedVersions(() => Promise.resolve(null)),
      cacheFolder: join(bench.folder, 'cache'),
    });
    poms.end();
    await expect(poms.read('org.example', 'lib', '1')).rejects.toBeInstanceOf(AheadIsOver);
    expect(fetch).not.toHaveBeenCalled();
  });

  it('is off with `lookAhead: false`', async ({ bench }) => {
    const server = await bench.serve(files);
    const proxy = await bench.inFrontOf(server.url);
    await bench.get(proxy, `r/${file('top', '1', 'pom')}`);
    await bench.get(proxy, `r/${file('top', '1', 'jar')}`);
    expect(server.requests.filter(({ path }) => !path.includes('/top/'))).toEqual([]);
  });
});
