import { setImmediate as nextTurn } from 'node:timers/promises';

import { expect, it } from 'vitest';

import { ThisTurn } from '../../../src/app/proxy/files/this-turn.js';

it('remembers a thing until the turn ends', async () => {
  const seen = new ThisTurn<string>();
  seen.add('one');
  await Promise.resolve();
  seen.add('two');
  expect([seen.has('one'), seen.has('two'), seen.has('three')]).toEqual([true, true, false]);
  await nextTurn();
  expect([seen.has('one'), seen.has('two')]).toEqual([false, false]);
  seen.add('one');
  await nextTurn();
  expect(seen.has('one')).toBe(false);
});
