/** Resolves a graph without files: from a request and a source of POMs to an ordered list of artifacts. */
import { Pace } from '../../base/async/pace.js';
import { type Descriptor, DescriptorReader, type GraphArtifact } from '../pom/descriptor.js';
import { ModelBuilder } from '../pom/effective.js';
import type { PomSource } from '../pom/pom-source.js';
import type { ProfileEnvironment } from '../pom/profile.js';
import { RawPoms } from '../pom/raw-pom.js';
import { flatten, type ResolvedGraph } from './graph/flatten.js';
import type { CollectRequest, OnExpected } from './graph/request.js';
import { VersionLookup } from './graph/version-lookup.js';
import { collect, type CollectLimits } from './maven/collect.js';
import { mediate } from './maven/mediate.js';
import { ChildrenReader, type LocalLibraries } from './tools-deps/children.js';
import { fileOf } from './tools-deps/library-name.js';
import { resolveLibraries } from './tools-deps/resolve.js';

/** `nearest` as in Maven and Leiningen; `highest` as in coursier; `tools-deps` exactly as in tools.deps. */
export type ConflictRule = 'nearest' | 'highest' | 'tools-deps';

export interface ResolveGraphOptions {
  /** Default `nearest`. */
  readonly conflicts?: ConflictRule | undefined;
  /** Default `lenient`: missing and invalid POMs of dependencies are tolerated and listed, as Maven does. */
  readonly descriptors?: 'lenient' | 'strict' | undefined;
  readonly limits?: Partial<CollectLimits> | undefined;
  /** Whether to record excluded dependencies, for trees and explanations. Default false. */
  readonly recordExcluded?: boolean | undefined;
  /** Whether to request POMs before they are needed. Does not affect the result. Default true. */
  readonly prefetch?: boolean | undefined;
  /** Called while the graph is still being read. Does not affect the result. */
  readonly onExpected?: OnExpected | undefined;
  /** Ends the resolution, whatever it computes. */
  readonly signal?: AbortSignal | undefined;
  /** For `tools-deps`: the dependencies of libraries on this disk, by `localPath`. Default none. */
  readonly localLibraries?: LocalLibraries | undefined;
}

export interface GraphResolver {
  /** @throws ClojarsFetchError */
  resolve(request: CollectRequest, options?: ResolveGraphOptions): Promise<ResolvedGraph>;
  /** Rejects only for reasons outside the POM; problems of the POM are in the descriptor's `problem`. */
  descriptor(artifact: GraphArtifact): Promise<Descriptor>;
}

/** Far above real graphs: among 2,000 real ones, the largest had 2,862 nodes. */
const defaultLimits: CollectLimits = { maxNodes: 500_000, maxDepth: 1000, maxExclusionSets: 20_000 };

/** Creates a resolver over one source. It requests every file at most once, no matter how many graphs are resolved. */
export function createGraphResolver(source: PomSource, environment: ProfileEnvironment): GraphResolver {
  const poms = new RawPoms(source);
  const reader = new DescriptorReader(new ModelBuilder(poms, environment));
  const versions = new VersionLookup(poms);
  return {
    async resolve(request, options = {}) {
      const { conflicts = 'nearest', descriptors = 'lenient', prefetch = true, onExpected, signal } = options;
      const limits = { ...defaultLimits, ...options.limits };
      if (conflicts === 'tools-deps') {
        return resolveLibraries(new ChildrenReader(reader, versions, poms, options.localLibraries), request, {
          maxOccurrences: limits.maxNodes,
          maxDepth: limits.maxDepth,
          descriptors,
          prefetch,
          signal,
          onSelected: ({ artifact }) => onExpected?.(fileOf(artifact), 'compile'),
        });
      }
      const recordExcluded = options.recordExcluded ?? false;
      const graph = await collect(reader, versions, request, { ...limits, descriptors, recordExcluded, prefetch, onExpected, signal });
      await mediate(graph.root, conflicts, new Pace(signal));
      return { ...graph, nodes: flatten(graph.root) };
    },
    descriptor: (artifact) => reader.read(artifact),
  };
}
