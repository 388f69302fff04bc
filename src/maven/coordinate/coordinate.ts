/**
 * Coordinates: their types, and their forms as text, repository path and EDN. This room imports `version` and `base`. Read this file first,
 * then parse.ts and format.ts (text), validate.ts (which names are safe) and path.ts (Maven's repository layout); parse-edn.ts and
 * edn-form.ts read the Clojure forms.
 */

/** A Maven coordinate as users of the library write it. */
export interface Coordinate {
  readonly group: string;
  readonly artifact: string;
  /** A version, a range, `RELEASE`, `LATEST`, or a semver selector such as `^1.2`. */
  readonly version: string;
  /**
   * Whether `version` is never a selector, as in a build file: `~1` and `=1` are then plain versions. Default: false, a version that starts
   * with an operator is a selector.
   */
  readonly plainVersion?: boolean | undefined;
  /** File extension. Default: `jar`. */
  readonly extension?: string | undefined;
  /** Default: the empty string, no classifier. */
  readonly classifier?: string | undefined;
}

/** A coordinate with every default filled in. */
export type ArtifactCoordinate = { readonly [Name in Exclude<keyof Coordinate, 'plainVersion'>]-?: string };

/** An artifact to exclude from the graph below a dependency. `*` matches any group or artifact. */
export interface Exclusion {
  readonly group: string;
  readonly artifact: string;
  /** Default: any classifier. The empty string matches only the artifact without one. */
  readonly classifier?: string | undefined;
  /** Default: any extension. */
  readonly extension?: string | undefined;
}

/** A dependency as users of the library write it. */
export interface Dependency extends Coordinate {
  /** Maven scope. Default: `compile`. */
  readonly scope?: string | undefined;
  /** Whether the dependency is optional. Default: false. */
  readonly optional?: boolean | undefined;
  readonly exclusions?: readonly Exclusion[] | undefined;
  /**
   * Absolute path of a library on this disk, as tools.deps names it in `:local/root`; its `version` is then empty. Only
   * with the conflict rule `tools-deps`. Default: the library comes from a repository.
   */
  readonly localRoot?: string | undefined;
}

/** Fills in the defaults: extension `jar`, no classifier. Checks nothing. */
export function completeCoordinate(coordinate: Coordinate): ArtifactCoordinate {
  const { group, artifact, version, extension = 'jar', classifier = '' } = coordinate;
  return { group, artifact, version, extension, classifier };
}
