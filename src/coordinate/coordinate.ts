/** Coordinates: the types. Parsing and formatting follow in this file. */

/** A Maven coordinate as users of the library write it. */
export interface Coordinate {
  readonly group: string;
  readonly artifact: string;
  /** A version, a range, `RELEASE`, `LATEST`, or a semver selector such as `^1.2`. */
  readonly version: string;
  /** File extension, default `jar`. */
  readonly extension?: string;
  /** Default none (the empty string). */
  readonly classifier?: string;
}

/** A coordinate with nothing left to default. */
export type ArtifactCoordinate = Required<Coordinate>;
