/** A file on disk as what a signature is over: by the hash states of its download where these do, else read again. */
import { createReadStream } from 'node:fs';
import { createHash } from 'node:crypto';

import type { DocumentDigestRequest, SignedDocument, SignatureHash } from '../verification/pgp/signed-document.js';

/** Hashes of the whole file that can be carried on: `state(hash, suffix)` is the digest of file and suffix, or null. */
export type HashStates = (hash: SignatureHash, suffix: Uint8Array) => Uint8Array | Promise<Uint8Array | null> | null;

const carriageReturn = 0x0d;
const lineFeed = 0x0a;

/**
 * @param file absolute; streamed, never held in memory
 * @param ready called before the file is read: what is still being written must reach the disk
 */
export function createSignedFile(file: string, states: HashStates | null = null, ready: () => Promise<void> = () => Promise.resolve()): SignedDocument {
  const chunks = async function* (): AsyncGenerator<Uint8Array> {
    await ready();
    for await (const chunk of createReadStream(file, { highWaterMark: 1 << 18 })) {
      if (chunk instanceof Uint8Array) yield chunk;
    }
  };
  return {
    async digest(request) {
      const { hash, prefix, suffix, text } = request;
      const known = text || prefix.length > 0 ? null : await states?.(hash, suffix);
      return known ?? digestOf(chunks(), request);
    },
    chunks,
  };
}

async function digestOf(chunks: AsyncIterable<Uint8Array>, { hash, prefix, suffix, text }: DocumentDigestRequest): Promise<Uint8Array> {
  const hashing = createHash(hash);
  hashing.update(prefix);
  for await (const chunk of text ? withNetworkLineEndings(chunks) : chunks) hashing.update(chunk);
  hashing.update(suffix);
  return hashing.digest();
}

/** Every line feed gets a carriage return before it, unless it has one: a text document as RFC 9580 section 5.2.1 signs it. */
export async function* withNetworkLineEndings(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let afterReturn = false;
  for await (const chunk of chunks) {
    const changed = Buffer.allocUnsafe(chunk.length * 2);
    let used = 0;
    for (const byte of chunk) {
      if (byte === lineFeed && !afterReturn) changed[used++] = carriageReturn;
      changed[used++] = byte;
      afterReturn = byte === carriageReturn;
    }
    if (used > 0) yield changed.subarray(0, used);
  }
}
