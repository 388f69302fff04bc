import { expect, test } from 'vitest';

import { MirrorQuestions } from '../../src/app/mirror-check/mirror-questions.js';
import { createDraw, Reservoir } from '../../src/app/mirror-check/verdict/sampling.js';
import type { Transport, TransportAnswer } from '../../src/network/transport/contract/transport.js';

const mirror = {
  url: new URL('https://mirror.example.org/'),
  operator: null,
  canonical: false,
  trusted: false,
  lastResort: false,
  priority: 1,
};

/** Answers every request with these pieces. */
function transportOf(body: (signal: AbortSignal) => AsyncIterable<Uint8Array>): Transport & { asked: number } {
  return {
    asked: 0,
    async get({ url, signal }): Promise<TransportAnswer> {
      this.asked += 1;
      return {
        status: 200,
        headers: {},
        url,
        secure: true,
        contentLength: null,
        body: body(signal as AbortSignal),
        cancel: () => undefined,
      };
    },
    close: async () => undefined,
  };
}

test('a mirror that trickles is given up, one answer after the other', async () => {
  const transport = transportOf(async function* (signal) {
    yield new Uint8Array(1);
    await new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted'))));
  });
  const { signal } = new AbortController();
  const questions = new MirrorQuestions({ mirror, mirrors: [], transport, signal, limits: { answerMs: 5 } });
  for (let index = 0; index < 8; index += 1) expect(await questions.ask('a', 100)).toMatchObject({ kind: 'failed' });
  expect(transport.asked).toBe(5);
  expect(questions.firstFailure).toBe('no answer within 5 ms');
});

test('a mirror that sends too much in all is given up', async () => {
  const transport = transportOf(async function* () {
    yield new Uint8Array(100);
  });
  const { signal } = new AbortController();
  const questions = new MirrorQuestions({ mirror, mirrors: [], transport, signal, limits: { totalBytes: 250 } });
  for (let index = 0; index < 8; index += 1) await questions.ask('a', 100);
  expect(transport.asked).toBe(3);
});

test('a reservoir draws the same sample for the same seed, and every item as often as the others', () => {
  const draw = (seed: number): readonly number[] => {
    const reservoir = new Reservoir<number>(5, createDraw(seed));
    for (let item = 0; item < 50; item += 1) reservoir.add(item);
    return reservoir.items();
  };
  expect(draw(7)).toEqual(draw(7));
  expect(draw(8)).not.toEqual(draw(7));
  const counts = new Map<number, number>();
  for (let seed = 0; seed < 2000; seed += 1) for (const item of draw(seed)) counts.set(item, (counts.get(item) ?? 0) + 1);
  // 200 are expected of each, with a deviation of 13.
  expect(counts.size).toBe(50);
  expect(Math.min(...counts.values())).toBeGreaterThan(130);
  expect(Math.max(...counts.values())).toBeLessThan(270);
});
