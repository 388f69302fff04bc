/** One file of one repository, by its path. */
import { describe, expect } from 'vitest';

import { Foresight } from '../../src/base/async/foresight.js';
import { resolvePath } from '../../src/fetch/paths/resolve-path.js';
import type { ResolvedFile } from '../../src/fetch/wanted-file.js';
import { parseArtifactPath } from '../../src/maven/coordinate/path.js';
import { contentOf, digest, errorOf, greeter, it, jar, pom } from '../support/workbench.js';
import { openStage, type Stage } from './stage.js';

const base = 'org/example/greeter/1.0.0/greeter-1.0.0';
const snapshot = 'org/example/greeter/2.0-SNAPSHOT/greeter-2.0-20240101.010203-4';
const extra = new Map([
  [`${base}.module`, Buffer.from('{"formatVersion":"1.1"}')],
  [`${base}-sources.jar`, Buffer.from('sources')],
  [`${base}-dist.tar.gz`, Buffer.from('distribution')],
  [`${snapshot}.jar`, Buffer.from('a build')],
]);
const sums = [...extra].map(([path, content]) => [`${path}.sha1`, Buffer.from(digest('sha1', content))] as const);
const files = new Map([...greeter(), ...extra, ...sums, [`${jar}.asc`, Buffer.from('a signature')]]);

function fetchPath(stage: Stage, path: string, id = 'r'): Promise<ResolvedFile> {
  const coordinate = parseArtifactPath(path);
  if (coordinate === null) throw new Error(`${path} is not a path`);
  return resolvePath(stage.context, { repository: stage.repository(id), path, coordinate });
}

describe('resolvePath', () => {
  it.for([
    ['a jar, without its POM', jar, [jar, `${jar}.sha1`]],
    ['a POM', pom, [pom, `${pom}.sha1`]],
    ['Gradle metadata', `${base}.module`, [`${base}.module`, `${base}.module.sha1`]],
    ['a classifier', `${base}-sources.jar`, [`${base}-sources.jar`, `${base}-sources.jar.sha1`]],
    ['two extensions', `${base}-dist.tar.gz`, [`${base}-dist.tar.gz`, `${base}-dist.tar.gz.sha1`]],
    ['a build of a snapshot, without metadata', `${snapshot}.jar`, [`${snapshot}.jar`, `${snapshot}.jar.sha1`]],
  ] as const)('fetches %s', async ([, path, requests], { bench }) => {
    const server = await bench.serve(files);
    const stage = await openStage(bench, { repositories: [{ id: 'r', url: server.url, snapshots: true }] });
    const found = await fetchPath(stage, path);
    expect(found).toMatchObject({ path, repository: 'r', mirror: server.url, sha256: digest('sha256', contentOf(files, path)) });
    expect(server.requests.map((request) => request.path).sort()).toEqual([...requests].sort());
    expect((await bench.placed()).filter((name) => /greeter[^/]*$/.test(name))).toEqual([path, `${path}.sha1`]);
    expect(await fetchPath(stage, path)).toMatchObject({ mirror: null, sha256: found.sha256 });
    expect(server.count()).toBe(requests.length);
  });

  it('fetches a signature as it is, and says that one is absent', async ({ bench }) => {
    const server = await bench.serve(files);
    const stage = await openStage(bench, { repositories: [{ id: 'r', url: server.url }] });
    await fetchPath(stage, `${jar}.asc`);
    expect(await bench.read(`${jar}.asc`)).toEqual(Buffer.from('a signature'));
    expect(await errorOf(fetchPath(stage, `${pom}.asc`))).toMatchObject({ code: 'ERR_NOT_FOUND', reason: 'absent' });
  });

  it('asks the named repository alone', async ({ bench }) => {
    const [first, second] = [await bench.serve(new Map()), await bench.serve(files)];
    const stage = await openStage(bench, {
      repositories: [
        { id: 'first', url: first.url },
        { id: 'second', url: second.url },
      ],
    });
    expect(await errorOf(fetchPath(stage, jar, 'first'))).toMatchObject({ code: 'ERR_NOT_FOUND', reason: 'absent' });
    expect([first.count(jar), second.count()]).toEqual([1, 0]);
    expect(await fetchPath(stage, jar, 'second')).toMatchObject({ repository: 'second' });
    expect(first.count(jar)).toBe(1);
  });

  it('asks no repository that a group is not bound to, and none for a kind of version that it does not serve', async ({ bench }) => {
    const [company, open] = [await bench.serve(files), await bench.serve(files)];
    const stage = await openStage(bench, {
      repositories: [
        { id: 'company', url: company.url, snapshots: false },
        { id: 'open', url: open.url },
      ],
      repoFor: { 'org.example': 'company' },
    });
    const error = await errorOf(fetchPath(stage, jar, 'open'));
    expect(error).toMatchObject({ code: 'ERR_NOT_FOUND', reason: 'absent' });
    expect(error.message).toBe('org.example:greeter:1.0.0: open is not asked for it, since org.example is bound to company');
    expect(await errorOf(fetchPath(stage, `${snapshot}.jar`, 'company'))).toMatchObject({ code: 'ERR_NOT_FOUND', reason: 'absent' });
    expect(await fetchPath(stage, jar, 'company')).toMatchObject({ repository: 'company' });
    expect([company.count(jar), open.count()]).toEqual([1, 0]);
  });

  it("takes another mirror's POM if the first is another artifact's, and a broken one that every mirror has", async ({ bench }) => {
    const wrong = Buffer.from(contentOf(files, pom).toString().replace('greeter', 'another'));
    const bad = new Map([
      [pom, wrong],
      [`${pom}.sha1`, Buffer.from(digest('sha1', wrong))],
    ]);
    const [first, second] = [await bench.serve(bad), await bench.serve(files)];
    const mirrors = [{ url: second.url, trusted: true }];
    const stage = await openStage(bench, {
      repositories: [
        { id: 'r', url: first.url, mirrors },
        { id: 'broken', url: first.url },
      ],
    });
    expect(await fetchPath(stage, pom)).toMatchObject({ mirror: second.url, sha256: digest('sha256', contentOf(files, pom)) });
    const other = await openStage(bench, {
      localRepository: `${bench.folder}/other`,
      cacheFolder: `${bench.folder}/other-cache`,
      stateFolder: `${bench.folder}/other-state`,
      repositories: [{ id: 'broken', url: first.url }],
    });
    expect(await fetchPath(other, pom, 'broken')).toMatchObject({ sha256: digest('sha256', wrong) });
  });

  it('refuses a path that is not the one of the coordinate, and checksum files', async ({ bench }) => {
    const server = await bench.serve(files);
    const stage = await openStage(bench, { repositories: [{ id: 'r', url: server.url }] });
    const coordinate = parseArtifactPath(pom);
    if (coordinate === null) throw new Error('not a path');
    const request = { repository: stage.repository('r'), path: jar, coordinate };
    expect(await errorOf(resolvePath(stage.context, request))).toMatchObject({ code: 'ERR_COORDINATE' });
    expect(await errorOf(fetchPath(stage, `${jar}.sha1`))).toMatchObject({ code: 'ERR_COORDINATE' });
    expect(server.count()).toBe(0);
  });

  it('lets files ahead of time wait behind those that a tool waits for, until they are needed', async ({ bench }) => {
    const versions = ['1', '2', '3', '4', '5', '6', '7'];
    const many = greeter({ versions });
    const pathOf = (version: string): string => `org/example/greeter/${version}/greeter-${version}.jar`;
    const server = await bench.serve(many, { fault: { delayMs: 150 } });
    const stage = await openStage(bench, { concurrency: 4, repositories: [{ id: 'r', url: server.url }] });
    const needed = new Foresight();
    const priorities = ['ahead', 'ahead', 'ahead', 'ahead', needed, 'ahead', 'tool'] as const;
    const all = versions.map((version, index) => {
      const path = pathOf(version);
      const coordinate = { group: 'org.example', artifact: 'greeter', version, extension: 'jar', classifier: '' };
      return resolvePath(stage.context, { repository: stage.repository('r'), path, coordinate, priority: priorities[index] });
    });
    needed.need();
    await Promise.all(all);
    const order = server.requests.map(({ path }) => path).filter((path) => path.endsWith('.jar'));
    expect(order).toHaveLength(7);
    expect(order.slice(0, 5)).toEqual(expect.arrayContaining([pathOf('5'), pathOf('7')]));
  });
});
