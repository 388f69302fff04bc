/** Resolves a graph by the rules of tools.deps. */
import type { GraphDependency } from '../../pom/descriptor.js';
import type { ResolvedGraph } from '../graph/flatten.js';
import { type DescriptorPolicy, PomProblems } from '../graph/pom-problems.js';
import type { CollectRequest } from '../graph/request.js';
import type { ChildrenReader } from './children.js';
import { expand, type ExpansionLimits } from './expand.js';
import { LibraryGraph } from './graph.js';

export interface ToolsDepsOptions extends ExpansionLimits {
  readonly descriptors: DescriptorPolicy;
  readonly prefetch: boolean;
  readonly signal: AbortSignal | undefined;
  /** Called when a library is selected; a newer version may still replace it. */
  readonly onSelected: (dependency: GraphDependency) => void;
}

/**
 * Resolves the libraries of a project. Its `managed` dependencies are `:override-deps`; a root stands for a project with
 * that one library.
 * @throws ClojarsFetchError `ERR_RANGE`, `ERR_POM`, `ERR_LIMIT`, `ERR_CONFIG`
 */
export async function resolveLibraries(
  reader: ChildrenReader,
  { root, dependencies, managed }: CollectRequest,
  options: ToolsDepsOptions,
): Promise<ResolvedGraph> {
  const problems = new PomProblems(options.descriptors);
  const libraries = root === null ? dependencies : [root, ...dependencies];
  const expansion = await expand({ dependencies: libraries, overrides: managed }, reader, {
    ...options,
    onRead({ artifact }, { descriptor }) {
      const fatal = descriptor === null ? null : problems.judge(artifact, descriptor);
      if (fatal !== null) throw fatal;
    },
  });
  const graph = new LibraryGraph(expansion);
  return {
    nodes: graph.nodes,
    get root() {
      return graph.root;
    },
    problems: problems.list(),
    cycles: [],
    nodeCount: expansion.trace.length,
    sources: problems.sources(),
  };
}
