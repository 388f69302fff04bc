/** A request for a graph. */
import type { GraphArtifact, GraphDependency } from '../../pom/descriptor.js';

export interface CollectRequest {
  /** The graph's root, whose management applies; null for an anonymous root that only has `dependencies`. */
  readonly root: GraphDependency | null;
  readonly dependencies: readonly GraphDependency[];
  readonly managed: readonly GraphDependency[];
}

/**
 * Receives each artifact whose POM was read and that will probably be part of the closure, possibly more than once.
 * @param rootScope the scope of the direct dependency through which the artifact was first reached
 */
export type OnExpected = (artifact: GraphArtifact, rootScope: string) => void;
