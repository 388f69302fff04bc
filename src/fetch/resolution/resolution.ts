/** Options and results of resolving dependencies: the types of the public API. */
import type { Coordinate, Dependency } from '../../maven/coordinate/coordinate.js';
import type { OmissionReason } from '../../maven/resolver/graph/graph.js';
import type { ConflictRule } from '../../maven/resolver/resolve-graph.js';
import type { ArtifactVerification, ResolvedArtifact } from '../artifact.js';

/** Options of a closure. */
export interface DependencyOptions {
  /** The project's own dependency management: versions, scopes and exclusions for artifacts below the roots. Default: none. */
  readonly managed?: readonly Dependency[] | undefined;
  /**
   * Artifact at the root of the graph. Its dependencies and its dependency management apply as if it were the project, and the list of
   * roots may be empty. Default: none.
   */
  readonly root?: string | Coordinate | undefined;
  /** Whether to download artifacts; false reads POMs only. Default: true. */
  readonly download?: boolean | undefined;
  /** Scopes whose artifacts are downloaded; artifacts of all scopes are listed. Default: `compile` and `runtime`. */
  readonly scopes?: readonly string[] | undefined;
  /**
   * Which version wins: the one `nearest` to the root, as in Maven and Leiningen; the `highest`, as in coursier; or the one that
   * `tools-deps` chooses, with `managed` as its `:override-deps`. Default: `nearest`.
   */
  readonly conflicts?: ConflictRule | undefined;
  /**
   * With `tools-deps`: the dependencies of libraries on this disk (`:local/root`), by {@link Dependency.localRoot}. Such libraries are part
   * of the graph, but are never downloaded. They are listed in {@link Resolution.localLibraries}.
   */
  readonly localLibraries?: ReadonlyMap<string, readonly Dependency[]> | undefined;
  /**
   * Java's system properties, and environment variables as `env.NAME`: they activate profiles and fill in `${…}`. They replace the default,
   * which describes this machine; its `java.version` is that of JAVA_HOME, otherwise 17.
   */
  readonly systemProperties?: Readonly<Record<string, string>> | undefined;
  /**
   * POMs of the user's own build, by `group:artifact:version`, read instead of any repository's. Their artifacts are built locally, so they
   * are listed but never downloaded. Default: none.
   */
  readonly localPoms?: ReadonlyMap<string, Uint8Array> | undefined;
  /** Classifiers to fetch along with each downloaded jar, if they exist, such as `sources` or `javadoc`. Default: none. */
  readonly attachments?: readonly string[] | undefined;
}

/** One artifact of a closure. */
export interface ResolvedDependency {
  /** `group:artifact[:extension[:classifier]]:version`. */
  readonly coordinate: string;
  readonly group: string;
  readonly artifact: string;
  /** The version in the graph: `RELEASE`, `LATEST` and `…-SNAPSHOT` are not replaced. */
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
  /** Size in bytes; null if it was not downloaded. */
  readonly size: number | null;
  /** SHA-256, lower-case hex; null if it was not downloaded. */
  readonly sha256: string | null;
  /** Id of the repository; null if it was not downloaded, or if another tool put the file there without a record. */
  readonly repository: string | null;
  /** Base URL of the mirror that served it in this call; null if it was not downloaded or was already there. */
  readonly mirror: string | null;
  /** The evidence for the file; null if it was not downloaded. */
  readonly verification: ArtifactVerification | null;
  /** The coordinates it was relocated from, in order; usually empty. */
  readonly relocatedFrom: readonly string[];
}

/** A problem that is tolerated, as in Maven, but that the user may want to know about. */
export interface ResolutionProblem {
  /** The artifact that has the problem. */
  readonly coordinate: string;
  /**
   * `missing`: it has no POM; `invalid`: its POM cannot be used. In both cases it counts as an artifact without dependencies. `system`: it
   * is a file on some machine (scope `system`), which is never fetched. `relocated`: it has moved to another coordinate.
   */
  readonly kind: 'missing' | 'invalid' | 'system' | 'relocated';
  /** A stable identifier; for `invalid` one of the reasons of ERR_POM in docs/errors.md. */
  readonly reason: string;
  /** A sentence that names the POM. */
  readonly message: string;
}

/** A node of the dependency tree, kept or omitted. */
export interface DependencyTreeNode {
  /** `group:artifact[:extension[:classifier]]:version`; empty for the anonymous root above the roots. */
  readonly coordinate: string;
  readonly scope: string;
  readonly optional: boolean;
  /** Null if the node is part of the closure. */
  readonly omitted: OmissionReason | null;
  /** The coordinate that was kept instead; null if there is none. */
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
  /** The coordinate that was kept instead; null if there is none. */
  readonly keptInstead: string | null;
}

/** All paths to an artifact. */
export interface DependencyExplanation {
  readonly group: string;
  readonly artifact: string;
  readonly paths: readonly DependencyPath[];
  /** Whether there are more paths than are listed. */
  readonly truncated: boolean;
}

/** A library on this disk that is part of the graph. */
export interface LocalLibrary {
  /** `group/artifact[$classifier]`. */
  readonly name: string;
  /** Absolute path of a folder or a jar. */
  readonly path: string;
  readonly kind: 'folder' | 'jar';
  /** How many of `dependencies` precede it on the class path. */
  readonly position: number;
}

/** A closure. */
export interface Resolution {
  /** Every artifact that remains after mediation, of every scope, in Maven's class path order. */
  readonly dependencies: readonly ResolvedDependency[];
  /** The libraries on this disk (`:local/root`), in class path order; usually empty. */
  readonly localLibraries: readonly LocalLibrary[];
  /** Every POM that was used, including parents and BOMs, with its proofs; sorted by coordinate. */
  readonly poms: readonly ResolvedArtifact[];
  /** The files fetched for `attachments`, in the order of the dependencies. */
  readonly attachments: readonly ResolvedArtifact[];
  readonly problems: readonly ResolutionProblem[];
  /** Dependency cycles, at most 10: each lists `group:artifact:extension:classifier` from an artifact back to itself. */
  readonly cycles: readonly (readonly string[])[];
  /** Returns the graph as a tree, with the omitted nodes and the reasons. Built on each call. */
  tree(): DependencyTreeNode;
  /** Explains why an artifact is in the closure or was left out. If there are no paths, nothing depends on it. */
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
  /** Its dependency management, including imported BOMs. A scope or optional flag that is undefined is not managed. */
  readonly managedDependencies: readonly Dependency[];
  /** The problems of an invalid POM. Both lists are then empty. */
  readonly problems: readonly ResolutionProblem[];
  /** The POMs that it was built from: its own, parents and BOMs. */
  readonly poms: readonly ResolvedArtifact[];
}
