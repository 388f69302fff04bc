import { createHash, randomBytes } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { BackgroundDigester } from '../../src/fetch/download/background-digester.js';

const body = randomBytes(5 << 20);
const sum = (algorithm: string, bytes: Uint8Array): string => createHash(algorithm).update(bytes).digest('hex');

function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc()');
  setFlagsFromString('--no-expose-gc');
}

async function digestsOf(bytes: Uint8Array, threads: number): Promise<unknown> {
  const digester = new BackgroundDigester(['sha1', 'sha256'], threads);
  await digester.update(bytes);
  return digester.digests();
}

describe.each([[1], [3]])('a body hashed on up to %i other threads', (threads) => {
  it('has the right digests, however it is cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: body.length }),
        fc.array(fc.integer({ min: 50, max: 700_000 }), { minLength: 1, maxLength: 5 }),
        async (length, cuts) => {
          const bytes = body.subarray(0, length);
          const digester = new BackgroundDigester(['sha1', 'sha256'], threads);
          for (let at = 0, n = 0; at < length; n += 1) {
            const chunk = bytes.subarray(at, at + (cuts[n % cuts.length] ?? 1));
            await digester.update(chunk);
            at += chunk.length;
          }
          expect(await digester.digests()).toEqual({ sha1: sum('sha1', bytes), sha256: sum('sha256', bytes) });
        },
      ),
      { numRuns: 5, examples: [[5_000, [1]]] },
    );
  });

  it('continues from digests that were cloned before they are finished', async () => {
    const digester = new BackgroundDigester(['sha256', 'sha512'], threads);
    await digester.update(body);
    const suffix = Buffer.from('trailer of a signature');
    const carried = await digester.digestWith('sha512', suffix);
    expect(carried && Buffer.from(carried).toString('hex')).toBe(sum('sha512', Buffer.concat([body, suffix])));
    expect(await digester.digestWith('sha1', suffix)).toBeNull();
    expect(await digester.digests()).toEqual({ sha256: sum('sha256', body), sha512: sum('sha512', body) });
    expect(await digester.digestWith('sha256', suffix)).toBeNull();
  });

  it('returns the same digests when asked again', async () => {
    const digester = new BackgroundDigester(['md5'], threads);
    await digester.update(body);
    const digests = await digester.digests();
    expect(digests).toEqual({ md5: sum('md5', body) });
    expect(await digester.digests()).toEqual(digests);
  });

  it('finishes even if only its digests are waited for', async () => {
    let waiting = Promise.resolve<unknown>(null);
    for (let round = 0; round < 2; round += 1) {
      waiting = digestsOf(body.subarray(0, 1000), threads);
      await new Promise((resolve) => setImmediate(resolve));
      collectGarbage();
      expect(await waiting).toEqual({ sha1: sum('sha1', body.subarray(0, 1000)), sha256: sum('sha256', body.subarray(0, 1000)) });
    }
  });

  it('is cleaned up when it is abandoned', async () => {
    const digester = new BackgroundDigester(['sha256'], threads);
    await digester.update(body.subarray(0, 1000));
    // Nothing to assert: a thread that kept the process alive would hang this test file.
  });
});
