/** Compares class paths of random projects with those of the real tools.deps. `npm run soak -- --only projects --projects 1000` compares more. */
import { describe, test } from 'vitest';

import { compareWithToolsDeps, missingToolsDeps } from '../soak/tools-deps.js';
import { expectSameAnswers } from './same-answers.js';

describe('libraries and class paths of deps.edn', () => {
  test('are those of tools.deps', { timeout: 300_000 }, (context) =>
    expectSameAnswers(context, { missing: missingToolsDeps(), compare: compareWithToolsDeps, count: 40, seed: 20_261_130 }),
  );
});
