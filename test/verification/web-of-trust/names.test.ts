import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { isMalformed } from '../../../src/proof/openpgp/packet/malformed.js';
import { hashedSubpacket, parseSignaturePacket } from '../../../src/proof/openpgp/packet/signature-packet.js';
import { readCertificationNames } from '../../../src/proof/openpgp/web-of-trust/web-of-trust-names.js';
import { overUserId, subpacket, writeKey, writeSignature } from '../../interop/gpg-web/packets.js';

const key = writeKey('key', 1_700_000_000);
const signed = overUserId(key, Buffer.from('key'));
const bodyOf = (packet: Uint8Array): Uint8Array => packet.subarray(6);

/** Issuers found by the full parser; undefined if it refuses. */
function byParser(body: Uint8Array): ReturnType<typeof readCertificationNames> | undefined {
  try {
    const signature = parseSignaturePacket(body);
    return { issuer: signature.issuerKeyId, hasTrust: hashedSubpacket(signature, 5, 2) !== null };
  } catch (error) {
    if (isMalformed(error)) return undefined;
    throw error;
  }
}

describe('issuers of certifications', () => {
  const certifications = fc.record({
    type: fc.constantFrom(0x10, 0x11, 0x12, 0x13, 0x30),
    withoutIssuerFingerprint: fc.boolean(),
    subpackets: fc.array(
      fc.record({ type: fc.constantFrom(3, 4, 5, 6, 16, 20, 33, 100), data: fc.uint8Array({ minLength: 0, maxLength: 300 }) }),
      { maxLength: 5 },
    ),
  });

  it('are those that the parser finds', () => {
    fc.assert(
      fc.property(certifications, ({ type, withoutIssuerFingerprint, subpackets }) => {
        const own = subpackets.filter(({ data }) => data.length < 190).map((one) => subpacket(one.type, one.data));
        const body = bodyOf(
          writeSignature(signed, { type, createdAt: key.createdAt, signer: key, subpackets: own, withoutIssuerFingerprint }),
        );
        const expected = byParser(body);
        if (expected !== undefined) expect(readCertificationNames(body)?.issuer).toBe(expected?.issuer);
        // It may see trust where the parser, which takes only the first subpacket, does not.
        if (expected?.hasTrust === true) expect(readCertificationNames(body)?.hasTrust).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('are null for anything but a certification', () => {
    expect(readCertificationNames(bodyOf(writeSignature(signed, { type: 0x18, createdAt: 1, signer: key })))).toBeNull();
    expect(readCertificationNames(new Uint8Array(0))).toBeNull();
    expect(readCertificationNames(Uint8Array.of(4, 0x10))).toBeNull();
    expect(readCertificationNames(Uint8Array.of(5, 0x10, 0, 0, 0, 0, 0, 0))).toBeNull();
  });

  it('are read without hanging, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const body = Uint8Array.of(4, 0x10, 22, 8, ...bytes);
        const names = readCertificationNames(body);
        const expected = byParser(body);
        if (expected !== undefined) expect(names?.issuer).toBe(expected?.issuer);
      }),
      { numRuns: 2000 },
    );
  });
});
