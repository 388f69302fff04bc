/**
 * Compares graphs of random POMs, settings.xml, metadata and orders of versions with the real Maven.
 * `npm run soak -- --only poms,settings,metadata,versions` compares more.
 */
import { describe, test } from 'vitest';

import { compareWithMaven, missingMaven } from '../soak/maven/maven-comparison.js';
import { compareMetadata } from '../soak/maven/metadata-comparison.js';
import { compareSettings } from '../soak/maven/settings-comparison.js';
import { compareVersionOrders } from '../soak/versions/versions-comparison.js';
import { expectSameAnswers } from './same-answers.js';

describe('graphs and effective POMs', () => {
  test('are those of Maven Resolver', { timeout: 300_000 }, (context) =>
    expectSameAnswers(context, { missing: missingMaven(), compare: compareWithMaven, count: 100, seed: 20_261_130 }),
  );
});

describe('settings.xml', () => {
  test('is read, and mirrors are chosen, as by Maven', { timeout: 120_000 }, (context) =>
    expectSameAnswers(context, { missing: missingMaven(), compare: compareSettings, count: 2_000, seed: 1 }),
  );
});

describe('maven-metadata.xml', () => {
  test('stands for the versions that Maven chooses', { timeout: 120_000 }, (context) =>
    expectSameAnswers(context, { missing: missingMaven(), compare: compareMetadata, count: 100, seed: 1_000 }),
  );
});

describe('versions and ranges', () => {
  test('are ordered, and contained, as by Maven Resolver', { timeout: 120_000 }, (context) =>
    expectSameAnswers(context, { missing: missingMaven(), compare: compareVersionOrders, count: 5_000, seed: 1 }),
  );
});
