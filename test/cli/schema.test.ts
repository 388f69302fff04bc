import { readFileSync } from 'node:fs';

import { expect, test } from 'vitest';

import { schemaViolations } from '../support/json-schema.js';

test.each([
  ['artifacts', 'artifacts'],
  ['versions', 'versions'],
  ['mirrors', 'mirrors'],
  ['doctor', 'doctor'],
  ['failure', 'failure'],
  ['failure-bare', 'failure'],
  ['failure-internal', 'failure'],
])('the document %s follows docs/schema/%s.json', (document, name) => {
  const golden: unknown = JSON.parse(readFileSync(new URL(`../golden/cli/${document}.json`, import.meta.url), 'utf8'));
  expect(schemaViolations(golden, name)).toEqual([]);
});
