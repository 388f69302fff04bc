import { createRandom } from '../../support/random.mjs';

/** A seeded source of chance: the same seed makes the same web. */
export interface Chance {
  /** At least 0, less than `limit`. */
  below(limit: number): number;
  happens(probability: number): boolean;
  pick<T>(values: readonly [T, ...T[]]): T;
}

export function createChance(seed: number): Chance {
  const next = createRandom(seed);
  return {
    below: (limit) => Math.floor(next() * limit),
    happens: (probability) => next() < probability,
    pick: (values) => values[Math.floor(next() * values.length)] ?? values[0],
  };
}
