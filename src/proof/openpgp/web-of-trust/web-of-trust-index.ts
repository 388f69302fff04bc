/**
 * Indexes claimed certifications, from the framing of packets alone: nothing is verified and no library is used. The index selects the few
 * certificates of a large keyring that must be read.
 */
import type { CertificateSource } from '../certificate/certificate-source.js';
import { fingerprintOf, keyIdOf } from '../packet/key-packet.js';
import { isMalformed } from '../packet/malformed.js';
import { type Packet, packetTag, readPackets } from '../packet/packets.js';
import { readCertificationNames } from './web-of-trust-names.js';

export interface WebEntry {
  /** Upper-case hex. */
  readonly fingerprint: string;
  readonly keyId: string;
  /** Key IDs named as issuers by signatures on its user IDs, other than its own. */
  readonly issuers: ReadonlySet<string>;
  /** Whether some signature on it has a trust subpacket, so that its owner may count even without ownertrust. */
  readonly hasTrustSignature: boolean;
}

export interface WebIndex {
  readonly entries: ReadonlyMap<string, WebEntry>;
  /** Fingerprints of the primary keys with a key ID: more than one only if keys were made to collide. */
  readonly byKeyId: ReadonlyMap<string, readonly string[]>;
  /** Fingerprints of the keys on which a signature names this key ID. */
  readonly certifiedBy: ReadonlyMap<string, readonly string[]>;
}

/** Reads the whole source once. */
export async function indexWeb(source: CertificateSource): Promise<WebIndex> {
  const entries = new Map<string, WebEntry>();
  const byKeyId = new Map<string, string[]>();
  const certifiedBy = new Map<string, string[]>();
  for await (const { bytes } of source.all()) {
    const entry = readEntry(bytes);
    if (entry === null) continue;
    const known = entries.get(entry.fingerprint);
    if (known === undefined) append(byKeyId, entry.keyId, entry.fingerprint);
    for (const issuer of entry.issuers) {
      if (known?.issuers.has(issuer) !== true) append(certifiedBy, issuer, entry.fingerprint);
    }
    entries.set(
      entry.fingerprint,
      known === undefined
        ? entry
        : {
            ...known,
            issuers: new Set([...known.issuers, ...entry.issuers]),
            hasTrustSignature: known.hasTrustSignature || entry.hasTrustSignature,
          },
    );
  }
  return { entries, byKeyId, certifiedBy };
}

function append(map: Map<string, string[]>, key: string, value: string): void {
  const values = map.get(key);
  if (values === undefined) map.set(key, [value]);
  else values.push(value);
}

/** Returns null unless it begins with a public key of version 4 or 6. Stops at damage. */
function readEntry(bytes: Uint8Array): WebEntry | null {
  let fingerprint: string | null = null;
  let keyId = '';
  const issuers = new Set<string>();
  let hasTrustSignature = false;
  let onUserId = false;
  for (const { tag, body } of packetsUntilDamage(bytes)) {
    if (fingerprint === null) {
      if (tag !== packetTag.publicKey || !(body[0] === 6 || (body[0] === 4 && body.length <= 0xffff))) return null;
      fingerprint = fingerprintOf(body);
      keyId = keyIdOf(fingerprint);
    } else if (tag === packetTag.userId || tag === packetTag.userAttribute) onUserId = true;
    else if (tag === packetTag.publicSubkey) onUserId = false;
    else if (tag === packetTag.signature && onUserId) {
      const signature = readCertificationNames(body);
      if (signature === null || signature.issuer === null || signature.issuer === keyId) continue;
      issuers.add(signature.issuer);
      hasTrustSignature ||= signature.hasTrust;
    }
  }
  return fingerprint === null ? null : { fingerprint, keyId, issuers, hasTrustSignature };
}

function* packetsUntilDamage(bytes: Uint8Array): Generator<Packet> {
  try {
    yield* readPackets(bytes);
  } catch (error) {
    if (!isMalformed(error)) throw error;
  }
}
