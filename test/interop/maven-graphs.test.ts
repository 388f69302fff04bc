/** Compares graphs of random POMs, settings.xml and metadata with the real Maven. `npm run soak -- --only poms,settings,metadata` compares more. */
import { describe, expect, test } from 'vitest';

import { compareWithMaven, missingMaven } from '../soak/maven/maven-comparison.js';
import { compareMetadata } from '../soak/maven/metadata-comparison.js';
import { compareSettings } from '../soak/maven/settings-comparison.js';
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

describe('settings.xml', () => {
  test('is read, and mirrors are chosen, as by Maven', { timeout: 120_000 }, async (context) => {
    skipUnlessThere(context, [...missingPrograms(['java']), ...missingMaven()]);
    const documents = 2_000;
    const { done, violations } = await compareSettings(documents, { seed: 1, endMs: Infinity, onProgress: () => undefined });
    expect(violations).toEqual([]);
    expect(done).toBe(documents);
  });
});

describe('maven-metadata.xml', () => {
  test('stands for the versions that Maven chooses', { timeout: 120_000 }, async (context) => {
    skipUnlessThere(context, [...missingPrograms(['java']), ...missingMaven()]);
    const repositories = 100;
    const { done, violations } = await compareMetadata(repositories, { seed: 1_000, endMs: Infinity, onProgress: () => undefined });
    expect(violations).toEqual([]);
    expect(done).toBe(repositories);
  });
});
