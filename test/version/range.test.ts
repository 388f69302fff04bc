import { describe, expect, it } from 'vitest';

import { isClojarsFetchError } from '../../src/base/error.js';
import { parseVersionRange } from '../../src/maven/version/range.js';

function reasonOf(spec: string): unknown {
  try {
    parseVersionRange(spec);
    return 'no error';
  } catch (error) {
    return isClojarsFetchError(error) ? `${error.code} ${error.reason}` : error;
  }
}

describe('parseVersionRange', () => {
  it('exposes the bounds', () => {
    expect(parseVersionRange('[1.0,2.0)').intervals).toEqual([
      { lower: { version: '1.0', inclusive: true }, upper: { version: '2.0', inclusive: false } },
    ]);
    expect(parseVersionRange('(,1]').intervals).toEqual([{ lower: null, upper: { version: '1', inclusive: true } }]);
  });

  it('keeps a soft version', () => {
    const soft = parseVersionRange('1.0');
    expect([soft.kind, soft.recommended, soft.contains('1'), soft.contains('1.1')]).toEqual(['soft', '1.0', true, false]);
  });

  it.each(['[1.0', '(1.0]', '[2,1]', '[1,2,3]', '[1]x', '[1]]'])('refuses %s', (spec) => {
    expect(reasonOf(spec)).toBe('ERR_RANGE malformed');
  });

  it('stays quick and short on hostile text', () => {
    for (const spec of ['['.repeat(1_000_000), '[1]'.repeat(300_000), '[' + '9'.repeat(1_000_000) + ',1]', '[1],[\u001b[2J']) {
      expect(reasonOf(spec)).toBe('ERR_RANGE malformed');
    }
    expect(() => parseVersionRange('[\u001b[2J')).toThrow('\\u001b');
    // Two huge numbers in a union are hashed, not expanded.
    expect(parseVersionRange(`[${'9'.repeat(500_000)}],[1]`).contains('1')).toBe(true);
  });
});
