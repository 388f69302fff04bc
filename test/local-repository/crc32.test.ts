import { crc32 as zlibCrc32 } from 'node:zlib';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { crc32 } from '../../src/base/disk/crc32.js';
import { codePoint } from '../support/code-point.js';

describe('crc32', () => {
  it('matches the published test vectors', () => {
    expect(crc32('123456789').toString(16)).toBe('cbf43926');
    expect(crc32('')).toBe(0);
  });

  it("agrees with zlib's", () => {
    fc.assert(fc.property(fc.string({ unit: codePoint }), (text) => crc32(text) === zlibCrc32(text)));
  });
});
