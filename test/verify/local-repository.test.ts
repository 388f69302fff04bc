/** Checking again what is in a local repository: by coordinate, and all of it. */
import { appendFile, mkdir, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect } from 'vitest';

import { statFile } from '../../src/base/disk/stat-file.js';
import { createVerificationCache } from '../../src/local/ledger/verification-cache.js';
import { createPolicy, policyDigest } from '../../src/proof/policy.js';
import { contentOf, coordinate, digest, errorOf, greeter, jar, pom } from '../support/workbench.js';
import { it, short } from './bench.js';

const files = greeter();
const forged = greeter({ seed: 'forged' });

describe('a coordinate', () => {
  it('hashes artifact and POM and asks the mirrors for their checksums again', async ({ bench }) => {
    const server = await bench.secure(files);
    await bench.client(bench.options([['c', server]])).resolveArtifact(coordinate);
    server.clear();
    const report = await bench.verify([coordinate], bench.options([['c', server]]));
    expect(short(report)).toEqual(['greeter-1.0.0.jar ok origin', 'greeter-1.0.0.pom ok origin']);
    expect(report.files[0]).toMatchObject({
      path: join(bench.m2, jar),
      coordinate: 'org.example:greeter:1.0.0',
      repository: 'r',
      size: contentOf(files, jar).length,
      sha256: digest('sha256', contentOf(files, jar)),
      verification: { proofs: ['origin:sha1', 'local'], witnesses: [{ operator: 'c', agrees: true }] },
      warnings: [],
      error: null,
    });
    expect(report.files[0]?.why).toBe(`${server.url} publishes the same checksum; as it was first seen, at origin from r`);
    expect(server.count()).toBe(2);
    expect(server.count(jar)).toBe(0);
  });

  it('asks no mirror offline; accepts a file first seen at origin', async ({ bench }) => {
    const server = await bench.secure(files);
    await bench.client(bench.options([['c', server]])).resolveArtifact(coordinate);
    server.clear();
    const report = await bench.verify([coordinate], bench.options([['c', server]], { offline: true }));
    expect(short(report)).toEqual(['greeter-1.0.0.jar ok local', 'greeter-1.0.0.pom ok local']);
    expect(report.files[0]?.why).toBe('no mirror was asked, because of --offline; as it was first seen, at origin from r');
    expect(server.count()).toBe(0);
  });

  it('requires the configured number of operators for a quorum', async ({ bench }) => {
    const [c, a] = [await bench.secure(files), await bench.secure(files)];
    await bench.client(bench.options([['c', c]])).resolveArtifact(coordinate);
    const report = await bench.verify(
      [coordinate],
      bench.options(
        [
          ['c', c],
          ['a', a],
        ],
        { trust: { quorum: 2 } },
      ),
    );
    expect(short(report)).toEqual(['greeter-1.0.0.jar ok quorum', 'greeter-1.0.0.pom ok quorum']);
    expect(report.files[0]?.why).toBe('a and c publish the same checksum');
    const failed = await bench.verify([coordinate], bench.options([['c', c]], { trust: { quorum: 2 } }));
    expect(failed.files[0]).toMatchObject({
      status: 'failed',
      verification: { level: 'none', proofs: [] },
      error: { code: 'ERR_QUORUM', reason: 'too-few' },
    });
  });

  it('finds a changed file, even if its checksum file matches, and changes nothing', async ({ bench }) => {
    const server = await bench.secure(files);
    await bench.client(bench.options([['c', server]])).resolveArtifact(coordinate);
    const file = join(bench.m2, jar);
    await writeFile(file, contentOf(forged, jar));
    await writeFile(`${file}.sha1`, digest('sha1', contentOf(forged, jar)));
    const report = await bench.verify([coordinate], bench.options([['c', server]]));
    expect(report.files[0]).toMatchObject({ status: 'failed', error: { code: 'ERR_CHECKSUM', reason: 'changed' } });
    expect(report.files[0]?.error?.hint).toBeTruthy();
    expect(report.files[1]?.status).toBe('ok');
    await rm(join(bench.folder, 'state'), { recursive: true });
    expect((await bench.verify([coordinate], bench.options([['c', server]]))).files[0]).toMatchObject({
      status: 'failed',
      error: { code: 'ERR_CHECKSUM', reason: 'mismatch' },
    });
    await writeFile(`${file}.sha1`, digest('sha1', contentOf(files, jar)));
    expect((await bench.verify([coordinate], bench.options([['c', server]]))).files[0]).toMatchObject({
      status: 'failed',
      error: { code: 'ERR_LOCAL_REPOSITORY', reason: 'corrupt' },
    });
    expect((await readFile(file)).equals(contentOf(forged, jar))).toBe(true);
  });

  it('finds changed bytes even if size and times are the same', async ({ bench }) => {
    const server = await bench.secure(files);
    const { path } = await bench.client(bench.options([['c', server]])).resolveArtifact('org.example:greeter:pom:1.0.0');
    // The record of another content for the very same state of the file, as a disk fault would leave it.
    const found = statFile(path);
    if (found === null) throw new Error('it is there');
    await createVerificationCache(join(bench.folder, 'cache'), bench.m2).record(found, {
      sha256: '0'.repeat(64),
      sha1: null,
      level: 'origin',
      proofs: [],
      policyDigest: policyDigest(createPolicy(), ''),
      repository: 'r',
      mirror: null,
    });
    await rm(join(bench.folder, 'state'), { recursive: true });
    expect((await bench.verify(['org.example:greeter:pom:1.0.0'], bench.options([['c', server]]))).files[0]).toMatchObject({
      path,
      status: 'failed',
      error: { code: 'ERR_LOCAL_REPOSITORY', reason: 'corrupt' },
    });
  });

  it('verifies every local version if the coordinate names none', async ({ bench }) => {
    const server = await bench.secure(files);
    const client = bench.client(bench.options([['c', server]]));
    await client.resolveArtifact(coordinate);
    await client.resolveArtifact('org.example:greeter:1.1.0');
    expect(short(await bench.verify(['org.example/greeter'], bench.options([['c', server]])))).toEqual([
      'greeter-1.0.0.jar ok origin',
      'greeter-1.0.0.pom ok origin',
      'greeter-1.1.0.jar ok origin',
      'greeter-1.1.0.pom ok origin',
    ]);
  });

  it('verifies every build of a snapshot, and the copy under its base version', async ({ bench }) => {
    const server = await bench.secure(
      greeter({ versions: ['2.0.0-SNAPSHOT'], snapshots: [{ timestamp: '20240102.030405', buildNumber: 1 }] }),
    );
    await bench
      .client(bench.options([['c', server]], { repositories: [{ id: 'r', url: server.url, snapshots: true }] }))
      .resolveArtifact('org.example:greeter:2.0.0-SNAPSHOT');
    const report = await bench.verify(
      ['org.example:greeter:2.0.0-SNAPSHOT'],
      bench.options([['c', server]], { repositories: [{ id: 'r', url: server.url, snapshots: true }] }),
    );
    expect(report.files.map(({ status }) => status)).toEqual(['ok', 'ok', 'ok', 'ok']);
    expect(report.files.map(({ why }) => why).filter((why) => why.startsWith('a copy of'))).toHaveLength(2);
  });

  it.for([
    ['org.example/greter 1.0.0', /org\.example:greter:1\.0\.0 is not in the local repository/, /Did you mean 'org\.example\/greeter'/],
    ['org.exmple/greeter 1.0.0', /is not in the local repository/, /Did you mean 'org\.example\/greeter'/],
    [
      'org.example/greeter 1.0.1',
      /is not in the local repository/,
      /The local repository has 1\.0\.0\. Fetch it with 'clojars-fetch org\.example\/greeter 1\.0\.1'\./,
    ],
    [
      'org.example:greeter:jar:sources:1.0.0',
      /is not in the local repository/,
      /Of this version, the local repository has greeter-1\.0\.0\.pom/,
    ],
    ['nobody/nothing', /nobody:nothing is not in the local repository/, /Check its name/],
  ] as const)('%s: says what may have been meant', async ([text, message, hint], { bench }) => {
    const server = await bench.secure(files);
    await bench.client(bench.options([['c', server]])).resolveArtifact(coordinate);
    const error = await errorOf(bench.verify([text], bench.options([['c', server]])));
    expect(error).toMatchObject({ code: 'ERR_NOT_FOUND', reason: 'absent' });
    expect(error.message).toMatch(message);
    expect(error.hint).toMatch(hint);
  });

  it('refuses a range', async ({ bench }) => {
    expect(await errorOf(bench.verify(['org.example/greeter [1,2)'], bench.options([])))).toMatchObject({ code: 'ERR_RANGE' });
  });
});

describe('a file without evidence', () => {
  it("another tool's file that no repository knows is a warning; one that was installed here is fine", async ({ bench }) => {
    const server = await bench.secure(new Map());
    await bench.write(jar, contentOf(files, jar));
    await bench.write(pom, contentOf(files, pom));
    await bench.write('org/example/greeter/1.0.0/_remote.repositories', 'greeter-1.0.0.pom>=\n');
    const report = await bench.verify([coordinate], bench.options([['c', server]]));
    expect(short(report)).toEqual(['greeter-1.0.0.jar warning local', 'greeter-1.0.0.pom ok local']);
    expect(report.files.map(({ why }) => why)).toEqual([
      'no checksum is published for it, and nothing says where it came from',
      'built and installed on this machine',
    ]);
    expect(server.count(/pom/)).toBe(0);
  });

  it('does not ask other repositories about a file from one that is not configured', async ({ bench }) => {
    const server = await bench.secure(files);
    await bench.write(jar, contentOf(files, jar));
    await bench.write('org/example/greeter/1.0.0/_remote.repositories', 'greeter-1.0.0.jar>company=\n');
    const report = await bench.verify([{ file: join(bench.m2, jar) }], bench.options([['c', server]]));
    expect(report.files[0]).toMatchObject({
      status: 'warning',
      repository: 'company',
      why: 'it came from company, which is not configured here',
    });
    expect(server.count()).toBe(0);
  });

  it('warns if a repository does not answer, and fails if more proof is required', async ({ bench }) => {
    const dead = await bench.secure(files, { fault: 'refuse' });
    await bench.write(jar, contentOf(files, jar));
    const report = await bench.verify([{ file: join(bench.m2, jar) }], bench.options([['c', dead]]));
    expect(report.files[0]).toMatchObject({ status: 'warning', why: 'no mirror could be asked for its checksum' });
    expect(report.files[0]?.warnings[0]).toContain('r did not answer');
    expect(
      (await bench.verify([{ file: join(bench.m2, jar) }], bench.options([['c', dead]], { trust: { level: 'origin' } }))).files[0],
    ).toMatchObject({
      status: 'failed',
    });
  });
});

describe('a mirror over plain http', () => {
  it('is not a proof, but is named instead of calling the checksum missing', async ({ bench }) => {
    const server = await bench.serve(files);
    await bench.write(jar, contentOf(files, jar));
    const [one] = (await bench.verify([{ file: join(bench.m2, jar) }], bench.options([['c', server]]))).files;
    expect(one).toMatchObject({ status: 'warning', why: `agrees with ${server.url}, over plain http`, verification: { level: 'local' } });
  });

  it('fails a file that it contradicts', async ({ bench }) => {
    const server = await bench.serve(files);
    await bench.write(jar, 'other bytes');
    const [one] = (await bench.verify([{ file: join(bench.m2, jar) }], bench.options([['c', server]]))).files;
    expect(one).toMatchObject({ status: 'failed', error: { code: 'ERR_CHECKSUM', reason: 'mismatch' } });
    expect(one?.why).toContain('over plain http');
  });
});

describe('all of the local repository', () => {
  it('reports once, with the number of files, that a repository did not answer', async ({ bench }) => {
    const server = await bench.secure(files);
    await bench.client(bench.options([['c', server]])).resolveArtifact(coordinate);
    const dead = await bench.secure(files, { fault: 'refuse' });
    const report = await bench.verify([{ localRepository: true }], {
      ...bench.options([['c', dead]]),
      cacheFolder: `${bench.folder}/other`,
    });
    expect(report.files.map(({ status }) => status)).toEqual(['warning', 'warning']);
    expect(report.files.flatMap(({ warnings }) => warnings)).toEqual([]);
    expect(report.warnings).toEqual(['r did not answer, so what it publishes could not be compared for 2 files']);
  });

  it('checks only artifacts, skips the files that tools keep alongside them, and reports progress', async ({ bench }) => {
    const server = await bench.secure(files);
    await bench.client(bench.options([['c', server]])).resolveArtifact(coordinate);
    await bench.write('org/example/greeter/maven-metadata-r.xml', '<metadata/>');
    await bench.write('org/example/greeter/1.0.0/greeter-1.0.0.jar.lastUpdated', '#');
    await bench.write('org/example/greeter/1.0.0/greeter-1.0.0.jar.asc', 'x');
    await bench.write('org/example/notes.txt', 'x');
    await bench.write('.cache/x/1/x-1.jar', 'x');
    const told: number[] = [];
    const report = await bench.verify([{ localRepository: true }], {
      ...bench.options([['c', server]]),
      onProgress: ({ checked }) => told.push(checked),
    });
    expect(short(report)).toEqual(['greeter-1.0.0.jar ok origin', 'greeter-1.0.0.pom ok origin']);
    expect(report.ignored).toBeGreaterThan(3);
    expect(told).toEqual([1, 2]);
  });

  it('follows no link out of the repository, and no cycle of links', async ({ bench }) => {
    const server = await bench.secure(new Map());
    await bench.write(jar, contentOf(files, jar));
    await mkdir(join(bench.folder, 'outside/evil/1'), { recursive: true });
    await writeFile(join(bench.folder, 'outside/evil/1/evil-1.jar'), 'secret');
    await symlink(join(bench.folder, 'outside'), join(bench.m2, 'out'));
    await symlink(join(bench.folder, 'outside/evil/1/evil-1.jar'), join(bench.m2, 'org/example/greeter/1.0.0/greeter-1.0.0-x.jar'));
    await symlink(bench.m2, join(bench.m2, 'org/loop'));
    await symlink(join(bench.m2, 'nowhere'), join(bench.m2, 'dangling'));
    const report = await bench.verify([{ localRepository: true }], bench.options([['c', server]]));
    expect(short(report)).toEqual(['greeter-1.0.0.jar warning local']);
    expect(report.warnings).toEqual([
      expect.stringMatching(/^3 links that lead out of the local repository or nowhere were not followed: dangling, org\/.*, out$/),
    ]);
  });

  it('handles a root that is a link, and endless nesting', async ({ bench }) => {
    const server = await bench.secure(files);
    await bench.write(jar, contentOf(files, jar));
    await mkdir(join(bench.m2, Array.from({ length: 80 }, () => 'd').join('/')), { recursive: true });
    await symlink(bench.m2, join(bench.folder, 'link'));
    const report = await bench.verify(
      [{ localRepository: true }],
      bench.options([['c', server]], { localRepository: join(bench.folder, 'link') }),
    );
    expect(short(report)).toEqual(['greeter-1.0.0.jar ok origin']);
    expect(report.warnings).toEqual([expect.stringMatching(/^a folder is nested too deep for a repository, and was not entered: d\/d\//)]);
  });

  it('reports an empty file as damaged', async ({ bench }) => {
    await bench.write(jar, '');
    const report = await bench.verify([{ localRepository: true }], bench.options([['c', await bench.secure(new Map())]]));
    expect(report.files[0]).toMatchObject({ status: 'failed', error: { code: 'ERR_LOCAL_REPOSITORY', reason: 'corrupt' } });
  });

  it('keeps hundreds of files in order, whichever check ends first', async ({ bench }) => {
    const versions = Array.from({ length: 150 }, (_, index) => `1.0.${index}`);
    const many = greeter({ versions, size: 2000 });
    const server = await bench.secure(many);
    for (const [path, content] of many) if (/\.(jar|pom)$/.test(path)) await bench.write(path, content);
    await appendFile(join(bench.m2, 'org/example/greeter/1.0.77/greeter-1.0.77.jar'), 'x');
    const { files: found } = await bench.verify([{ localRepository: true }], bench.options([['c', server]]));
    expect(found).toHaveLength(300);
    expect(found.filter(({ status }) => status !== 'ok').map(({ coordinate: one, error }) => [one, error?.reason])).toEqual([
      ['org.example:greeter:1.0.77', 'mismatch'],
    ]);
    expect(found.map(({ path }) => path)).toEqual([...found.map(({ path }) => path)].sort());
    expect(server.count()).toBe(300);
  });

  it.for([
    [
      'is empty',
      async (m2: string): Promise<void> => void (await mkdir(m2, { recursive: true })),
      'ERR_NOT_FOUND',
      /the local repository .* holds no artifacts/,
    ],
    ['is not there', async (_m2: string): Promise<void> => undefined, 'ERR_CONFIG', /the local repository .* does not exist/],
    ['is a file', async (m2: string): Promise<void> => void (await writeFile(m2, 'x')), 'ERR_CONFIG', /is not a folder/],
  ] as const)('that %s is an error that says so', async ([_name, make, code, message], { bench }) => {
    await make(bench.m2);
    const error = await errorOf(bench.verify([{ localRepository: true }], bench.options([])));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
    expect(error.hint).toContain('--local-repo');
  });

  it('ends when the caller aborts', async ({ bench }) => {
    for (const [path, content] of files) await bench.write(path, content);
    const server = await bench.secure(files, { fault: 'hang' });
    const stop = new AbortController();
    const running = errorOf(bench.verify([{ localRepository: true }], { ...bench.options([['c', server]]), signal: stop.signal }));
    await expect.poll(() => server.count()).toBeGreaterThan(0);
    stop.abort(new Error('enough'));
    expect(await running).toMatchObject({ code: 'ERR_ABORTED' });
  });
});

it('changes nothing: no files, times or records', async ({ bench }) => {
  const server = await bench.secure(files);
  const { path } = await bench.client(bench.options([['c', server]])).resolveArtifact(coordinate);
  await utimes(path, new Date(1e12), new Date(1e12));
  const before = [await bench.placed(), (await stat(path)).mtimeMs, await readFile(join(bench.folder, 'state/first-seen.jsonl'), 'utf8')];
  await bench.verify([coordinate, { localRepository: true }], bench.options([['c', server]]));
  expect([await bench.placed(), (await stat(path)).mtimeMs, await readFile(join(bench.folder, 'state/first-seen.jsonl'), 'utf8')]).toEqual(
    before,
  );
});
