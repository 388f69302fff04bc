/**
 * Turns a file on disk into a signed document. Uses the hash states of its download if they suffice, and reads the file again otherwise.
 */
import { createHash } from 'node:crypto';

import type { DocumentDigestRequest, SignatureHash, SignedDocument } from '../../proof/openpgp/packet/signed-document.js';
import { TextLines } from '../../proof/openpgp/packet/text-lines.js';
import { fileChunks } from '../file-chunks.js';

/** Returns the digest of the whole file followed by `suffix`, from a hash that can be continued; null if that is not possible. */
export type HashStates = (hash: SignatureHash, suffix: Uint8Array) => Uint8Array | Promise<Uint8Array | null> | null;

export interface SignedFileOptions {
  /** In bytes, if known. */
  readonly size?: number | undefined;
  readonly states?: HashStates | undefined;
  /** Called before the file is read: pending writes must reach the disk. */
  readonly ready?: (() => Promise<void>) | undefined;
}

/** @param file absolute; streamed, never held in memory */
export function createSignedFile(file: string, { size, states, ready }: SignedFileOptions = {}): SignedDocument {
  const chunks = async function* (): AsyncGenerator<Uint8Array> {
    await ready?.();
    yield* fileChunks(file);
  };
  return {
    size,
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
  const lines = text ? new TextLines() : null;
  for await (const chunk of chunks) hashing.update(lines === null ? chunk : lines.update(chunk));
  hashing.update(suffix);
  return hashing.digest();
}
