/**
 * A POM as written, reduced to the parts that affect a graph. Undefined means that the element is missing; the empty
 * string is an empty element, which Maven treats differently in several places.
 *
 * Source of the rule: `maven.mdo` of Maven 3.8.7.
 */

/** Longest chain of parents. A limit of this reader; Maven has none. */
export const maxLineage = 200;

export interface PomExclusion {
  readonly group: string;
  readonly artifact: string;
}

/** A `<dependency>` in `dependencies` or `dependencyManagement`. Immutable: merging and interpolation make copies. */
export interface PomDependency {
  readonly group: string | undefined;
  readonly artifact: string | undefined;
  readonly version: string | undefined;
  /** Default `jar`. */
  readonly type: string;
  readonly classifier: string | undefined;
  readonly scope: string | undefined;
  readonly systemPath: string | undefined;
  /** As written; see {@link isTrue}. */
  readonly optional: string | undefined;
  readonly exclusions: readonly PomExclusion[];
  /** Maven's `getManagementKey()`: two dependencies of a POM with the same key are the same. */
  readonly key: string;
  /** Whether any value contains `${`. Most dependencies do not, and need no interpolation. */
  readonly dynamic: boolean;
  /** Whether its key, scope or system path contains `${`, so that its identity depends on interpolation. */
  readonly movable: boolean;
}

/** Creates a dependency and derives its other fields. */
export function createPomDependency(of: Omit<PomDependency, 'key' | 'dynamic' | 'movable'>): PomDependency {
  const { group, artifact, version, type, classifier, scope, systemPath, optional, exclusions } = of;
  const key = classifier === undefined ? `${group}:${artifact}:${type}` : `${group}:${artifact}:${type}:${classifier}`;
  const movable = key.includes('${') || has(scope) || has(systemPath);
  const dynamic =
    movable || has(version) || has(optional) || exclusions.some((exclusion) => has(exclusion.group) || has(exclusion.artifact));
  return { group, artifact, version, type, classifier, scope, systemPath, optional, exclusions, key, dynamic, movable };
}

function has(text: string | undefined): boolean {
  return text !== undefined && text.includes('${');
}

export interface PomParent {
  readonly group: string | undefined;
  readonly artifact: string | undefined;
  readonly version: string | undefined;
  readonly relativePath: string | undefined;
}

export interface PomRelocation {
  readonly group: string | undefined;
  readonly artifact: string | undefined;
  readonly version: string | undefined;
  readonly message: string | undefined;
}

export interface PomActivation {
  readonly activeByDefault: boolean;
  readonly jdk: string | undefined;
  readonly os:
    | {
        readonly name?: string | undefined;
        readonly family?: string | undefined;
        readonly arch?: string | undefined;
        readonly version?: string | undefined;
      }
    | undefined;
  readonly property: { readonly name?: string | undefined; readonly value?: string | undefined } | undefined;
  readonly file: { readonly exists?: string | undefined; readonly missing?: string | undefined } | undefined;
}

/** The members that a profile and a model share. */
export interface PomBase {
  readonly modules: readonly string[];
  readonly properties: ReadonlyMap<string, string>;
  readonly dependencies: readonly PomDependency[];
  /** Null if `<dependencyManagement>` is missing. */
  readonly managed: readonly PomDependency[] | null;
}

export interface PomProfile extends PomBase {
  /** Default `default`. */
  readonly id: string;
  readonly activation: PomActivation | undefined;
  /** Single values under `<build>`, by path (`build.finalName`). */
  readonly fields: ReadonlyMap<string, string>;
}

/** A raw model: the contents of one POM file. */
export interface PomModel extends PomBase {
  readonly modelVersion: string | undefined;
  readonly parent: PomParent | undefined;
  readonly group: string | undefined;
  readonly artifact: string | undefined;
  readonly version: string | undefined;
  /** Default `jar`. */
  readonly packaging: string;
  readonly profiles: readonly PomProfile[];
  readonly relocation: PomRelocation | undefined;
  /** Other single values that `${project.…}` can name, by path: `name`, `url`, `scm.tag`, `build.finalName`. */
  readonly fields: ReadonlyMap<string, string>;
}

/** Like Java's `Boolean.parseBoolean`. */
export function isTrue(text: string | undefined): boolean {
  return text !== undefined && text.toLowerCase() === 'true';
}
