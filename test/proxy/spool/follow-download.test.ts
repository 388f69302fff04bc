/** Readers of a large file while it is really downloaded, from mirrors that behave and that do not. */
import { createHash } from 'node:crypto';

import { describe, expect } from 'vitest';

import type { Tuning } from '../../../src/app/client/tuning.js';
import { heldBackBytes, SpooledBody } from '../../../src/app/proxy/spool/spooled-body.js';
import { isClojarsFetchError } from '../../../src/base/error.js';
import { resolvePath } from '../../../src/fetch/paths/resolve-path.js';
import type { ResolvedFile } from '../../../src/fetch/wanted-file.js';
import { parseArtifactPath } from '../../../src/maven/coordinate/path.js';
import { openStage } from '../../paths/stage.js';
import { it, type Workbench } from '../../support/workbench.js';
import { Reading, seededBytes } from './scripted-download.js';

const path = 'org/example/big/1.0/big-1.0.jar';
const total = 9 * 1024 * 1024;
const content = seededBytes(7, total);
const withSums = (bytes: Buffer): Map<string, Buffer> =>
  new Map([
    [path, bytes],
    [`${path}.sha1`, Buffer.from(createHash('sha1').update(bytes).digest('hex'))],
  ]);
const files = withSums(content);
const jarOnly = /\.jar$/;

interface Followed {
  readonly body: SpooledBody;
  readonly reader: Reading;
  readonly outcome: Promise<ResolvedFile | null>;
}

/** Downloads from these servers, the first of which is canonical, and reads along. */
async function follow(bench: Workbench, servers: readonly { readonly url: string }[], tuning: Tuning = {}): Promise<Followed> {
  const [canonical, ...others] = servers;
  const mirrors = others.map(({ url }) => ({ url, trusted: true }));
  const stage = await openStage(bench, { repositories: [{ id: 'r', url: canonical?.url ?? '', mirrors }] }, tuning);
  const coordinate = parseArtifactPath(path);
  if (coordinate === null) throw new Error('not a path');
  const body = new SpooledBody();
  const reader = new Reading(body);
  const request = { repository: stage.repository('r'), path, coordinate, follower: body };
  const outcome = resolvePath(stage.context, request).then(
    (file) => {
      body.accept(file.file);
      return file;
    },
    (error: unknown) => {
      body.refuse(error instanceof Error ? error : new Error('refused'));
      return null;
    },
  );
  return { body, reader, outcome };
}

describe('a large file that is read while it is downloaded', () => {
  it('comes whole from a sound mirror', async ({ bench }) => {
    const server = await bench.serve(files, { headers: () => ({ 'last-modified': 'Tue, 14 Nov 2023 22:13:20 GMT' }) });
    const { body, reader, outcome } = await follow(bench, [server]);
    expect(await body.announced).toEqual({ total, mirror: server.url, lastModifiedMs: 1_700_000_000_000 });
    expect((await reader.end).equals(content)).toBe(true);
    expect(await outcome).toMatchObject({ mirror: server.url, size: total });
    expect((await bench.read(path)).equals(content)).toBe(true);
  });

  it('lacks its end if it is corrupt everywhere, and nothing is placed', async ({ bench }) => {
    const server = await bench.serve(files, { fault: { fault: 'corrupt', match: jarOnly } });
    const { reader, outcome } = await follow(bench, [server]);
    const error: unknown = await reader.end.catch((reason: unknown) => reason);
    expect(isClojarsFetchError(error) && error.code).toBe('ERR_CHECKSUM');
    expect(reader.size).toBeLessThanOrEqual(total - heldBackBytes);
    expect(await outcome).toBeNull();
    expect(await bench.placed()).toEqual([]);
  });

  it('is cut off if another mirror has the right bytes, and is there for the next reader', async ({ bench }) => {
    const bad = Buffer.from(content);
    bad[100] = (bad[100] ?? 0) ^ 1;
    const servers = [await bench.serve(new Map([...files, [path, bad]])), await bench.serve(files)];
    const { body, reader, outcome } = await follow(bench, servers, { hedgeDelayMs: 10_000 });
    await expect(reader.end).rejects.toThrow('does not begin with the bytes that were sent');
    expect(reader.size).toBeLessThanOrEqual(total - heldBackBytes);
    expect(await outcome).toMatchObject({ mirror: servers[1]?.url });
    expect((await new Reading(body).end).equals(content)).toBe(true);
  });

  it.for(['reset-half-way', 'truncate', 'hang-half-way'] as const)('goes on with a second mirror after %s', async (fault, { bench }) => {
    const servers = [await bench.serve(files, { fault: { fault, match: jarOnly } }), await bench.serve(files)];
    const { reader, outcome } = await follow(bench, servers, {
      hedgeDelayMs: 10_000,
      stall: { minBytesPerSecond: 1024, windowMs: 500 },
    });
    expect((await reader.end).equals(content)).toBe(true);
    expect(await outcome).toMatchObject({ size: total });
    expect(servers[1]?.count(path)).toBeGreaterThan(0);
  });

  it('is cut off if a hedge with other bytes wins', async ({ bench }) => {
    const bad = Buffer.from(content);
    bad[0] = (bad[0] ?? 0) ^ 1;
    // Its headers are late, so that the hedge starts; its body stops half-way.
    const slow = await bench.http((_request, response) => {
      setTimeout(() => response.writeHead(200, { 'content-length': total }).write(bad.subarray(0, total / 2)), 200);
    });
    const sound = await bench.serve(files);
    sound.setFault({ fault: { delayMs: 800 }, match: jarOnly });
    const { body, reader, outcome } = await follow(bench, [slow, sound], { hedgeDelayMs: 50 });
    await reader.has(1);
    expect(reader.bytes[0]).toBe(bad[0]);
    expect(await outcome).toMatchObject({ mirror: sound.url });
    await expect(reader.end).rejects.toThrow('does not begin with the bytes that were sent');
    expect((await new Reading(body).end).equals(content)).toBe(true);
  });

  it('ends by the stall rule if a mirror holds back the end, and lacks it', async ({ bench }) => {
    const holding = await bench.http((request, response) => {
      if (!request.url?.endsWith('.jar')) return response.writeHead(404).end();
      return response.writeHead(200, { 'content-length': total }).write(content.subarray(0, total - 1000));
    });
    const { reader, outcome } = await follow(bench, [holding], { stall: { minBytesPerSecond: 1024, windowMs: 300 } });
    await reader.has(total - heldBackBytes);
    expect(await outcome).toBeNull();
    const error: unknown = await reader.end.catch((reason: unknown) => reason);
    expect(isClojarsFetchError(error) && error.code).toBe('ERR_UNREACHABLE');
    expect(reader.size).toBe(total - heldBackBytes);
  });

  it('is not announced if it is small', async ({ bench }) => {
    const small = withSums(content.subarray(0, 8 * 1024 * 1024));
    const { body, outcome } = await follow(bench, [await bench.serve(small)]);
    expect(await body.announced).toBeNull();
    expect(await outcome).toMatchObject({ size: 8 * 1024 * 1024 });
  });
});
