/**
 * Finds the certificates in a keyring and the keys of each, without reading signatures.
 *
 * Only key packets are examined, for their fingerprints, so that ten thousand keys take tens of milliseconds; a wanted certificate is read
 * later, from its offset.
 */
import { fingerprintOf, keyIdOf } from './key-packet.js';
import { malformed, maxCertificateBytes } from './malformed.js';
import { packetTag, readPacket } from './packets.js';

export interface KeyIndexEntry {
  /** Offset of the certificate's first byte in the indexed bytes. */
  readonly offset: number;
  /** In bytes. */
  readonly length: number;
  /** Fingerprint of the primary key: upper-case hex, 40 or 64 digits. */
  readonly fingerprint: string;
  /** The primary key first, then the subkeys in their order. */
  readonly fingerprints: readonly string[];
  /** In the same order, 16 upper-case hex digits each. */
  readonly keyIds: readonly string[];
}

/**
 * Indexes certificates in binary packets, one after the other, as in `pubring.gpg`, an export or a keyblock of a keybox. Skips keys of
 * versions other than 4 and 6, secret keys, and everything before the first key.
 *
 * @throws ClojarsFetchError ERR_SIGNATURE `malformed` if the framing of the packets is damaged, or one certificate has more than 8 MiB
 */
export function indexKeys(bytes: Uint8Array): readonly KeyIndexEntry[] {
  const entries: KeyIndexEntry[] = [];
  let start = 0;
  let fingerprints: string[] | null = null;
  const finish = (end: number): void => {
    const [fingerprint] = fingerprints ?? [];
    if (fingerprints === null || fingerprint === undefined) return;
    if (end - start > maxCertificateBytes) throw malformed(`a key is longer than ${maxCertificateBytes} bytes`);
    entries.push({ offset: start, length: end - start, fingerprint, fingerprints, keyIds: fingerprints.map(keyIdOf) });
  };
  for (let offset = 0; offset < bytes.length;) {
    const { tag, end, body } = readPacket(bytes, offset);
    if (tag === packetTag.publicKey || tag === packetTag.secretKey) {
      finish(offset);
      start = offset;
      fingerprints = tag === packetTag.publicKey && isSupported(body) ? [fingerprintOf(body)] : null;
    } else if (tag === packetTag.publicSubkey && isSupported(body)) {
      fingerprints?.push(fingerprintOf(body));
    }
    offset = end;
  }
  finish(bytes.length);
  return entries;
}

function isSupported(body: Uint8Array): boolean {
  const version = body[0];
  return body.length >= 6 && ((version === 4 && body.length <= 0xffff) || version === 6);
}
