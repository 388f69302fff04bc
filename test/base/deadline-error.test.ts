import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { build } from 'esbuild';
import { expect, test } from 'vitest';

import { DeadlineError, isDeadlineError } from '../../src/base/async/deadline-error.js';
import { temporaryFolder } from '../support/temporary-folder.js';

test('a deadline of another copy of the code is recognized: each file of the command line has its own', async () => {
  const outfile = join(await temporaryFolder(), 'copy.mjs');
  const source = fileURLToPath(new URL('../../src/base/async/deadline-error.ts', import.meta.url));
  await build({ entryPoints: [source], outfile, bundle: true, platform: 'node', format: 'esm', target: 'node20', logLevel: 'error' });
  const copy = (await import(pathToFileURL(outfile).href)) as typeof import('../../src/base/async/deadline-error.js');
  expect(copy.DeadlineError).not.toBe(DeadlineError);
  expect(isDeadlineError(new copy.DeadlineError())).toBe(true);
  expect(isDeadlineError(new Error('the deadline passed'))).toBe(false);
  expect(isDeadlineError(null)).toBe(false);
});
