/** Compares graphs of random POMs with those of the real Maven Resolver. `npm run soak -- --only poms` compares more of them. */
import { describe, expect, test } from 'vitest';

import { compareWithMaven, missingMaven } from '../soak/maven/maven-comparison.js';
import { missingPrograms, skipUnlessThere } from './programs.js';

describe('graphs and effective POMs', () => {
  test('are those of Maven Resolver', { timeout: 300_000 }, async (context) => {
    skipUnlessThere(context, [...missingPrograms(['java']), ...missingMaven()]);
    const repositories = 100;
    const { done, violations } = await compareWithMaven(repositories, { seed: 20_261_130, endMs: Infinity, onProgress: () => undefined });
    expect(violations).toEqual([]);
    expect(done).toBe(repositories);
  });
});
