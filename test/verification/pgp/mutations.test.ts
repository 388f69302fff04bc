/** Mutations of keys and signatures as fuzzers make them; `npm run soak` runs a million of them. */
import { describe, expect, it } from 'vitest';

import { createCertificateReader } from '../../../src/proof/openpgp/certificate/read-certificate.js';
import { concatBytes, hexOf } from '../../../src/proof/openpgp/packet/byte-reader.js';
import { documentOf } from '../../../src/proof/openpgp/packet/document.js';
import { parseSignaturePacket } from '../../../src/proof/openpgp/packet/signature-packet.js';
import { checkSignatures, readSignatureFile } from '../../../src/proof/openpgp/signature/signatures.js';
import { mutate } from '../../soak/pgp-mutations.js';
import { certificateFor, type ForgedKind, forgeKey, forgeSignature, packetOf } from './forge.js';
import { finder, keyDate, nowMs, signDate } from './keys.js';

const options = { atMs: nowMs, weak: { policy: 'fail' } } as const;

describe('mutations', () => {
  it('500 mutations of keys, signatures and documents: none crashes, hangs or turns good', async () => {
    const { done, violations } = await mutate(500, 20_240_101);
    expect(violations).toEqual([]);
    expect(done).toBe(500);
  });

  const kinds: readonly ForgedKind[] = [
    'rsa',
    'dsa2048',
    'ed25519',
    'P-256',
    'P-384',
    'P-521',
    'secp256k1',
    'brainpoolP256r1',
    'brainpoolP384r1',
    'brainpoolP512r1',
  ];
  /** Each bit, or one in so many if checking a signature takes long; coprime with 8, so that it is not the same bit of each byte. */
  const stepOf = (kind: ForgedKind): number => (/P384|P-384|P-521|P512|dsa2048/.test(kind) ? 7 : 1);
  it.each(kinds)('each flipped bit of a signature by %s is caught, or lies outside the protected part', async (kind) => {
    const key = forgeKey(kind, keyDate.getTime());
    const find = finder(certificateFor(key));
    const text = Buffer.from('small\n');
    const signature = packetOf.signature(
      forgeSignature(key, text, { type: 0, createdAtMs: signDate.getTime(), unhashed: [{ type: 100, body: Uint8Array.of(1, 2, 3) }] }),
    );
    const [body] = readSignatureFile(signature);
    const { trailer, parameters, digestStart } = parseSignaturePacket(body!);
    // The certificate is the same for every bit, so it is read once.
    const reading = { ...options, readCertificate: createCertificateReader(nowMs, find) };
    let good = 0;
    for (let bit = 0; bit < signature.length * 8; bit += stepOf(kind)) {
      const flipped = Uint8Array.from(signature);
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      const { findings } = await checkSignatures(documentOf(text), flipped, find, reading);
      if (findings.every(({ status }) => status !== 'good')) continue;
      good++;
      const [left] = readSignatureFile(flipped);
      const found = parseSignaturePacket(left!);
      // The protected part is untouched. Only the bit length of a number may differ for the same bytes.
      expect([hexOf(found.trailer), hexOf(found.digestStart), found.parameters.length]).toEqual([
        hexOf(trailer),
        hexOf(digestStart),
        parameters.length,
      ]);
      expect(findings).toMatchObject([{ status: 'good', fingerprint: key.fingerprint, signedAtMs: signDate.getTime() }]);
    }
    // The unprotected part: a subpacket of three bytes, its type, and the key ID, which a fingerprint overrules.
    expect(good).toBeGreaterThan(0);
    expect(good).toBeLessThan(200);
  });

  it('each flipped bit of a signed file is caught', async () => {
    const key = forgeKey('ed25519', keyDate.getTime());
    const text = Buffer.from('every bit of this counts\n');
    const signature = packetOf.signature(forgeSignature(key, text, { type: 0, createdAtMs: signDate.getTime() }));
    for (let bit = 0; bit < text.length * 8; bit++) {
      const flipped = Uint8Array.from(text);
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      expect((await checkSignatures(documentOf(flipped), signature, finder(certificateFor(key)), options)).findings).toMatchObject([
        { status: 'bad' },
      ]);
    }
  });

  it('a key of many packets, and one of many false signatures, are handled quickly', async () => {
    const key = forgeKey('ed25519', keyDate.getTime());
    const text = Buffer.from('small\n');
    const signature = packetOf.signature(forgeSignature(key, text, { type: 0, createdAtMs: signDate.getTime() }));
    const whole = certificateFor(key).bytes;
    const certification = packetOf.signature(
      forgeSignature(key, Buffer.from('not this key'), { type: 0x13, createdAtMs: signDate.getTime() }),
    );
    const many = concatBytes([whole, ...Array.from({ length: 30_000 }, () => certification)]);
    expect(
      (await checkSignatures(documentOf(text), signature, finder({ bytes: many, source: 'flooded' }), options)).findings,
    ).toMatchObject([{ status: 'bad' }]);
    const markers = concatBytes([whole, ...Array.from({ length: 250_000 }, () => Uint8Array.of(0xd5, 0))]);
    expect(
      (await checkSignatures(documentOf(text), signature, finder({ bytes: markers, source: 'padded' }), options)).findings,
    ).toMatchObject([{ status: 'unknown-key' }]);
  });
});
