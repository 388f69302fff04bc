/** Coordinates: the types, and filling in what was left out. Reading and writing them: parse.ts and format.ts. */

/** A Maven coordinate as users of the library write it. */
export interface Coordinate {
  readonly group: string;
  readonly artifact: string;
  /** A version, a range, `RELEASE`, `LATEST`, or a semver selector such as `^1.2`. */
  readonly version: string;
  /** File extension, default `jar`. */
  readonly extension?: string | undefined;
  /** Default none (the empty string). */
  readonly classifier?: string | undefined;
}

/** A coordinate with nothing left to default. */
export type ArtifactCoordinate = { readonly [Name in keyof Coordinate]-?: string };

/** What a dependency keeps out of the graph beneath it. `*` stands for any group or artifact. */
export interface Exclusion {
  readonly group: string;
  readonly artifact: string;
  /** Default any; the empty string is the artifact without a classifier. */
  readonly classifier?: string | undefined;
  /** Default any. */
  readonly extension?: string | undefined;
}

/** A dependency as users of the library write it. */
export interface Dependency extends Coordinate {
  /** Default `compile`. */
  readonly scope?: string | undefined;
  /** Default false. */
  readonly optional?: boolean | undefined;
  readonly exclusions?: readonly Exclusion[] | undefined;
}

/** The coordinate with the defaults filled in: extension `jar`, no classifier. Checks nothing. */
export function completeCoordinate(coordinate: Coordinate): ArtifactCoordinate {
  const { group, artifact, version, extension = 'jar', classifier = '' } = coordinate;
  return { group, artifact, version, extension, classifier };
}
