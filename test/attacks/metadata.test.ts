/** Fast-forward, rollback, freeze and invention: the false statements that `maven-metadata.xml`, which is not signed, can make. */
import { readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect } from 'vitest';

import { lock } from '../../src/app/lock/lock.js';
import { createHighWaterMarks } from '../../src/local/ledger/high-water-mark.js';
import { errorOf, greeter, metadata } from '../support/workbench.js';
import { forge, it, metadataXml, sha1Of, type Stage, untrusted } from './stage.js';

const subject = 'org.example:greeter';
const files = greeter();
const says = (versions: readonly string[], more: Parameters<typeof metadataXml>[1] = {}): Map<string, Buffer> =>
  forge(files, { [metadata]: metadataXml(versions, more) });
const rollbacks = (stage: Stage): string[] =>
  stage
    .of('warning')
    .filter(({ warning }) => warning === 'metadata-rollback')
    .map(({ message }) => message);

describe('fast-forward', () => {
  it('by untrusted mirrors: their version and date neither count nor are remembered', async ({ stage }) => {
    const canonical = await stage.secure(files);
    const ahead = await stage.secure(says(['1.0.0', '1.1.0', '999999'], { lastUpdated: '99991231235959' }));
    const client = stage.against(canonical.url, [untrusted(ahead.url, 'evil')]);
    expect((await client.resolveArtifact(`${subject}:RELEASE`)).version).toBe('1.1.0');
    canonical.setFault({ status: 503 });
    const list = await client.resolveVersions(subject);
    expect(list).toMatchObject({ versions: [], release: null, lastUpdated: null });
    canonical.setFault(null);
    expect((await client.resolveVersions(subject)).warnings).toEqual([]);
    expect(rollbacks(stage).filter((message) => message.includes('999999'))).toEqual([]);
  });

  it('by the canonical operator, withdrawn later: reported, and does not lock users out', async ({ stage }) => {
    const live = new Map(says(['1.0.0', '1.1.0', '999999'], { lastUpdated: '99991231235959' }));
    const canonical = await stage.secure(live);
    await stage.against(canonical.url).resolveVersions(subject);
    for (const [path, content] of says(['1.0.0', '1.1.0', '1.2.0'], { lastUpdated: '20250101000000' })) live.set(path, content);
    const list = await stage.against(canonical.url).resolveVersions(subject);
    expect(list).toMatchObject({ versions: ['1.0.0', '1.1.0', '1.2.0'], release: '1.2.0' });
    // The version is named; a future date was never recorded as a mark.
    expect(rollbacks(stage)).toEqual([expect.stringMatching(/versions vanished: 999999$/)]);
    expect((await stage.against(canonical.url).resolveArtifact(`${subject}:[1.0,1.1.0]`)).version).toBe('1.1.0');
  });

  it('leaves a mark that is one line of a file, and can be deleted with it', async ({ stage }) => {
    const live = new Map(says(['1.0.0', '999999']));
    const canonical = await stage.secure(live);
    const client = stage.against(canonical.url);
    await client.resolveVersions(subject);
    await client.close();
    const marks = join(stage.folder, 'state', 'metadata-high-water.jsonl');
    expect(await readFile(marks, 'utf8')).toContain('999999');
    await rm(marks);
    for (const [path, content] of files) live.set(path, content);
    expect((await stage.against(canonical.url).resolveVersions(subject)).warnings).toEqual([]);
  });
});

it('by a repository that lists other versions each time: neither fills the disk nor locks users out', async ({ stage }) => {
  const folder = join(stage.folder, 'marks');
  const marks = createHighWaterMarks(folder);
  for (let time = 0; time < 40; time++) {
    const versions = Array.from({ length: 5_000 }, (_, index) => `${'1.'.repeat(100)}${time}.${index}`);
    await marks.raise('evil:lib', { versions, lastUpdated: String(20_200_101_000_000 + time) });
  }
  expect((await stat(join(folder, 'metadata-high-water.jsonl'))).size).toBeLessThan(32 << 20);
  expect((await createHighWaterMarks(folder).check('evil:lib'))?.lastUpdated).toBe('20200101000039');
});

describe('rollback', () => {
  it('by untrusted mirrors while the canonical operator is away: vanished versions are named, and no older one passes for the newest', async ({
    stage,
  }) => {
    const canonical = await stage.secure(files);
    const [old, older] = [
      await stage.secure(says(['1.0.0'], { lastUpdated: '20200101000000' })),
      await stage.secure(says(['1.0.0'], { lastUpdated: '20200101000000' })),
    ];
    const client = stage.against(canonical.url, [untrusted(old.url, 'a'), untrusted(older.url, 'b')]);
    await client.resolveVersions(subject);
    canonical.setFault({ status: 503 });
    const list = await client.resolveVersions(subject);
    expect(list.warnings.join('\n')).toContain('versions vanished: 1.1.0; its date is older than what was seen before');
    expect(rollbacks(stage)).toHaveLength(1);
    // The mark stays: it is that of the authority.
    canonical.setFault(null);
    expect((await client.resolveVersions(subject)).warnings).toEqual([]);
  });

  it('by the canonical operator itself: reported each time', async ({ stage }) => {
    const live = new Map(files);
    const canonical = await stage.secure(live);
    const client = stage.against(canonical.url);
    await client.resolveVersions(subject);
    for (const [path, content] of says(['1.0.0'], { lastUpdated: '20200101000000' })) live.set(path, content);
    for (let time = 0; time < 2; time++) await client.resolveVersions(subject);
    expect(rollbacks(stage)).toHaveLength(2);
  });
});

describe('under --frozen', () => {
  it('fast-forward and rollback have no effect: no metadata is requested', async ({ stage }) => {
    const live = new Map(files);
    const canonical = await stage.secure(live);
    const lockfile = join(stage.folder, 'clojars-fetch.lock');
    const folders = {
      settings: false,
      localRepository: stage.m2,
      cacheFolder: join(stage.folder, 'cache'),
      stateFolder: join(stage.folder, 'state'),
      ca: stage.ca,
    } as const;
    await lock({ roots: [`${subject}:RELEASE`] }, { ...folders, lockfile, repositories: [{ id: 'r', url: canonical.url }] });
    for (const changed of [
      says(['1.0.0'], { lastUpdated: '20200101000000' }),
      says(['1.0.0', '1.1.0', '999999'], { lastUpdated: '99991231235959' }),
    ]) {
      for (const [path, content] of changed) live.set(path, content);
      canonical.clear();
      const client = stage.against(canonical.url, [], { lockfile, frozen: true });
      const resolution = await client.resolveDependencies([`${subject}:RELEASE`]);
      expect(resolution.dependencies.map(({ path }) => path?.split('/').at(-1))).toEqual(['greeter-1.1.0.jar']);
      expect(canonical.count(/metadata/)).toBe(0);
      expect(await errorOf(client.resolveVersions(subject))).toMatchObject({ code: 'ERR_LOCKFILE' });
    }
  });
});

describe('indefinite freeze', () => {
  it('cannot be prevented while the canonical operator is away, but the result names the sources and their dates', async ({ stage }) => {
    const canonical = await stage.secure(says(['1.0.0', '1.1.0', '1.2.0'], { lastUpdated: '20250101000000' }), { fault: { status: 503 } });
    const [a, b] = [await stage.secure(files), await stage.secure(files)];
    const client = stage.against(canonical.url, [untrusted(a.url, 'a'), untrusted(b.url, 'b')]);
    const list = await client.resolveVersions(subject);
    expect(list).toMatchObject({ release: '1.1.0', lastUpdated: '20240102030405' });
    expect(list.repositories[0]?.sources).toEqual(
      expect.arrayContaining([
        { mirror: a.url, lastUpdated: '20240102030405' },
        { mirror: b.url, lastUpdated: '20240102030405' },
      ]),
    );
    expect(stage.of('attempt-ended')).toContainEqual(expect.objectContaining({ mirror: canonical.url, outcome: 'status', status: 503 }));
    canonical.setFault(null);
    expect((await client.resolveVersions(subject)).release).toBe('1.2.0');
  });

  it('of a snapshot: the kept build is used, with a warning', async ({ stage }) => {
    const snapshots = greeter({ versions: ['2.0-SNAPSHOT'], snapshots: [{ timestamp: '20240101.000000', buildNumber: 1 }] });
    const canonical = await stage.secure(snapshots);
    await stage.against(canonical.url).resolveArtifact(`${subject}:2.0-SNAPSHOT`);
    canonical.setFault({ status: 503 });
    await stage.against(canonical.url).resolveArtifact(`${subject}:2.0-SNAPSHOT`);
    expect(
      stage
        .of('warning')
        .map(({ message }) => message)
        .join('\n'),
    ).toContain('a newer build that only it has is not seen');
  });
});

describe('invented versions in metadata', () => {
  it('by one mirror: not believed, and named in a warning', async ({ stage }) => {
    const canonical = await stage.secure(files, { fault: { fault: { status: 503 }, match: /metadata/ } });
    const [honest, liar] = [await stage.secure(files), await stage.secure(says(['1.0.0', '1.1.0', '1.1.1-backdoor']))];
    const client = stage.against(canonical.url, [
      untrusted(honest.url, 'a'),
      untrusted(liar.url, 'b'),
      { url: (await stage.secure(says(['1.1.1-backdoor']))).url, trusted: false },
    ]);
    expect((await client.resolveArtifact(`${subject}:[1.0,)`)).version).toBe('1.1.0');
    expect(
      stage
        .of('warning')
        .map(({ message }) => message)
        .join('\n'),
    ).toMatch(/version 1\.1\.1-backdoor is listed by .* alone/);
  });

  it('by two mirrors that conspire: listed, but the file still needs its own proofs', async ({ stage }) => {
    const invented = forge(says(['1.0.0', '9.0.0']), {
      'org/example/greeter/9.0.0/greeter-9.0.0.jar': 'forged',
      'org/example/greeter/9.0.0/greeter-9.0.0.pom': '<project/>',
    });
    const canonical = await stage.secure(files, { fault: { fault: { status: 503 }, match: /metadata/ } });
    const [a, b] = [await stage.secure(invented), await stage.secure(invented)];
    // Two independent operators that agree are believed while no authority answers. The canonical one reports no such file.
    const client = stage.against(canonical.url, [untrusted(a.url, 'a'), { url: b.url, trusted: false }]);
    expect(await errorOf(client.resolveArtifact(`${subject}:9.0.0`))).toMatchObject({
      code: 'ERR_NOT_FOUND',
      reason: 'withdrawn-or-unpublished',
    });
    expect((await stage.placed()).filter((name) => name.includes('9.0.0'))).toEqual([]);
  });

  it('by the hundred thousand: summarised in a few lines', async ({ stage }) => {
    const many = Array.from({ length: 100_000 }, (_, index) => `8.${index}`);
    const canonical = await stage.secure(files, { fault: { status: 503 } });
    const liar = await stage.secure(says(many));
    const list = await stage.against(canonical.url, [untrusted(liar.url, 'liar')]).resolveVersions(subject);
    expect(list.versions).toEqual([]);
    expect(list.warnings.length).toBeLessThan(20);
    expect(list.warnings.join('').length).toBeLessThan(10_000);
    expect(list.warnings.join('\n')).toContain('99995 more versions');
    expect(stage.of('warning').length).toBeLessThan(20);
  });

  it('by several mirrors of one operator, or mirrors asked over plain http: not a quorum', async ({ stage }) => {
    const invented = says(['1.0.0', '7.0.0']);
    const canonical = await stage.secure(files, { fault: { status: 503 } });
    const [a, b] = [await stage.secure(invented), await stage.secure(invented)];
    expect(
      (await stage.against(canonical.url, [untrusted(a.url, 'one'), untrusted(b.url, 'one')]).resolveVersions(subject)).versions,
    ).toEqual([]);
    const [c, d] = [await stage.serve(invented), await stage.serve(invented)];
    expect((await stage.against(canonical.url, [untrusted(c.url, 'c'), untrusted(d.url, 'd')]).resolveVersions(subject)).versions).toEqual(
      [],
    );
  });

  it('by a mirror that redirects to another: not a second witness', async ({ stage }) => {
    const invented = says(['1.0.0', '7.0.0']);
    const canonical = await stage.secure(files, { fault: { status: 503 } });
    const liar = await stage.secure(invented);
    const echo = await stage.secure(invented, { fault: { redirect: liar.url } });
    expect(
      (await stage.against(canonical.url, [untrusted(liar.url, 'liar'), untrusted(echo.url, 'echo')]).resolveVersions(subject)).versions,
    ).toEqual([]);
  });
});

it('in metadata with a wrong checksum, or of another artifact: ignored', async ({ stage }) => {
  const canonical = await stage.secure(new Map([...files, [`${metadata}.sha1`, sha1Of('something else')]]));
  expect(await errorOf(stage.against(canonical.url).resolveVersions(subject))).toMatchObject({
    code: 'ERR_UNREACHABLE',
    reason: 'checksum-mismatch',
  });
  const other = await stage.secure(says(['1.0.0'], { artifact: 'other' }));
  expect(await errorOf(stage.against(other.url).resolveVersions(subject))).toMatchObject({ code: 'ERR_UNREACHABLE', reason: 'not-maven' });
});
