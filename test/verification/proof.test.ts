import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { checksumAlgorithms } from '../../src/proof/checksum/algorithm.js';
import { levels } from '../../src/proof/level.js';
import { formatProof, parseProof, type Proof } from '../../src/proof/proof.js';

const fingerprint = 'A'.repeat(40);

describe('proofs as text', () => {
  const written: readonly [string, Proof][] = [
    ['pinned:sha256', { level: 'pinned', algorithm: 'sha256', lockedLevel: null }],
    ['pinned:sha256:origin', { level: 'pinned', algorithm: 'sha256', lockedLevel: 'origin' }],
    [`signed:${fingerprint}`, { level: 'signed', fingerprint }],
    ['quorum:a,b', { level: 'quorum', operators: ['a', 'b'] }],
    ['quorum::a,:', { level: 'quorum', operators: [':a', ':'] }],
    ['quorum:Acme%2C Inc.,100%25', { level: 'quorum', operators: ['Acme, Inc.', '100%'] }],
    ['quorum:a:1,b', { level: 'quorum', operators: ['a:1', 'b'] }],
    ['origin:sha1', { level: 'origin', algorithm: 'sha1' }],
    ['transport:md5', { level: 'transport', algorithm: 'md5' }],
    ['local', { level: 'local' }],
  ];
  it.each(written)('%s is read back as written', (text, proof) => {
    expect(formatProof(proof)).toBe(text);
    expect(parseProof(text)).toEqual(proof);
  });

  it.each([
    '',
    'none',
    'origin',
    'origin:',
    'origin:crc32',
    'origin:sha1:origin',
    'local:',
    'quorum',
    'quorum:',
    'quorum:a,,b',
    'signed:',
    'signed:abc',
    `signed:${fingerprint}:x`,
    'pinned:sha256:',
    'pinned:sha256:best',
    'pinned:sha256:origin:x',
    'toString:sha1',
  ])('%j is not a proof', (text) => {
    expect(parseProof(text)).toBeNull();
  });

  it('any proof survives the round trip', () => {
    const algorithm = fc.constantFrom(...checksumAlgorithms);
    const proofs: fc.Arbitrary<Proof> = fc.oneof(
      fc.record({ level: fc.constant('pinned' as const), algorithm, lockedLevel: fc.constantFrom(null, ...levels) }),
      fc.record({ level: fc.constant('signed' as const), fingerprint: fc.stringMatching(/^[0-9A-F]{40}$/) }),
      fc.record({
        level: fc.constant('quorum' as const),
        operators: fc.array(fc.string({ minLength: 1, unit: fc.constantFrom(...':,%25Cab ') }), { minLength: 1 }),
      }),
      fc.record({ level: fc.constantFrom('origin' as const, 'transport' as const), algorithm }),
      fc.constant({ level: 'local' as const }),
    );
    fc.assert(
      fc.property(proofs, (proof) => {
        expect(parseProof(formatProof(proof))).toEqual(proof);
      }),
    );
  });
});
