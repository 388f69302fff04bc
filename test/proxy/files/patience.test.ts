/** How long the proxy goes on trying before a build tool is told that a file is out of reach. */
import { setTimeout as sleep } from 'node:timers/promises';

import { describe, expect, it } from 'vitest';

import { Outage } from '../../../src/app/proxy/files/outage.js';
import { type Progress, withPatience } from '../../../src/app/proxy/files/patience.js';
import { ClojarsFetchError } from '../../../src/base/error.js';
import { createRepository } from '../../../src/network/mirrors/mirror-list.js';

const unreachable = new ClojarsFetchError('ERR_UNREACHABLE', { reason: 'refused', message: 'no mirror could be reached' });

function options(patienceMs: number, signal: AbortSignal = new AbortController().signal) {
  return { patienceMs, now: Date.now, signal };
}

describe('withPatience', () => {
  it('tries again until a mirror can be reached', async () => {
    let tries = 0;
    const work = (): Promise<string> => {
      tries += 1;
      return tries < 3 ? Promise.reject(unreachable) : Promise.resolve('file');
    };
    expect(await withPatience(work, options(60_000))).toBe('file');
    expect(tries).toBe(3);
  });

  it.each(['ERR_NOT_FOUND', 'ERR_CHECKSUM', 'ERR_QUORUM', 'ERR_LOCAL_REPOSITORY'] as const)('does not try again after %s', async (code) => {
    let tries = 0;
    const error = new ClojarsFetchError(code, { reason: 'x', message: 'x' });
    const work = (): Promise<never> => {
      tries += 1;
      return Promise.reject(error);
    };
    await expect(withPatience(work, options(60_000))).rejects.toBe(error);
    expect(tries).toBe(1);
  });

  it('gives the last error when the time is up', async () => {
    await expect(withPatience(() => Promise.reject(unreachable), options(600))).rejects.toBe(unreachable);
  });

  it('ends work that waits for its first byte, as out of reach', async () => {
    const work = (signal: AbortSignal): Promise<never> =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('aborted'))));
    await expect(withPatience(work, options(50))).rejects.toMatchObject({ code: 'ERR_UNREACHABLE', reason: 'timeout' });
  });

  it('gives the failure of the try before if the last one ends before it has asked any mirror', async () => {
    let tries = 0;
    const work = (signal: AbortSignal): Promise<never> => {
      tries += 1;
      if (tries === 1) return Promise.reject(unreachable);
      return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('aborted'))));
    };
    await expect(withPatience(work, options(600))).rejects.toBe(unreachable);
    expect(tries).toBe(2);
  });

  it('does not end work whose bytes arrive', async () => {
    const work = async (signal: AbortSignal, { arrived }: Progress): Promise<boolean> => {
      arrived();
      await sleep(150);
      return signal.aborted;
    };
    expect(await withPatience(work, options(50))).toBe(false);
  });

  it('does not end work that waits for its turn, and then gives it all its time', async () => {
    const work = async (signal: AbortSignal, { asked }: Progress): Promise<never> => {
      await sleep(150);
      const hadTurn = !signal.aborted;
      asked();
      if (hadTurn) await new Promise((resolve) => signal.addEventListener('abort', resolve));
      throw new Error(hadTurn ? 'asked' : 'never asked');
    };
    const waiting = withPatience(work, { ...options(50), waitsForTurn: () => true });
    await expect(waiting).rejects.toMatchObject({ code: 'ERR_UNREACHABLE', reason: 'timeout', cause: { message: 'asked' } });
    const refused = withPatience(work, { ...options(50), waitsForTurn: () => false });
    await expect(refused).rejects.toMatchObject({ code: 'ERR_UNREACHABLE', reason: 'timeout', cause: { message: 'never asked' } });
  });

  it('ends with the reason of its signal', async () => {
    const controller = new AbortController();
    const reason = new Error('closed');
    const promise = withPatience(() => Promise.reject(unreachable), options(60_000, controller.signal));
    controller.abort(reason);
    await expect(promise).rejects.toBeInstanceOf(Error);
  });

  it('is not ended by a file of an untrusted mirror, which does not speak for the repository', async () => {
    const repository = createRepository({
      id: 'r',
      url: 'https://canonical.test/',
      mirrors: ['https://trusted.test/', { url: 'https://other.test/', operator: 'other', trusted: false }],
    });
    for (const [mirror, tries] of [
      ['https://other.test/', 1],
      ['https://trusted.test/', 2],
      ['https://canonical.test/', 2],
      [null, 1],
    ] as const) {
      let nowMs = 0;
      const outage = new Outage();
      outage.failed(0, 5_000);
      outage.served(repository, mirror);
      let count = 0;
      const work = (): Promise<never> => {
        count += 1;
        nowMs += 3_000;
        return Promise.reject(unreachable);
      };
      const { signal } = new AbortController();
      await withPatience(work, { patienceMs: 5_000, now: () => nowMs + 5_000, signal, outage }).catch(() => undefined);
      expect(count, String(mirror)).toBe(tries);
    }
  });

  it('is shared by requests: once one has waited in vain, the next is tried once, until the repository answers', async () => {
    let nowMs = 0;
    const outage = new Outage();
    const { signal } = new AbortController();
    const countTries = async (isUp = false): Promise<number> => {
      let tries = 0;
      const work = (): Promise<string> => {
        tries += 1;
        nowMs += 3_000;
        if (!isUp) return Promise.reject(unreachable);
        outage.answered();
        return Promise.resolve('file');
      };
      await withPatience(work, { patienceMs: 5_000, now: () => nowMs, signal, outage }).catch(() => undefined);
      return tries;
    };
    expect([await countTries(), await countTries(), await countTries()]).toEqual([2, 1, 1]);
    expect(await countTries(true)).toBe(1);
    expect(await countTries()).toBe(2);
    nowMs += 60_000;
    expect(await countTries(), 'after a rest').toBe(2);
  });
});
