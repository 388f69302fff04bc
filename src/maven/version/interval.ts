/** Intervals: a version range is a union of them. */

/** One end of an interval. */
export interface VersionBound {
  readonly version: string;
  /** Whether `version` itself is inside. */
  readonly inclusive: boolean;
}

/** One interval of a range. A null bound means unbounded. */
export interface VersionInterval {
  readonly lower: VersionBound | null;
  readonly upper: VersionBound | null;
}
