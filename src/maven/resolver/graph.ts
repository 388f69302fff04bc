/** The dependency graph as it is collected, before and after conflicts are resolved. */
import type { GraphArtifact, GraphDependency, GraphExclusion } from '../pom/descriptor.js';
import type { PomProblem } from '../pom/problem.js';
import type { VersionRange } from '../version/range.js';

/**
 * The children of a node. Nodes with equal subtrees share one list: in Maven's algorithm the list, not the node, is
 * what a child hangs on.
 */
export class ChildList {
  /** All that was collected, in order of declaration. */
  readonly all: GraphNode[] = [];
  /** What is left of it after {@link mediate}; the same array until then. */
  kept: GraphNode[] = this.all;
  /** Dependencies that an exclusion above took out; only where a graph is collected with `recordExcluded`. */
  readonly excluded: GraphDependency[] = [];
  /** @internal whether a walk of the mediation is below it */
  onPath = false;
}

const noChildren = new ChildList();

/** What management changed, as it was before. */
export interface Premanaged {
  readonly version?: string | undefined;
  readonly scope?: string | undefined;
  readonly optional?: boolean | undefined;
}

/** One occurrence of an artifact in the graph. */
export class GraphNode {
  /** A node without children shares the empty list. */
  children: ChildList = noChildren;
  /** Null for the anonymous root. */
  readonly artifact: GraphArtifact | null;
  /** As declared or managed, until the mediation gives the winner its effective scope. */
  scope: string;
  optional: boolean;
  readonly exclusions: readonly GraphExclusion[];
  readonly declaredScope: string;
  readonly declaredOptional: boolean;
  /** @internal */
  conflict = -1;
  /** The node that was kept instead of this one; itself for a winner; null before the mediation or if cut off with an ancestor. */
  winner: GraphNode | null = null;

  constructor(
    dependency: GraphDependency | null,
    /** The version of this node, compared in conflicts: of a range one of its versions. */
    readonly version: string,
    /** The hard requirement it stems from; null for a plain version. */
    readonly range: VersionRange | null,
    /** Artifacts it was relocated from. */
    readonly relocations: readonly GraphArtifact[],
    readonly premanaged: Premanaged,
  ) {
    this.artifact = dependency?.artifact ?? null;
    this.scope = this.declaredScope = dependency?.scope ?? '';
    this.optional = this.declaredOptional = dependency?.optional === true;
    this.exclusions = dependency?.exclusions ?? [];
  }
}

/** A tolerated fault: the artifact stays in the graph, without dependencies. */
export interface GraphProblem {
  readonly artifact: GraphArtifact;
  readonly problem: PomProblem;
}

/** A dependency that led back to an ancestor. */
export interface GraphCycle {
  /** From the ancestor to the artifact that is the same again, versionless ids. */
  readonly path: readonly string[];
}

export interface CollectedGraph {
  readonly root: GraphNode;
  readonly problems: readonly GraphProblem[];
  /** At most 10, as in Maven. */
  readonly cycles: readonly GraphCycle[];
  /** Equal subtrees counted once. */
  readonly nodeCount: number;
  /** Every POM file that took part: `group:artifact:version`, sorted. */
  readonly sources: readonly string[];
}
