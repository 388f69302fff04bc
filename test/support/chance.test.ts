import { expect, it } from 'vitest';

import { createChance } from './chance.js';

const drawn = (seed: number): readonly unknown[] => {
  const chance = createChance(seed);
  return Array.from({ length: 50 }, () => [chance.below(6), chance.happens(0.5), chance.pick(['a', 'b', 'c'])]);
};

it('draws the same from the same seed, and other values from another', () => {
  expect(drawn(7)).toEqual(drawn(7));
  expect(drawn(7)).not.toEqual(drawn(8));
});

it('draws every value within its limits', () => {
  const chance = createChance(1);
  const draws = Array.from({ length: 500 }, () => chance.below(6));
  expect([...new Set(draws)].sort()).toEqual([0, 1, 2, 3, 4, 5]);
  expect(new Set(Array.from({ length: 100 }, () => chance.pick(['a', 'b', 'c'])))).toEqual(new Set(['a', 'b', 'c']));
  expect([chance.happens(0), chance.happens(1)]).toEqual([false, true]);
});

it('throws a RangeError when it picks from nothing', () => {
  expect(() => createChance(1).pick([])).toThrow(RangeError);
});
