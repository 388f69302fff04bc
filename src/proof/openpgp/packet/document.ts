/** A signed document in memory. */
import { createHash } from 'node:crypto';

import type { DocumentDigestRequest, SignedDocument } from './signed-document.js';
import { TextLines } from './text-lines.js';

/** Wraps bytes that are already in memory: POMs, tests. */
export function documentOf(bytes: Uint8Array): SignedDocument {
  return {
    size: bytes.length,
    async digest({ hash, prefix, suffix, text }: DocumentDigestRequest): Promise<Uint8Array> {
      const body = text ? new TextLines().update(bytes) : bytes;
      return createHash(hash).update(prefix).update(body).update(suffix).digest();
    },
    async *chunks() {
      yield bytes;
    },
  };
}
