import { expect, it } from 'vitest';

import { ClojarsFetchError } from '../../src/base/error.js';

it('a copy of an error has the changed details, and keeps all others', () => {
  const cause = new Error('cause');
  const attempts = [{ mirror: 'https://m/', outcome: 'dns', status: null, ms: 1 }] as const;
  const details = {
    reason: 'bad-value',
    message: 'old',
    hint: 'Do.',
    coordinate: 'a:b:1',
    path: '/p',
    setting: 'trust.minimum',
    attempts,
    cause,
  };
  const error = new ClojarsFetchError('ERR_CONFIG', details);
  const copy = error.with({ message: 'new', hint: undefined });
  expect(copy).not.toBe(error);
  expect(copy).toBeInstanceOf(ClojarsFetchError);
  const { code, reason, message, hint, coordinate, path, setting } = copy;
  expect({ code, reason, message, hint, coordinate, path, setting, attempts: copy.attempts, cause: copy.cause }).toEqual({
    ...details,
    code: 'ERR_CONFIG',
    message: 'new',
    hint: undefined,
  });
});
