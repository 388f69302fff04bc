/**
 * GnuPG's keybox format (`kbx/keybox-blob.c` of GnuPG describes it): a row of blobs, each with a table of the
 * fingerprints of its keys, and the key itself as OpenPGP packets. Pure: bytes in, positions out.
 *
 * The table is as trustworthy as the file. It only says where to look: after reading a key, compute its fingerprint from
 * the key material.
 */

/** Size of a blob's fixed head, and the maximum that is read of its table. */
export const blobHeadBytes = 20;
const tableMaxBytes = 256 * 1024;
/** Keys in one blob, primary and subkeys. GnuPG's own limit on the blob is 5 MiB; real certificates have up to a few dozen. */
const keysMax = 1024;

/** The first blob of a keybox. */
export interface KeyboxHeader {
  /** Whether it has been used for OpenPGP keys (GnuPG 2.1 and later), and not only for X.509. */
  readonly openPgp: boolean;
}

/** Reads the first blob's head; null if this is not a keybox. */
export function parseKeyboxHeader(bytes: Uint8Array): KeyboxHeader | null {
  if (bytes.length < blobHeadBytes) return null;
  const view = viewOf(bytes);
  // 'KBXf'
  if (view.getUint32(8) !== 0x4b425866 || view.getUint8(4) !== 1) return null;
  return { openPgp: (view.getUint16(6) & 2) !== 0 };
}

/** The head of a blob, as written. */
export interface BlobHead {
  readonly length: number;
  readonly type: 'empty' | 'header' | 'openpgp' | 'x509' | 'unknown';
  /** Cached during another look-up; GnuPG does not treat it as part of the keyring. */
  readonly ephemeral: boolean;
  /** Offset of the key from the blob's start. */
  readonly keyOffset: number;
  readonly keyLength: number;
}

const types = ['empty', 'header', 'openpgp', 'x509'] as const;

/** @param bytes the first 20 bytes of the blob, fewer if it is shorter; missing ones read as zero */
export function parseBlobHead(bytes: Buffer): BlobHead {
  const head = bytes.length >= blobHeadBytes ? bytes : Buffer.concat([bytes], blobHeadBytes);
  return {
    length: head.readUInt32BE(0),
    type: types[head[4] ?? 0] ?? 'unknown',
    ephemeral: (head.readUInt16BE(6) & 2) !== 0,
    keyOffset: head.readUInt32BE(8),
    keyLength: head.readUInt32BE(12),
  };
}

/** Describes a fault in a blob's head, null if it has none. */
export function findBlobFault({ length, keyOffset, keyLength }: BlobHead): string | null {
  if (keyLength === 0) return 'has no key';
  if (keyOffset < blobHeadBytes || keyOffset + keyLength > length) return 'places its key outside of itself';
  return null;
}

/** Returns how many bytes of a blob to read for {@link parseKeyIds}. */
export function tableBytes({ length, keyOffset }: BlobHead): number {
  return Math.min(length, keyOffset, tableMaxBytes);
}

/** Packs a key ID for the index: its 8 bytes as one-byte characters, which is cheaper than hex. */
export function packKeyId(keyId: string): string {
  return Buffer.from(keyId, 'hex').toString('latin1');
}

/**
 * Parses the key IDs in an OpenPGP blob's table, packed as by {@link packKeyId}; null if the table makes no sense.
 *
 * @param blob the first {@link tableBytes} bytes of the blob
 */
export function parseKeyIds(blob: Buffer): readonly string[] | null {
  if (blob.length < blobHeadBytes) return null;
  const version = blob[5];
  const count = blob.readUInt16BE(16);
  const size = blob.readUInt16BE(18);
  if (version !== 1 && version !== 2) return null;
  if (count === 0 || count > keysMax || size < (version === 1 ? 28 : 56)) return null;
  if (blobHeadBytes + count * size > blob.length) return null;
  const ids: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const at = blobHeadBytes + index * size;
    // Version 1 has 20 bytes; version 2 has 32, all of them used if a flag is set. A key ID is the end of a short
    // fingerprint, and the beginning of a long one.
    const long = version === 2 && (blob.readUInt16BE(at + 32) & 0x80) !== 0;
    ids.push(long ? blob.toString('latin1', at, at + 8) : blob.toString('latin1', at + 12, at + 20));
  }
  return ids;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
