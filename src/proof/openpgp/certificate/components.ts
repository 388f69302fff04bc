/**
 * Splits a transferable public key (RFC 9580 section 10.1) into the primary key, user IDs and subkeys, each with the signatures that follow
 * it. Checks nothing. Ignores unreadable signatures, as GnuPG does.
 */
import { concatBytes, hexOf } from '../packet/byte-reader.js';
import { type KeyPacket, keyPacketOf } from '../packet/key-packet.js';
import { isMalformed, malformed, maxCertificateBytes } from '../packet/malformed.js';
import { formatPacket, packetTag, readPackets } from '../packet/packets.js';
import { parseSignaturePacket, type SignaturePacket } from '../packet/signature-packet.js';
import type { CertificateBytes } from './certificate-source.js';

/** A signature, parsed on demand: a well-known key has thousands that are never used. */
export interface SignatureBytes {
  readonly body: Uint8Array;
  /** Returns null if it cannot be read. */
  packet(): SignaturePacket | null;
}

export interface UserIdComponent {
  readonly body: Uint8Array;
  readonly signatures: readonly SignatureBytes[];
}

export interface SubkeyComponent {
  readonly key: KeyPacket;
  readonly signatures: readonly SignatureBytes[];
}

export interface CertificateComponents {
  readonly key: KeyPacket;
  /** On the primary key itself: direct-key signatures and revocations. */
  readonly signatures: readonly SignatureBytes[];
  readonly userIds: readonly UserIdComponent[];
  readonly subkeys: readonly SubkeyComponent[];
}

const maxPackets = 200_000;

/**
 * @param bytes binary packets of one certificate
 * @throws ClojarsFetchError ERR_SIGNATURE `malformed` if they are not a certificate, or contain a second one or a secret key
 */
export function parseComponents(bytes: Uint8Array): CertificateComponents {
  if (bytes.length > maxCertificateBytes) throw malformed(`a key is longer than ${maxCertificateBytes} bytes`);
  let key: KeyPacket | null = null;
  const signatures: SignatureBytes[] = [];
  const userIds: { body: Uint8Array; signatures: SignatureBytes[] }[] = [];
  const subkeys: { key: KeyPacket; signatures: SignatureBytes[] }[] = [];
  /** Where the next signature belongs; null while skipping. */
  let current: SignatureBytes[] | null = null;
  let packets = 0;
  for (const { tag, body } of readPackets(bytes)) {
    if (++packets > maxPackets) throw malformed(`a key has more than ${maxPackets} packets`);
    if (key === null) {
      if (tag !== packetTag.publicKey) throw malformed('it does not start with a public key');
      key = keyPacketOf(body);
      current = signatures;
      continue;
    }
    switch (tag) {
      case packetTag.publicKey:
      case packetTag.secretKey:
      case packetTag.secretSubkey:
        throw malformed('a second key, or a secret one, stands in it');
      case packetTag.signature:
        current?.push(signatureBytes(body));
        break;
      case packetTag.userId:
        current = [];
        userIds.push({ body, signatures: current });
        break;
      case packetTag.publicSubkey: {
        const subkey = readSubkey(body);
        current = subkey === null ? null : [];
        if (subkey !== null && current !== null) subkeys.push({ key: subkey, signatures: current });
        break;
      }
      case packetTag.userAttribute:
        // A photo ID and its signatures, which nothing here uses.
        current = null;
        break;
      default:
        // Trust packets of GnuPG's old keyring, padding, and future packets.
        break;
    }
  }
  if (key === null) throw malformed('it is empty');
  return { key, signatures, userIds, subkeys };
}

/**
 * Merges the copies of a certificate that keyrings hold. Keeps every signature of each, so that a revocation in only one keyring is not
 * missed. Unreadable copies are left out.
 *
 * @returns one per primary key, in order of appearance; a single copy is returned unchanged
 */
export function mergeCertificates(copies: readonly CertificateBytes[]): readonly CertificateBytes[] {
  const byFingerprint = new Map<string, { parts: CertificateComponents; copy: CertificateBytes }[]>();
  for (const copy of copies) {
    let parts: CertificateComponents;
    try {
      parts = parseComponents(copy.bytes);
    } catch (error) {
      if (!isMalformed(error)) throw error;
      continue;
    }
    const same = byFingerprint.get(parts.key.fingerprint) ?? [];
    if (!same.some(({ copy: { bytes } }) => Buffer.compare(bytes, copy.bytes) === 0)) same.push({ parts, copy });
    byFingerprint.set(parts.key.fingerprint, same);
  }
  return [...byFingerprint.values()].flatMap((same) => {
    const [first] = same;
    if (first === undefined || same.length === 1) return first === undefined ? [] : [first.copy];
    return [{ source: first.copy.source, bytes: formatComponents(same.map(({ parts }) => parts)) }];
  });
}

function signatureBytes(body: Uint8Array): SignatureBytes {
  let known: SignaturePacket | null | undefined;
  return {
    body,
    packet() {
      if (known === undefined) known = readSignature(body);
      return known;
    },
  };
}

function readSignature(body: Uint8Array): SignaturePacket | null {
  try {
    return parseSignaturePacket(body);
  } catch (error) {
    if (!isMalformed(error)) throw error;
    return null;
  }
}

function readSubkey(body: Uint8Array): KeyPacket | null {
  try {
    return keyPacketOf(body);
  } catch (error) {
    if (!isMalformed(error)) throw error;
    return null;
  }
}

function formatComponents(copies: readonly CertificateComponents[]): Uint8Array {
  const packets: Uint8Array[] = [];
  const add = (tag: number, body: Uint8Array, lists: readonly (readonly SignatureBytes[])[]): void => {
    packets.push(formatPacket(tag, body));
    const written = new Set<string>();
    for (const signature of lists.flat()) {
      const hex = hexOf(signature.body);
      if (!written.has(hex)) packets.push(formatPacket(packetTag.signature, signature.body));
      written.add(hex);
    }
  };
  const [first] = copies;
  if (first === undefined) return new Uint8Array(0);
  add(
    packetTag.publicKey,
    first.key.body,
    copies.map(({ signatures }) => signatures),
  );
  for (const [body, lists] of groupedBy(
    copies.flatMap(({ userIds }) => userIds),
    ({ body }) => body,
  ))
    add(packetTag.userId, body, lists);
  for (const [body, lists] of groupedBy(
    copies.flatMap(({ subkeys }) => subkeys),
    ({ key }) => key.body,
  ))
    add(packetTag.publicSubkey, body, lists);
  return concatBytes(packets);
}

function groupedBy<Item extends { readonly signatures: readonly SignatureBytes[] }>(
  items: readonly Item[],
  bodyOf: (item: Item) => Uint8Array,
): readonly [Uint8Array, (readonly SignatureBytes[])[]][] {
  const groups = new Map<string, [Uint8Array, (readonly SignatureBytes[])[]]>();
  for (const item of items) {
    const body = bodyOf(item);
    const group = groups.get(hexOf(body)) ?? [body, []];
    group[1].push(item.signatures);
    groups.set(hexOf(body), group);
  }
  return [...groups.values()];
}
