/** Options and results of resolving dependencies: the types of the public API. */
import type { Coordinate, Dependency } from '../../maven/coordinate/coordinate.js';
import type { Omission } from '../../maven/resolver/graph/graph.js';
import type { ConflictRule } from '../../maven/resolver/resolve-graph.js';
import type { ArtifactVerification, ResolvedArtifact } from '../artifact.js';

/** Options of a closure. */
export interface DependencyOptions {
  /** The project's own dependency management: versions, scopes and exclusions for artifacts below the roots. */
  readonly managed?: readonly Dependency[] | undefined;
  /**
   * The graph's root: an artifact whose own dependencies and dependency management count, as if it were the project.
   * With it, the roots may be empty.
   */
  readonly root?: string | Coordinate | undefined;
  /** False: read POMs only. Default true. */
  readonly download?: boolean | undefined;
  /** Scopes whose artifacts are downloaded. Default `compile` and `runtime`. All scopes are listed. */
  readonly scopes?: readonly string[] | undefined;
  /**
   * Which version wins: the one `nearest` to the root, as in Maven and Leiningen (default); the `highest`, as in coursier;
   * or exactly as in `tools-deps`, where `managed` are `:override-deps`.
   */
  readonly conflicts?: ConflictRule | undefined;
  /**
   * With `tools-deps`: the dependencies of libraries on this disk (`:local/root`), by {@link Dependency.localRoot}. Such
   * libraries are part of the graph, but never listed or downloaded.
   */
  readonly localLibraries?: ReadonlyMap<string, readonly Dependency[]> | undefined;
  /**
   * Java's system properties, and `env.NAME` for variables: they activate profiles and fill `${…}`. Replaces the
   * default, which describes this machine; `java.version` is that of JAVA_HOME, else 17.
   */
  readonly systemProperties?: Readonly<Record<string, string>> | undefined;
  /**
   * POMs of the user's own build, by `group:artifact:version`: read in place of any repository's. Their artifacts are
   * built, so they are listed and never downloaded.
   */
  readonly localPoms?: ReadonlyMap<string, Uint8Array> | undefined;
  /** Classifiers to fetch along with each downloaded jar, if they exist: `sources`, `javadoc`. Default none. */
  readonly attachments?: readonly string[] | undefined;
}

/** One artifact of a closure. */
export interface ResolvedDependency {
  /** `group:artifact[:extension[:classifier]]:version`. */
  readonly coordinate: string;
  readonly group: string;
  readonly artifact: string;
  /** The version in the graph: `RELEASE`, `LATEST` and `…-SNAPSHOT` stay as they are. */
  readonly version: string;
  readonly extension: string;
  readonly classifier: string;
  /** The scope that results from all its occurrences. */
  readonly scope: string;
  readonly optional: boolean;
  /** 1 for a root, more for its dependencies; 0 for the artifact given as `root`. */
  readonly depth: number;
  /** Absolute path in the local repository; null if it was not downloaded. */
  readonly path: string | null;
  /** Bytes; null as `path`. */
  readonly size: number | null;
  /** Lower-case hex; null as `path`. */
  readonly sha256: string | null;
  /** Id of the repository; null as `path`, and if another tool put the file there without a record. */
  readonly repository: string | null;
  /** Base URL of the mirror that served it in this call; null if it was already there. */
  readonly mirror: string | null;
  /** Null as `path`. */
  readonly verification: ArtifactVerification | null;
  /** The coordinates it was relocated from, in order; usually empty. */
  readonly relocatedFrom: readonly string[];
}

/** A fault that is tolerated, as in Maven, and that a user may want to know. */
export interface ResolutionProblem {
  /** The artifact concerned. */
  readonly coordinate: string;
  /**
   * `missing`: it has no POM; `invalid`: its POM cannot be used. In both cases it counts as an artifact without
   * dependencies. `system`: it is a file of some machine (scope system), which is never fetched. `relocated`: it has moved.
   */
  readonly kind: 'missing' | 'invalid' | 'system' | 'relocated';
  /** A stable word; for `invalid` one of the reasons of ERR_POM in docs/errors.md. */
  readonly reason: string;
  /** A sentence that names the POM. */
  readonly message: string;
}

/** Why an occurrence of an artifact is not in the closure. */
export type OmissionReason = Omission;

/** A node of the dependency tree, kept or omitted. */
export interface DependencyTreeNode {
  /** `group:artifact[:extension[:classifier]]:version`; empty for the anonymous root above the roots. */
  readonly coordinate: string;
  readonly scope: string;
  readonly optional: boolean;
  /** Null for a part of the closure. */
  readonly omitted: OmissionReason | null;
  /** The coordinate that was kept instead; null if none was. */
  readonly keptInstead: string | null;
  /** The values before dependency management changed them. */
  readonly managedFrom: {
    readonly version?: string | undefined;
    readonly scope?: string | undefined;
    readonly optional?: boolean | undefined;
  };
  readonly children: readonly DependencyTreeNode[];
}

/** One path to an artifact. */
export interface DependencyPath {
  /** Coordinates from a root to the artifact itself. */
  readonly path: readonly string[];
  readonly omitted: OmissionReason | null;
  readonly scope: string;
  readonly optional: boolean;
  /** The required range; null for a plain version. */
  readonly range: string | null;
  readonly managedFrom: DependencyTreeNode['managedFrom'];
  /** The coordinate that was kept instead; null if none was. */
  readonly keptInstead: string | null;
}

/** All paths to an artifact. */
export interface DependencyExplanation {
  readonly group: string;
  readonly artifact: string;
  readonly paths: readonly DependencyPath[];
  /** Whether there are more paths than were followed. */
  readonly truncated: boolean;
}

/** A closure. */
export interface Resolution {
  /** Every artifact that survives mediation, whatever its scope, in Maven's class path order. */
  readonly dependencies: readonly ResolvedDependency[];
  /** Every POM that was used, parents and BOMs included, with its proofs; sorted by coordinate. */
  readonly poms: readonly ResolvedArtifact[];
  /** The files fetched for `attachments`, in the order of the dependencies. */
  readonly attachments: readonly ResolvedArtifact[];
  readonly problems: readonly ResolutionProblem[];
  /** Dependencies that lead back to an ancestor, at most 10: `group:artifact:extension:classifier` from it to itself. */
  readonly cycles: readonly (readonly string[])[];
  /** Returns the graph as a tree, with the omitted nodes and the reasons. Built on each call. */
  tree(): DependencyTreeNode;
  /** Returns why an artifact is in the closure, or is not. Without paths, nothing depends on it. */
  explain(group: string, artifact: string): DependencyExplanation;
}

/** An artifact as its POM describes it, after parents, profiles, interpolation and BOMs are applied. */
export interface ResolvedDescriptor {
  /** The artifact, after relocations. */
  readonly coordinate: string;
  /** The coordinates it was relocated from, in order; usually empty. */
  readonly relocatedFrom: readonly string[];
  /** Its own, direct dependencies, of every scope. */
  readonly dependencies: readonly Dependency[];
  /** Its dependency management, imported BOMs included. An absent scope or optional flag manages nothing. */
  readonly managedDependencies: readonly Dependency[];
  /** The faults of an invalid POM; both lists are empty then. */
  readonly problems: readonly ResolutionProblem[];
  /** The POMs it was built from: its own, parents, BOMs. */
  readonly poms: readonly ResolvedArtifact[];
}
