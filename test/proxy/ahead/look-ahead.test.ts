/** The look-ahead: what it follows, and what bounds it. */
import { join } from 'node:path';

import { describe, expect, vi } from 'vitest';

import { AheadIsOver, AheadPoms } from '../../../src/app/proxy/ahead/ahead-poms.js';
import { ServedVersions } from '../../../src/app/proxy/ahead/served-versions.js';
import { ClojarsFetchError } from '../../../src/base/error.js';
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
    await vi.waitFor(() => expect(expected.filter((path) => server.count(path) !== 1)).toEqual([]), { timeout: 15_000 });
    expect([file('ranged', '1.0', 'jar'), file('ranged', '2.0', 'pom')].map((path) => server.count(path))).toEqual([0, 0]);
  });

  it('rests after a mirror has answered 429', async ({ bench }) => {
    const [busy, server] = [await bench.serve(files, { fault: { status: 429 } }), await bench.serve(files)];
    const repositories = [
      { id: 'busy', url: busy.url },
      { id: 'r', url: server.url },
    ];
    const proxy = await bench.start({ repositories, patienceMs: 2_000 });
    expect((await bench.get(proxy, `busy/${file('ranged', '1.0', 'jar')}`)).status).toBe(503);
    expect((await bench.get(proxy, `r/${file('top', '1', 'pom')}`)).status).toBe(200);
    // An answer later, nothing has been fetched ahead.
    expect((await bench.get(proxy, `r/${file('top', '1', 'jar')}`)).status).toBe(200);
    expect(server.requests.filter(({ path }) => !path.includes('/top/'))).toEqual([]);
  });

  it('reads no more POMs than it may in one session, whatever they name', async ({ bench }) => {
    let count = 0;
    const absent = new ClojarsFetchError('ERR_NOT_FOUND', { reason: 'absent', message: 'absent' });
    const fetch = (): Promise<never> => {
      count += 1;
      return Promise.reject(absent);
    };
    const versions = new ServedVersions(() => Promise.resolve(null));
    const poms = new AheadPoms({ fetch, versions, cacheFolder: join(bench.folder, 'cache'), most: 3 });
    for (const version of ['1', '2', '3']) expect(await poms.read('org.example', 'lib', version)).toBeNull();
    await expect(poms.read('org.example', 'lib', '4')).rejects.toBeInstanceOf(AheadIsOver);
    await expect(poms.versions('org.example', 'lib')).rejects.toBeInstanceOf(AheadIsOver);
    expect(count).toBe(3);
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
