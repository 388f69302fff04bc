/** Metadata as it is sent. */
import type { ClojarsFetchError } from '../../../base/error.js';

export interface ServedMetadata {
  readonly bytes: Uint8Array;
  /** When it was last changed, in milliseconds since 1970; null if unknown. */
  readonly lastModifiedMs: number | null;
  /** How long ago a mirror said that it is right. */
  readonly ageMs: number;
  /**
   * `hit`: a kept copy that is fresh, or that is being asked for again. `confirmed`: a kept copy of which a mirror has just said that it is
   * still right. `miss`: it was fetched. `stale`: a kept copy that is no longer fresh, since no mirror answers or the answer went back in time.
   */
  readonly status: 'hit' | 'confirmed' | 'miss' | 'stale';
  /** Base URL of the mirror that it came from; null if none was asked. */
  readonly mirror: string | null;
}

/** Whether no mirror gave an answer that counts: then a copy, or another repository, may have to do. */
export function isWithoutAnswer({ code }: ClojarsFetchError): boolean {
  return code === 'ERR_UNREACHABLE' || code === 'ERR_QUORUM' || code === 'ERR_LIMIT';
}
