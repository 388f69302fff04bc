import { expect, test } from 'vitest';

import { estimateSync } from '../../src/app/mirror/sync/estimate.js';

const usual = { files: 1000, bytes: 50_000_000, connections: 8, rate: null, bandwidth: null, msPerRequest: 80 };

test.each([
  ['requests one after another', {}, 10],
  ['more at once', { connections: 100 }, 4],
  ['the rate', { rate: 2 }, 500],
  ['the bandwidth', { bandwidth: 1_000_000 }, 50],
  ['a source that was not asked yet', { msPerRequest: null, bytes: 0 }, 1],
  ['nothing to copy', { files: 0, bytes: 0 }, 0],
])('an estimate by %s', (_, options, seconds) => {
  const given = { ...usual, ...options };
  expect(estimateSync(given)).toEqual({ requests: given.files, seconds });
});
