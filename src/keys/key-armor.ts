/** Armored files of keys: block by block, so that one damaged block does not hide the others. */
import { decodeArmor, isBinary } from '../verification/pgp/armor.js';
import { isMalformed } from '../verification/pgp/malformed.js';
import type { Warn } from './keyring.js';

/** One block, and where it begins in the file. */
export interface KeyBlock {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

const kinds = /-----BEGIN PGP (PUBLIC KEY BLOCK|PRIVATE KEY BLOCK)-----[ \t]*\r?$/gm;

/** Whether the bytes are text that holds an armored key. */
export function isArmored(bytes: Uint8Array): boolean {
  return !isBinary(bytes) && bufferOf(bytes).includes('-----BEGIN PGP ');
}

/**
 * Blocks of public keys, and of private ones: their public half is of use. Other blocks (signatures, messages) and text
 * between are passed over in silence, damaged ones with a warning.
 */
export function decodeKeyArmor(bytes: Uint8Array, source: string, warn: Warn): KeyBlock[] {
  const text = bufferOf(bytes).toString('latin1');
  const blocks: KeyBlock[] = [];
  for (const { index, 1: kind = '' } of text.matchAll(kinds)) {
    const closing = `-----END PGP ${kind}-----`;
    const end = text.indexOf(closing, index);
    const next = text.indexOf('-----BEGIN PGP ', index + 1);
    if (end === -1 || (next !== -1 && next < end)) {
      warn(`${source}: the armored block at offset ${index} does not end; it was passed over`);
      continue;
    }
    const block = text.slice(index, end + closing.length).replaceAll('PGP PRIVATE KEY BLOCK', 'PGP PUBLIC KEY BLOCK');
    try {
      blocks.push({ offset: index, bytes: decodeArmor(Buffer.from(block, 'latin1'), ['PGP PUBLIC KEY BLOCK'], block.length) });
    } catch (error) {
      if (!isMalformed(error)) throw error;
      warn(`${source}: the armored block at offset ${index} cannot be read (${error.message}); it was passed over`);
    }
  }
  return blocks;
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
