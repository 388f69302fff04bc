/** The intervals that a version range is a union of. */

/** One end of an interval. */
export interface VersionBound {
  readonly version: string;
  /** Whether `version` itself is inside. */
  readonly inclusive: boolean;
}

/** One interval of a range; null is no bound. */
export interface VersionInterval {
  readonly lower: VersionBound | null;
  readonly upper: VersionBound | null;
}
