/** Certificates and subjects for tests of key maps, in which only the fingerprints matter. */
import type { Certificate, PublicKey, Subkey } from '../../../src/proof/openpgp/certificate/certificate.js';
import type { SignedSubject } from '../../../src/proof/signed-subject.js';

/** A full fingerprint that ends in these digits. */
export const fingerprint = (end: string): string => end.toUpperCase().padStart(40, 'A');

function publicKey(ofFingerprint: string): PublicKey {
  return {
    fingerprint: ofFingerprint,
    keyId: ofFingerprint.slice(-16),
    version: 4,
    algorithm: 'Ed25519',
    createdAtMs: 0,
    expiresAtMs: null,
    revocation: null,
    maySign: true,
    mayCertify: true,
    packet: new Uint8Array(),
  };
}

/** A certificate with a primary key and subkeys of these fingerprints. */
export function certificate(
  primary: string,
  subkeys: readonly { readonly fingerprint: string; readonly bound?: boolean }[] = [],
): Certificate {
  return {
    ...publicKey(primary),
    valid: true,
    userIds: [],
    subkeys: subkeys.map((subkey): Subkey => ({ ...publicKey(subkey.fingerprint), mayCertify: false, bound: subkey.bound ?? true })),
    source: 'test',
    atMs: 0,
  };
}

/** `group:artifact:version[:extension[:classifier]]`. */
export function subject(text: string): SignedSubject {
  const [group = '', artifact = '', version = '', extension = 'jar', classifier = ''] = text.split(':');
  return { group, artifact, version, extension, classifier };
}
