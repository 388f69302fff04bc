import { expect, test, vi } from 'vitest';

import { DeadlineError, isDeadlineError } from '../../src/base/async/deadline-error.js';

test('a deadline of another copy of the code is recognized: each file of the command line has its own', async () => {
  vi.resetModules();
  const copy = await import('../../src/base/async/deadline-error.js');
  expect(copy.DeadlineError).not.toBe(DeadlineError);
  expect(isDeadlineError(new copy.DeadlineError())).toBe(true);
  expect(isDeadlineError(new Error('the deadline passed'))).toBe(false);
  expect(isDeadlineError(null)).toBe(false);
});
