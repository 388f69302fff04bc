/** Compares our answers with those of a real program, for random inputs. */
import { expect, type TestContext } from 'vitest';

import type { Comparison, ComparisonRun } from '../soak/comparison.js';
import { missingPrograms, skipUnlessThere } from './programs.js';

interface RandomComparison {
  /** Programs that the machine lacks for it, besides Java. */
  readonly missing: readonly string[];
  readonly compare: (count: number, run: ComparisonRun) => Promise<Comparison>;
  readonly count: number;
  readonly seed: number;
}

/** Expects no difference in all of them. Skips the test if a program is missing. */
export async function expectSameAnswers(context: TestContext, { missing, compare, count, seed }: RandomComparison): Promise<void> {
  skipUnlessThere(context, [...missingPrograms(['java']), ...missing]);
  const { done, violations } = await compare(count, { seed, endMs: Infinity, onProgress: () => undefined });
  expect(violations).toEqual([]);
  expect(done).toBe(count);
}
