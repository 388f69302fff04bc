/** Seeded choices for generators of cases: the same seed makes the same choices. */
import { createRandom } from './random.mjs';

export interface Chance {
  /** A whole number from 0 to below `limit`. */
  below(limit: number): number;
  happens(probability: number): boolean;
  /** One of the values, each equally likely. Throws a RangeError if there are none. */
  pick<Value>(values: readonly Value[]): Value;
}

export function createChance(seed: number): Chance {
  const next = createRandom(seed);
  const below = (limit: number): number => Math.floor(next() * limit);
  return {
    below,
    happens: (probability) => next() < probability,
    pick(values) {
      const value = values[below(values.length)];
      if (value === undefined) throw new RangeError('nothing to pick from');
      return value;
    },
  };
}
