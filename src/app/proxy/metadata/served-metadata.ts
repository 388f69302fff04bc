/** Metadata as it is sent. */
export interface ServedMetadata {
  readonly bytes: Uint8Array;
  /** When it was last changed, in milliseconds since 1970; null if unknown. */
  readonly lastModifiedMs: number | null;
  /** How long ago a mirror said that it is right. */
  readonly ageMs: number;
  /**
   * `hit`: a kept copy that is fresh, that a mirror has just confirmed, or that is being asked for again. `miss`: it was fetched. `stale`: a
   * kept copy, since no mirror answered or the answer went back in time.
   */
  readonly status: 'hit' | 'miss' | 'stale';
  /** Base URL of the mirror that it came from; null if none was asked. */
  readonly mirror: string | null;
}
