/** The dependency graph, before and after conflicts are resolved. */
import type { GraphArtifact, GraphDependency, GraphExclusion } from '../../pom/descriptor.js';
import type { PomProblem } from '../../pom/problem.js';
import type { VersionRange } from '../../version/range.js';

/**
 * The children of a node. Nodes with equal subtrees share one list: in Maven's algorithm, a child belongs to a list, not
 * to a node.
 */
export class ChildList {
  /** All collected children, in order of declaration. */
  readonly all: GraphNode[] = [];
  /** The children left after mediation; the same array as `all` until then. */
  kept: GraphNode[] = this.all;
  /** Dependencies removed by an exclusion; only filled if the graph was collected with `recordExcluded`. */
  readonly excluded: GraphDependency[] = [];
  /** @internal whether a walk of the mediation is currently below this list */
  onPath = false;
}

const noChildren = new ChildList();

/** The values before management changed them. */
export interface Premanaged {
  readonly version?: string | undefined;
  readonly scope?: string | undefined;
  readonly optional?: boolean | undefined;
}

/**
 * Why an occurrence was left out of a graph.
 *
 * By Maven's rules: `duplicate` of a kept one with the same version; `cycle`, if that one is an ancestor; lost a
 * `conflict`; `excluded`; or `cut-off`, because an ancestor was not kept. By the rules of tools.deps, which have their own
 * names: `use-top`, because the project names the library; `older-version`; `superseded` by a newer version found later;
 * `parent-omitted`, because an ancestor was superseded; `excluded`.
 */
export type OmissionReason =
  'duplicate' | 'cycle' | 'conflict' | 'excluded' | 'cut-off' | 'use-top' | 'older-version' | 'superseded' | 'parent-omitted';

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
  /** The node kept instead of this one; itself for a winner; null before mediation, or if it was cut off with an ancestor. */
  winner: GraphNode | null = null;
  /** Why it was left out, if the algorithm said so; null if that follows from `winner`. */
  omission: OmissionReason | null = null;
  /** The artifact that its POM names as its new coordinate, if the algorithm does not follow relocations. */
  movedTo: GraphArtifact | null = null;

  constructor(
    dependency: GraphDependency | null,
    /** The version compared in conflicts; for a range, one of its versions. */
    readonly version: string,
    /** The hard requirement it comes from; null for a plain version. */
    readonly range: VersionRange | null,
    /** The artifacts it was relocated from. */
    readonly relocations: readonly GraphArtifact[],
    readonly premanaged: Premanaged,
  ) {
    this.artifact = dependency?.artifact ?? null;
    this.scope = this.declaredScope = dependency?.scope ?? '';
    this.optional = this.declaredOptional = dependency?.optional === true;
    this.exclusions = dependency?.exclusions ?? [];
  }
}

/** A tolerated problem: the artifact stays in the graph, without dependencies. */
export interface GraphProblem {
  readonly artifact: GraphArtifact;
  readonly problem: PomProblem;
}

/** A dependency on an ancestor. */
export interface GraphCycle {
  /** Versionless ids from the ancestor to its second occurrence. */
  readonly path: readonly string[];
}

export interface CollectedGraph {
  readonly root: GraphNode;
  readonly problems: readonly GraphProblem[];
  /** At most 10, as in Maven. */
  readonly cycles: readonly GraphCycle[];
  /** Counts equal subtrees once. */
  readonly nodeCount: number;
  /** Every POM file that was used: `group:artifact:version`, sorted. */
  readonly sources: readonly string[];
}
