/** Compares class paths of random projects with those of the real tools.deps. `npm run soak -- --only projects --projects 1000` compares more. */
import { describe, expect, test } from 'vitest';

import { compareWithToolsDeps, missingToolsDeps } from '../soak/tools-deps.js';
import { missingPrograms, skipUnlessThere } from './programs.js';

describe('libraries and class paths of deps.edn', () => {
  test('are those of tools.deps', { timeout: 300_000 }, async (context) => {
    skipUnlessThere(context, [...missingPrograms(['java']), ...missingToolsDeps()]);
    const projects = 40;
    const { done, violations } = await compareWithToolsDeps(projects, { seed: 20_261_130, endMs: Infinity, onProgress: () => undefined });
    expect(violations).toEqual([]);
    expect(done).toBe(projects);
  });
});
