import { expect, it } from 'vitest';

import { unreachable } from '../../src/fetch/repositories/failure.js';
import { OutOfDescriptorsError } from '../../src/network/transport/contract/failure.js';

it('an operation that ran out of file descriptors says what to type, and not to look for another mirror', () => {
  const { outcome, message } = new OutOfDescriptorsError('https://one.example', Object.assign(new Error('x'), { code: 'EMFILE' }));
  const attempt = { mirror: 'https://one.example/', outcome, status: null, ms: 1, detail: message };
  const error = unreachable([], 'g:a:1', [attempt], outcome);
  expect(error.hint).toBe('Raise the limit on open files with `ulimit -n 4096`, or allow fewer connections with --concurrency NUMBER.');
  expect(unreachable([], 'g:a:1', [{ ...attempt, outcome: 'timeout' }], 'timeout').hint).not.toContain('ulimit');
});
