import { describe, expect, it } from 'vitest';

import type { Certificate } from '../../../src/proof/openpgp/certificate/certificate.js';
import type { CertificateBytes } from '../../../src/proof/openpgp/certificate/certificate-source.js';
import { readCertificate } from '../../../src/proof/openpgp/certificate/read-certificate.js';
import { createWebOfTrust, type WebOfTrust } from '../../../src/proof/openpgp/web-of-trust/web-of-trust.js';
import { createMemorySource } from '../../interop/gpg-web/compare.js';
import { overUserId, packet, uint32, writeKey, writeSignature, type WrittenKey } from '../../interop/gpg-web/packets.js';
import { today } from './small-web.js';

interface Counted {
  readonly web: WebOfTrust;
  readonly counts: { read: number; checked: number };
}

/** Counts how many certificates are read and how many certifications checked. */
function countedWeb(certificates: readonly { readonly fingerprint: string; readonly bytes: Uint8Array }[], me: string): Counted {
  const counts = { read: 0, checked: 0 };
  const counting = (certificate: Certificate): Certificate => ({
    ...certificate,
    userIds: certificate.userIds.map((userId) => ({
      ...userId,
      certifications: userId.certifications.map((certification) => ({
        ...certification,
        isBy: (issuer: Certificate) => {
          counts.checked += 1;
          return certification.isBy(issuer);
        },
      })),
    })),
  });
  const read = async (bytes: CertificateBytes, atMs: number): Promise<Certificate | null> => {
    counts.read += 1;
    const certificate = await readCertificate(bytes, atMs);
    return certificate === null ? null : counting(certificate);
  };
  return {
    web: createWebOfTrust({
      source: createMemorySource(certificates, new Map([[me, 'ultimate']])),
      readCertificate: read,
      atMs: today * 1000,
    }),
    counts,
  };
}

function certificateOf(key: WrittenKey, more: readonly Uint8Array[] = []): { readonly fingerprint: string; readonly bytes: Uint8Array } {
  const text = Buffer.from('somebody');
  const self = writeSignature(overUserId(key, text), { type: 0x13, createdAt: key.createdAt, signer: key });
  return { fingerprint: key.fingerprint, bytes: Buffer.concat([packet(6, key.body), packet(13, text), self, ...more]) };
}

const certify = (key: WrittenKey, signer: WrittenKey, broken = false): Uint8Array =>
  writeSignature(overUserId(key, Buffer.from('somebody')), { type: 0x10, createdAt: key.createdAt + 1, signer, broken });
const key = (name: string): WrittenKey => writeKey(name, today - 1_000_000);

describe('large keyrings', () => {
  it('for one key among a thousand only the related ones are read', async () => {
    const [me, ann, bob] = [key('me'), key('ann'), key('bob')];
    const strangers = Array.from({ length: 1000 }, (_, index) => key(`stranger ${index}`));
    const ring = [
      certificateOf(me),
      ...strangers.map((stranger, index) =>
        certificateOf(stranger, index % 10 === 0 ? [certify(stranger, strangers[index + 1] ?? me)] : []),
      ),
      certificateOf(ann, [certify(ann, me)]),
      // Certified by a hundred strangers as well.
      certificateOf(bob, [...strangers.slice(0, 100).map((stranger) => certify(bob, stranger)), certify(bob, me)]),
    ];
    const { web, counts } = countedWeb(ring, me.fingerprint);
    expect((await web.validity(bob.fingerprint))?.key).toBe('full');
    expect(counts).toEqual({ read: 2, checked: 1 });
    expect((await web.validity(strangers[0]?.fingerprint ?? ''))?.key).toBe('unknown');
    expect(counts).toEqual({ read: 3, checked: 1 + 1 });
  });

  it('a key with tens of thousands of certifications is handled', async () => {
    const [me, hub] = [key('me'), key('hub')];
    const anybody = key('anybody');
    const template = Buffer.from(certify(hub, anybody));
    // The key ID stands at the end of the issuer's fingerprint and once more by itself.
    const keyId = Buffer.from(anybody.keyId, 'hex');
    const places = [template.indexOf(keyId), template.lastIndexOf(keyId)];
    const flood = Array.from({ length: 20_000 }, (_, index) => {
      const copy = Uint8Array.from(template);
      for (const place of places) copy.set(uint32(index), place);
      return copy;
    });
    const { web, counts } = countedWeb([certificateOf(me), certificateOf(hub, [...flood, certify(hub, me)])], me.fingerprint);
    expect((await web.validity(hub.fingerprint))?.key).toBe('full');
    expect(counts.checked).toBe(1);
  });

  it('of endless false certifications in the name of an introducer, none is believed and not all are checked', async () => {
    const [me, bob] = [key('me'), key('bob')];
    const forged = certify(bob, me, true);
    const ring = [certificateOf(me), certificateOf(bob, [...Array.from({ length: 1500 }, () => forged), certify(bob, me)])];
    const { web, counts } = countedWeb(ring, me.fingerprint);
    expect((await web.validity(bob.fingerprint))?.key).toBe('unknown');
    expect(counts.checked).toBe(1000);
    expect((await web.explain(bob.fingerprint))?.sentences).toEqual([
      expect.stringMatching(/is one of so many by the same key that none of them is believed\.$/),
    ]);
  });

  it('several copies of one key count together', async () => {
    const [me, bob] = [key('me'), key('bob')];
    const revocation = writeSignature(overUserId(bob, Buffer.from('somebody')), { type: 0x30, createdAt: bob.createdAt + 2, signer: me });
    const plain = certificateOf(bob, [certify(bob, me)]);
    const revoked = certificateOf(bob, [revocation]);
    expect((await countedWeb([certificateOf(me), certificateOf(bob), plain], me.fingerprint).web.validity(bob.fingerprint))?.key).toBe(
      'full',
    );
    for (const copies of [
      [plain, revoked],
      [revoked, plain],
    ]) {
      expect((await countedWeb([certificateOf(me), ...copies], me.fingerprint).web.validity(bob.fingerprint))?.key).toBe('unknown');
    }
  });
});
