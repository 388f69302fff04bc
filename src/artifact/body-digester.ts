/** Hashing a body while it streams: on this thread, or beside it. */
import type { Digests } from '../verification/level.js';

/** Takes a body in pieces and gives its digests once, at the end. */
export interface BodyDigester {
  /** Resolves when more may be given. */
  update(chunk: Uint8Array): void | Promise<void>;
  /** Null where it could not be done: hash the file instead. */
  digests(): Digests | Promise<Digests | null>;
}
