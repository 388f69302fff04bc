import { describe, expect, it } from 'vitest';

import { isClojarsFetchError } from '../../src/base/error.js';
import { compareVersions } from '../../src/maven/version/order.js';
import { parseVersionRange } from '../../src/maven/version/range.js';
import { corpusAbsent, readCorpus } from './corpus.js';

interface RangeCase {
  readonly spec: string;
  readonly candidates: readonly string[];
  readonly result: 'range' | 'soft' | 'error';
  readonly normalized?: string;
  readonly version?: string;
  readonly contained?: readonly string[];
}

describe.skipIf(corpusAbsent !== null)(`comparison with Maven Resolver 1.6.3${corpusAbsent === null ? '' : `: ${corpusAbsent}`}`, () => {
  it('orders every pair of versions the same way, in both directions', () => {
    const pairs = readCorpus('versions.json.gz') as readonly (readonly [string, string, number, number])[];
    const wrong = pairs.filter(([a, b, sign]) => compareVersions(a, b) !== sign || compareVersions(b, a) + sign !== 0);
    expect(pairs.length).toBeGreaterThanOrEqual(9342);
    expect(wrong).toEqual([]);
  });

  it('reads every range the same way', () => {
    const cases = readCorpus('ranges.json.gz') as readonly RangeCase[];
    expect(cases.length).toBeGreaterThanOrEqual(550);
    for (const { spec, candidates, result, normalized, version, contained } of cases) {
      if (result === 'error') {
        let thrown: unknown;
        try {
          parseVersionRange(spec);
        } catch (error) {
          thrown = error;
        }
        expect(isClojarsFetchError(thrown) ? [thrown.code, thrown.reason] : thrown, spec).toEqual(['ERR_RANGE', 'malformed']);
        continue;
      }
      const range = parseVersionRange(spec);
      expect(range.kind, spec).toBe(result);
      expect(range.toString(), spec).toBe(result === 'soft' ? version : normalized);
      expect(range.recommended, spec).toBe(result === 'soft' ? version : null);
      expect(
        candidates.filter((candidate) => range.contains(candidate)),
        spec,
      ).toEqual(contained);
    }
  });
});
