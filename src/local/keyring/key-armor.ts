/** Decodes armored key files block by block, so that one damaged block does not hide the others. */
import { decodeArmor, isBinary } from '../../proof/openpgp/packet/armor.js';
import { isMalformed } from '../../proof/openpgp/packet/malformed.js';
import type { Warn } from './keyring.js';

/** One block, and where it begins in the file. */
export interface KeyBlock {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** Matches the first and last lines of all blocks, in one pass over the text. */
const edges = /-----(BEGIN|END) PGP ([A-Z ,0-9/]{1,40})-----/g;
const kinds: readonly string[] = ['PUBLIC KEY BLOCK', 'PRIVATE KEY BLOCK'];
/** Damaged blocks of one file that are worth a warning each. */
const damagedMax = 100;

/** Whether the bytes are text that holds an armored key. */
export function isArmored(bytes: Uint8Array): boolean {
  return !isBinary(bytes) && bufferOf(bytes).includes('-----BEGIN PGP ');
}

/**
 * Decodes the blocks of public keys, and of private keys for their public part. Skips other blocks (signatures,
 * messages) and the text in between silently, damaged blocks with a warning.
 */
export function decodeKeyArmor(bytes: Uint8Array, source: string, warn: Warn): KeyBlock[] {
  const text = bufferOf(bytes).toString('latin1');
  const blocks: KeyBlock[] = [];
  let damaged = 0;
  const skip = (offset: number, what: string): void => {
    damaged += 1;
    if (damaged <= damagedMax) warn(`${source}: the armored block at offset ${offset} ${what}; it was skipped`);
  };
  let begin: { readonly offset: number; readonly kind: string } | null = null;
  for (const { index, 0: edge, 1: side, 2: kind = '' } of text.matchAll(edges)) {
    if (side === 'BEGIN') {
      if (begin !== null && kinds.includes(begin.kind)) skip(begin.offset, 'does not end');
      begin = { offset: index, kind };
      continue;
    }
    if (begin?.kind === kind && kinds.includes(kind)) {
      const block = text.slice(begin.offset, index + edge.length).replaceAll('PGP PRIVATE KEY BLOCK', 'PGP PUBLIC KEY BLOCK');
      try {
        blocks.push({ offset: begin.offset, bytes: decodeArmor(Buffer.from(block, 'latin1'), ['PGP PUBLIC KEY BLOCK'], block.length) });
      } catch (error) {
        if (!isMalformed(error)) throw error;
        skip(begin.offset, `cannot be read (${error.message})`);
      }
    }
    begin = null;
  }
  if (begin !== null && kinds.includes(begin.kind)) skip(begin.offset, 'does not end');
  if (damaged > damagedMax) warn(`${source}: ${damaged - damagedMax} more armored blocks are damaged; they were skipped`);
  return blocks;
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
