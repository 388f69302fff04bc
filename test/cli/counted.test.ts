/** Counts in English. */
import { expect, test } from 'vitest';

import { counted } from '../../src/cli/output/counted.js';
import { formatStatistics } from '../../src/cli/output/render-statistics.js';

test.each([
  [0, '0 files'],
  [1, '1 file'],
  [2, '2 files'],
])('%i', (count, text) => expect(counted(count, 'file')).toBe(text));

test('the counts of a log are named in the singular where they are one', () => {
  const day = { date: '2026-11-30', downloads: 1, versions: 1, artifacts: 1, file: 'downloads-20261130.edn' };
  const text = formatStatistics({ days: [day], merged: null, logs: [], isUnderstood: true });
  expect(text).toContain('2026-11-30  1 download of 1 version of 1 artifact  downloads-20261130.edn');
});
