/** Rules that the fault matrix, with one file and three equal mirrors, cannot show. */
import { describe, expect, onTestFinished, vi } from 'vitest';

import type { FaultServer } from '../support/fault-server.js';
import { createFixtureRepository } from '../support/maven-repository.js';
import { coordinate, files, it, jarPath, pomPath } from './stage.js';

describe('credentials', () => {
  const authorization = `Basic ${Buffer.from('ada:secret').toString('base64')}`;

  it('are not sent along when a redirect leads to another origin', async ({ bench }) => {
    const elsewhere = await bench.serve(files);
    const first = await bench.serve(files, { authorization, fault: { redirect: elsewhere.url } });
    const client = await bench.over([first], {
      client: { repositories: [{ id: 'fixture', url: first.url, auth: { username: 'ada', password: 'secret' } }] },
    });
    const artifact = await client.resolveArtifact(coordinate);
    expect(artifact.mirror).toBe(first.url);
    expect(first.requests.map(({ headers }) => headers.authorization)).toEqual([authorization, authorization]);
    expect(elsewhere.requests.map(({ path }) => path).sort()).toEqual([jarPath, `${jarPath}.sha1`]);
    expect(elsewhere.requests.map(({ headers }) => headers.authorization)).toEqual([undefined, undefined]);
  });

  it('are not sent to the next mirror, nor shown in the error', async ({ bench }) => {
    const first = await bench.serve(files, { authorization, fault: { status: 403 } });
    const second = await bench.serve(files, { fault: { status: 403 } });
    const client = await bench.over([first, second], {
      client: { repositories: [{ id: 'fixture', url: first.url, auth: { username: 'ada', password: 'secret' }, mirrors: [second.url] }] },
    });
    const error: unknown = await client.resolveArtifact(coordinate).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'ERR_UNREACHABLE', reason: 'status' });
    expect(JSON.stringify([error, bench.events, String(error)])).not.toContain('secret');
    // The request for the checksum may be withdrawn before it is sent: the 403 for the jar has settled the matter.
    expect(second.count(jarPath)).toBe(1);
    expect(second.requests.filter(({ headers }) => headers.authorization !== undefined)).toEqual([]);
  });
});

describe('one connection', () => {
  it('is enough for artifact, POM and checksum files, sound or broken', async ({ bench }) => {
    const [broken, sound] = [await bench.serve(files, { fault: { status: 503 } }), await bench.serve(files)];
    const client = await bench.over([broken, sound], { pom: false, client: { concurrency: 1 }, tuning: { hedgeDelayMs: 10_000 } });
    await client.resolveArtifact(coordinate);
    expect(await bench.local()).toEqual(expect.arrayContaining([jarPath, pomPath]));
  });

  it('is released by attempts that were aborted', async ({ bench }) => {
    const artifacts = ['a', 'b', 'c', 'd'].map((artifact) => ({ group: 'org.example', artifact, versions: ['1.0.0'] }));
    const { files: many } = createFixtureRepository({ artifacts });
    const [silent, sound] = [await bench.serve(many, { fault: 'hang' }), await bench.serve(many)];
    const client = await bench.over([silent, sound], { pom: false, client: { concurrency: 1 }, tuning: { hedgeDelayMs: 50 } });
    const found = await Promise.all(artifacts.map(({ artifact }) => client.resolveArtifact(`org.example:${artifact}:1.0.0`)));
    expect(found.map(({ mirror }) => mirror)).toEqual(artifacts.map(() => sound.url));
    // The silent mirror had one request at a time; once it was found out, the waiting requests moved on.
    expect(silent.count()).toBeLessThanOrEqual(4);
  });
});

describe('429', () => {
  it('keeps a mirror from being used as a hedge for a slow one', async ({ bench }) => {
    const { files: two } = createFixtureRepository({
      artifacts: ['a', 'b'].map((artifact) => ({ group: 'org.example', artifact, versions: ['1.0.0'], packaging: 'pom' as const })),
    });
    const throttling = await bench.serve(two, { fault: { status: 429, retryAfter: 60 } });
    const slow = await bench.serve(two, { fault: { delayMs: 400 } });
    const client = await bench.over([throttling, slow], { pom: false, tuning: { hedgeDelayMs: 50 } });
    await client.resolveArtifact('org.example:a:pom:1.0.0');
    const before = throttling.count(/\.pom$/);
    expect(before).toBe(1);
    await client.resolveArtifact('org.example:b:pom:1.0.0');
    expect(throttling.count(/\.pom$/)).toBe(before);
  });

  it('is retried after the requested delay if no other mirror is left', async ({ bench }) => {
    const server = await bench.serve(files, { fault: (_path, index) => (index < 2 ? { status: 429, retryAfter: 1 } : null) });
    const client = await bench.over([server]);
    await client.resolveArtifact(coordinate);
    const times = server.requests.filter(({ path }) => path === jarPath).map(({ atMs }) => atMs);
    expect(times).toHaveLength(2);
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThan(990);
  });
});

describe('progress', () => {
  it('is reported now and then, and at the end', async ({ bench }) => {
    const { files: large } = createFixtureRepository({
      artifacts: [{ group: 'org.example', artifact: 'greeter', versions: ['1.0.0'], size: 8 * 1024 * 1024 }],
    });
    vi.useFakeTimers({ toFake: ['Date', 'performance'] });
    onTestFinished(() => void vi.useRealTimers());
    const client = await bench.over([await bench.serve(large)]);
    const artifact = await client.resolveArtifact(coordinate);
    const told = bench.events.filter((event) => event.type === 'bytes');
    expect(told.at(-1)).toMatchObject({ received: artifact.size, total: artifact.size });
    // The clock stands still. On a busy machine, the download may stall and be continued.
    const attempts = bench.of('attempt-started').filter(({ path }) => path === jarPath);
    expect(told.length, 'the first bytes of each attempt, and the last').toBe(attempts.length + 1);
    expect(told.map(({ received }) => received)).toEqual(told.map(({ received }) => received).sort((a, b) => a - b));
  });
});

describe('a stalled download', () => {
  it('is continued with a Range request at the next mirror', async ({ bench }) => {
    const first = await bench.serve(files, { fault: { fault: 'hang-half-way', match: /\.jar$/ } });
    const second = await bench.serve(files);
    const client = await bench.over([first, second], {
      tuning: { hedgeDelayMs: 20_000, stall: { minBytesPerSecond: 1024, windowMs: 2_000 } },
    });
    const artifact = await client.resolveArtifact(coordinate);
    expect(artifact.mirror).toBe(second.url);
    expect(second.requests.filter(({ path }) => path === jarPath).map(({ headers }) => headers.range)).toEqual([
      expect.stringMatching(/^bytes=[1-9]\d*-$/),
    ]);
    const ended = bench.events.filter((event) => event.type === 'attempt-ended');
    expect(ended.map(({ outcome, status }) => [outcome, status])).toEqual([
      ['stalled', 200],
      ['ok', 206],
    ]);
  });
});

describe('a checksum file', () => {
  it('that hangs after a body of more than a mebibyte costs a hedge delay, not a time-out', async ({ bench }) => {
    const { files: large } = createFixtureRepository({
      artifacts: [{ group: 'org.example', artifact: 'greeter', versions: ['1.0.0'], size: 3 * 1024 * 1024 }],
    });
    const first = await bench.serve(large, { fault: { fault: 'hang', match: /\.jar\.(sha\d+|md5)$/ } });
    const second = await bench.serve(large);
    const client = await bench.over([first, second], { tuning: { hedgeDelayMs: 100, firstByteTimeoutMs: 60_000 } });
    expect((await client.resolveArtifact(coordinate)).mirror).toBe(second.url);
    expect(bench.events.filter((event) => event.type === 'attempt-ended' && event.mirror === first.url)).toEqual([
      expect.objectContaining({ outcome: 'aborted' }),
    ]);
  });

  it('that is unavailable is listed by its path among the attempts of the mirror that served the body', async ({ bench }) => {
    const server = await bench.serve(files, { fault: { fault: { status: 403 }, match: /\.sha1$/ } });
    const client = await bench.over([server]);
    const error = await client.resolveArtifact(coordinate).then(
      () => null,
      (reason: unknown) => reason,
    );
    expect(error).toMatchObject({
      code: 'ERR_UNREACHABLE',
      reason: 'status',
      attempts: [{ mirror: server.url, outcome: 'status', status: 403, path: `${jarPath}.sha1` }],
    });
  });

  it('is listed only for mirrors that were asked for theirs', async ({ bench }) => {
    const [canonical, witness, mirror] = [
      await bench.serve(files, { fault: { status: 403 } }),
      await bench.serve(files, { fault: { fault: 'reset', match: /\.sha1$/ } }),
      await bench.serve(files),
    ];
    const untrusted = (server: FaultServer, operator: string) => ({ url: server.url, operator, trusted: false });
    const client = await bench.over([canonical, witness, mirror], {
      client: { repositories: [{ id: 'fixture', url: canonical.url, mirrors: [untrusted(mirror, 'm'), untrusted(witness, 'w')] }] },
    });
    const error = await client.resolveArtifact(coordinate).then(
      () => null,
      (reason: unknown) => reason,
    );
    expect(error).toMatchObject({
      attempts: expect.arrayContaining([
        expect.objectContaining({ mirror: canonical.url, outcome: 'status', status: 403, path: `${jarPath}.sha1` }),
        expect.objectContaining({ mirror: witness.url, outcome: 'reset', status: null, path: `${jarPath}.sha1` }),
      ]) as unknown,
    });
  });
});

describe('bytes of two mirrors that do not fit together', () => {
  it('are discarded, and the whole file is fetched from the second mirror', async ({ bench }) => {
    const { files: other } = createFixtureRepository({
      artifacts: [{ group: 'org.example', artifact: 'greeter', versions: ['1.0.0'], size: 64 * 1024 }],
      seed: 'other',
    });
    const first = await bench.serve(other, { fault: 'truncate' });
    const second = await bench.serve(files);
    const client = await bench.over([first, second], { tuning: { hedgeDelayMs: 10_000 } });
    const artifact = await client.resolveArtifact(coordinate);
    expect(artifact.mirror).toBe(second.url);
    expect(second.requests.filter(({ path }) => path === jarPath).map(({ headers }) => headers.range !== undefined)).toEqual([true, false]);
  });
});
