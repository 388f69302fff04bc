/**
 * GnuPG's keybox format (`kbx/keybox-blob.c` of GnuPG describes it): a row of blobs, each with a table of the
 * fingerprints of its keys, and the key itself as OpenPGP packets. Pure: bytes in, positions out.
 *
 * The table is written by whoever wrote the file. It only says where to look: who cuts a key out must compute its
 * fingerprint from the key material.
 */

/** A blob's fixed head, and the most that is looked at to read its table. */
export const blobHeadBytes = 20;
const tableMaxBytes = 256 * 1024;
/** Keys in one blob, primary and subkeys. GnuPG's own limit on the blob is 5 MiB; real certificates have up to some dozens. */
const keysMax = 1024;

/** The keybox's first blob. */
export interface KeyboxHeader {
  /** It has been used for OpenPGP keys (GnuPG 2.1 and later), not for X.509 alone. */
  readonly openPgp: boolean;
}

/** Reads the first blob's head; null where this is no keybox. */
export function parseKeyboxHeader(bytes: Uint8Array): KeyboxHeader | null {
  if (bytes.length < blobHeadBytes) return null;
  const view = viewOf(bytes);
  // 'KBXf'
  if (view.getUint32(8) !== 0x4b425866 || view.getUint8(4) !== 1) return null;
  return { openPgp: (view.getUint16(6) & 2) !== 0 };
}

/** Length and type of the blob that begins here, as it says. */
export interface BlobHead {
  readonly length: number;
  readonly type: 'empty' | 'header' | 'openpgp' | 'x509' | 'unknown';
  /** Put there while something else was looked up; GnuPG does not count it as part of the keyring. */
  readonly ephemeral: boolean;
  /** Of the key, from the blob's start. */
  readonly keyOffset: number;
  readonly keyLength: number;
}

const types = ['empty', 'header', 'openpgp', 'x509'] as const;

/** @param bytes from the blob's start, 20 unless it is shorter; what is missing reads as zero */
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

/** What is wrong with a blob's head, or null. */
export function findBlobFault({ length, keyOffset, keyLength }: BlobHead): string | null {
  if (keyLength === 0) return 'has no key';
  if (keyOffset < blobHeadBytes || keyOffset + keyLength > length) return 'says that its key lies outside of it';
  return null;
}

/** How much of a blob to read for {@link parseKeyIds}. */
export function tableBytes({ length, keyOffset }: BlobHead): number {
  return Math.min(length, keyOffset, tableMaxBytes);
}

/** A key ID as the index holds it: its 8 bytes as one-byte characters, which costs less to make than hex. */
export function packKeyId(keyId: string): string {
  return Buffer.from(keyId, 'hex').toString('latin1');
}

/**
 * Key IDs in an OpenPGP blob's table, packed as by {@link packKeyId}; null where the table makes no sense.
 *
 * @param blob the blob from its start, as much as {@link tableBytes} says
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
    // Version 1: 20 bytes. Version 2: 32, of which a flag says whether they all count. A key ID is the end of a short
    // fingerprint and the beginning of a long one.
    const long = version === 2 && (blob.readUInt16BE(at + 32) & 0x80) !== 0;
    ids.push(long ? blob.toString('latin1', at, at + 8) : blob.toString('latin1', at + 12, at + 20));
  }
  return ids;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
