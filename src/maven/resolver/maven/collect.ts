/**
 * Collects the graph: every dependency of every version of every artifact, as far as dependencies are followed.
 *
 * For newcomers: this is a depth-first walk over POMs. Each place in the walk knows what its ancestors exclude and
 * whether it is below the direct dependencies (where optional, test and provided dependencies are no longer followed).
 * The same artifact under the same conditions has the same children, so its list is built once and shared. A dependency
 * on an ancestor is a cycle and gets the ancestor's list. Conflicts are left to mediate.ts.
 *
 * The walk is sequential and waits for each POM that has not arrived yet, while a prefetcher runs ahead of it. The
 * result therefore does not depend on when answers arrive.
 *
 * Source of the rule: Maven Resolver 1.6.3 `DefaultDependencyCollector`, `DataPool`, `NodeStack`.
 */
import { Pace } from '../../../base/async/pace.js';
import { ClojarsFetchError, isClojarsFetchError } from '../../../base/error.js';
import { escapeForDisplay } from '../../../base/escape.js';
import { artifactType } from '../../pom/artifact-type.js';
import type { Descriptor, DescriptorReader, GraphArtifact, GraphDependency } from '../../pom/descriptor.js';
import { ChildList, type CollectedGraph, type GraphCycle, GraphNode, type Premanaged } from '../graph/graph.js';
import { noMatch } from '../graph/no-match.js';
import { type DescriptorPolicy, PomProblems } from '../graph/pom-problems.js';
import type { CollectRequest, OnExpected } from '../graph/request.js';
import type { VersionChoice, VersionLookup } from '../graph/version-lookup.js';
import { GraphManagement, type ManagedResult } from './management.js';
import { Prefetcher } from './prefetch.js';
import { createSelector, type Selector } from './selector.js';

export interface CollectLimits {
  /** Nodes in the graph, counting equal subtrees once. */
  readonly maxNodes: number;
  /** Length of a path from the root. */
  readonly maxDepth: number;
  /** Different combinations of exclusions that apply to subtrees. Each may need its own copy of a subtree. */
  readonly maxExclusionSets: number;
}

export interface CollectOptions extends CollectLimits {
  /** `strict` makes every missing or invalid POM an error. */
  readonly descriptors: DescriptorPolicy;
  /** Whether to record excluded dependencies, for explanations. Default false. */
  readonly recordExcluded?: boolean | undefined;
  /** Whether to request POMs ahead of the walk. Default true. */
  readonly prefetch?: boolean | undefined;
  readonly onExpected?: OnExpected | undefined;
  /** Ends the walk, also between POMs that have arrived. */
  readonly signal?: AbortSignal | undefined;
}

/** The value of Maven's `aether.dependencyCollector.maxCycles`. */
const maxCycles = 10;
/** Longest chain of relocations at one place; a longer one is treated as endless. */
const maxRelocations = 100;

/** Steps that a version counts for: its POM may be read at once, which takes longer than any other step. */
const stepsPerVersion = 4;

const noRelocations: readonly GraphArtifact[] = [];

/** One place in the walk. */
interface Frame {
  readonly node: GraphNode;
  readonly dependencies: readonly GraphDependency[];
  next: number;
  readonly selector: Selector;
  readonly depth: number;
  current: Pending | null;
}

/** The dependency in progress. For a range, several versions may be left. */
interface Pending extends ManagedResult {
  readonly choice: VersionChoice;
  next: number;
  readonly relocations: readonly GraphArtifact[];
  readonly hops: number;
}

/**
 * Collects the graph of a request.
 * @throws ClojarsFetchError the first error of the walk, in Maven's order: `ERR_RANGE`, `ERR_POM` (a missing parent or
 * BOM, endless relocations), `ERR_LIMIT`; under `strict` also `ERR_NOT_FOUND` and invalid POMs
 */
export async function collect(
  reader: DescriptorReader,
  versions: VersionLookup,
  request: CollectRequest,
  options: CollectOptions,
): Promise<CollectedGraph> {
  return new Collector(reader, versions, options).run(request);
}

class Collector {
  readonly #reader: DescriptorReader;
  readonly #versions: VersionLookup;
  readonly #options: CollectOptions;
  /** Index in the path, by versionless id. */
  readonly #pathIndex = new Map<string, number>();
  readonly #path: GraphNode[] = [];
  readonly #problems: PomProblems;
  readonly #cycles: GraphCycle[] = [];
  readonly #states = new Set<Selector>();
  readonly #failed = new Set<string>();
  #error: ClojarsFetchError | null = null;
  #nodeCount = 0;
  #management = new GraphManagement([]);
  #prefetcher: Prefetcher | null = null;
  readonly #pace: Pace;

  constructor(reader: DescriptorReader, versions: VersionLookup, options: CollectOptions) {
    this.#reader = reader;
    this.#versions = versions;
    this.#options = options;
    this.#pace = new Pace(options.signal);
    this.#problems = new PomProblems(options.descriptors);
  }

  async run(request: CollectRequest): Promise<CollectedGraph> {
    let { root, dependencies, managed } = request;
    let node = new GraphNode(null, '', null, [], {});
    let traverse = true;
    if (root !== null) {
      const choice = await this.#choose(root.artifact);
      const version = choice.versions.at(-1);
      if (version === undefined) throw noMatch(root.artifact, null, choice);
      const requested = root.artifact.withVersion(version);
      const descriptor = await this.#reader.read(requested);
      const fatal = this.#problems.judge(requested, descriptor);
      if (fatal !== null) throw fatal;
      root = { ...root, artifact: descriptor.artifact };
      dependencies = mergeById(dependencies, descriptor.dependencies);
      managed = mergeById(managed, descriptor.managed());
      node = new GraphNode(root, version, choice.range, descriptor.relocations, {});
      traverse = !includesDependencies(root.artifact);
    }
    this.#nodeCount++;
    this.#management = new GraphManagement(managed);
    if (traverse && dependencies.length > 0) {
      const selector = createSelector().below(root);
      node.children = new ChildList();
      if (this.#options.prefetch !== false) this.#prefetcher = this.#startPrefetcher(dependencies, selector);
      this.#enter(node);
      try {
        await this.#walk({ node, dependencies, next: 0, selector, depth: 1, current: null });
      } finally {
        this.#prefetcher?.end();
      }
    }
    if (this.#error !== null) throw this.#error;
    return {
      root: node,
      problems: this.#problems.list(),
      cycles: this.#cycles,
      nodeCount: this.#nodeCount,
      sources: this.#problems.sources(),
    };
  }

  #startPrefetcher(dependencies: readonly GraphDependency[], selector: Selector): Prefetcher {
    const { onExpected, signal } = this.#options;
    const parts = { reader: this.#reader, versions: this.#versions, management: this.#management };
    const prefetcher = new Prefetcher({ ...parts, onExpected, signal });
    prefetcher.start(dependencies, selector);
    return prefetcher;
  }

  #enter(node: GraphNode): void {
    if (node.artifact !== null) this.#pathIndex.set(node.artifact.id, this.#path.length);
    this.#path.push(node);
  }

  #leave(): void {
    const artifact = this.#path.pop()?.artifact ?? null;
    if (artifact !== null) this.#pathIndex.delete(artifact.id);
  }

  async #walk(first: Frame): Promise<void> {
    const frames = [first];
    for (let frame = frames.at(-1); frame !== undefined; frame = frames.at(-1)) {
      const pause = this.#pace.step();
      if (pause !== null) await pause;
      const pending = frame.current;
      if (pending === null) {
        const dependency = frame.dependencies[frame.next++];
        if (dependency === undefined) {
          frames.pop();
          this.#leave();
        } else {
          const begun = this.#begin(frame, dependency, noRelocations, false, 0);
          frame.current = begun instanceof Promise ? await begun : begun;
        }
        continue;
      }
      const version = pending.choice.versions[pending.next++];
      if (version === undefined) {
        frame.current = null;
        continue;
      }
      this.#pace.add(stepsPerVersion);
      const artifact = pending.dependency.artifact.withVersion(version);
      const descriptor = artifact.localPath !== undefined ? null : (this.#reader.readNow(artifact) ?? (await this.#reader.read(artifact)));
      const below = this.#visit(frame, pending, version, artifact, descriptor);
      if (below === 'relocated') {
        if (descriptor === null) continue;
        const to = descriptor.artifact;
        const sameName = artifact.group === to.group && artifact.artifact === to.artifact;
        const begun = this.#begin(frame, { ...pending.dependency, artifact: to }, descriptor.relocations, sameName, pending.hops + 1);
        frame.current = begun instanceof Promise ? await begun : begun;
      } else if (below !== null) {
        frames.push(below);
      }
    }
  }

  /** Selects and manages a dependency, and finds its versions. Null if it is not or cannot be followed. */
  #begin(
    frame: Frame,
    declared: GraphDependency,
    relocations: readonly GraphArtifact[],
    keepVersion: boolean,
    hops: number,
  ): Pending | null | Promise<Pending | null> {
    if (!frame.selector.accepts(declared)) {
      if (this.#options.recordExcluded === true && frame.selector.excludes(declared)) frame.node.children.excluded.push(declared);
      return null;
    }
    if (hops > maxRelocations) {
      throw new ClojarsFetchError('ERR_POM', {
        reason: 'relocation-cycle',
        coordinate: declared.artifact.toString(),
        message: `the relocations of ${escapeForDisplay(declared.artifact.toString(), 300)} form a cycle`,
        hint: 'Exclude the artifact, or name a version that is not relocated.',
      });
    }
    const { dependency, premanaged } = this.#management.apply(declared, frame.depth, keepVersion);
    const choice = this.#versions.plain(dependency.artifact);
    if (choice !== null) return { dependency, premanaged, choice, next: 0, relocations, hops };
    return this.#beginRange(frame.node.artifact, dependency, premanaged, relocations, hops);
  }

  async #beginRange(
    by: GraphArtifact | null,
    dependency: GraphDependency,
    premanaged: Premanaged,
    relocations: readonly GraphArtifact[],
    hops: number,
  ): Promise<Pending | null> {
    try {
      const choice = await this.#versions.range(dependency.artifact);
      if (choice.versions.length > 0) return { dependency, premanaged, choice, next: 0, relocations, hops };
      this.#fail(noMatch(dependency.artifact, by, choice));
    } catch (error) {
      if (!isClojarsFetchError(error) || error.code !== 'ERR_RANGE') throw error;
      this.#fail(error);
    }
    return null;
  }

  /** Adds the node of one version. Returns the place below it if that must be walked, or `relocated`. */
  #visit(
    frame: Frame,
    pending: Pending,
    version: string,
    artifact: GraphArtifact,
    descriptor: Descriptor | null,
  ): Frame | 'relocated' | null {
    const fatal = descriptor === null ? null : this.#problems.judge(artifact, descriptor);
    if (fatal !== null) {
      if (!this.#failed.has(artifact.key)) this.#fail(fatal);
      this.#failed.add(artifact.key);
      this.#add(frame, pending, version, { ...pending.dependency, artifact });
      return null;
    }
    const target = descriptor?.artifact ?? artifact;
    const unchanged = artifact === pending.dependency.artifact && (descriptor === null || descriptor.relocations.length === 0);
    const dependency = unchanged ? pending.dependency : { ...pending.dependency, artifact: target };
    const ancestor = this.#pathIndex.get(target.id);
    if (ancestor !== undefined) {
      const same = this.#path[ancestor];
      if (this.#cycles.length < maxCycles)
        this.#cycles.push({ path: [...this.#path.slice(ancestor).map((node) => node.artifact?.id ?? ''), target.id] });
      if (same !== undefined) {
        this.#add(frame, pending, version, dependency).children = same.children;
        return null;
      }
    }
    if (descriptor !== null && descriptor.relocations.length > 0) return 'relocated';
    const node = this.#add(frame, pending, version, dependency);
    if (descriptor === null || descriptor.dependencies.length === 0 || includesDependencies(pending.dependency.artifact)) return null;
    const below = frame.selector.below(dependency);
    const depth = Math.min(2, frame.depth + 1);
    this.#states.add(below);
    if (this.#states.size > this.#options.maxExclusionSets)
      throw this.#limit('too-large', `has more than ${this.#options.maxExclusionSets} combinations of exclusions`, target);
    const known = below.lists.get(target.key);
    if (known !== undefined) {
      node.children = known;
      return null;
    }
    node.children = new ChildList();
    below.lists.set(target.key, node.children);
    if (this.#path.length >= this.#options.maxDepth) throw this.#limit('too-deep', `is deeper than ${this.#options.maxDepth}`, target);
    this.#enter(node);
    this.#prefetcher?.enter(descriptor, below, depth);
    return { node, dependencies: descriptor.dependencies, next: 0, selector: below, depth, current: null };
  }

  #add(frame: Frame, pending: Pending, version: string, dependency: GraphDependency): GraphNode {
    if (++this.#nodeCount > this.#options.maxNodes)
      throw this.#limit('too-large', `has more than ${this.#options.maxNodes} nodes`, dependency.artifact);
    const node = new GraphNode(dependency, version, pending.choice.range, pending.relocations, pending.premanaged);
    frame.node.children.all.push(node);
    return node;
  }

  async #choose(artifact: GraphArtifact): Promise<VersionChoice> {
    return this.#versions.plain(artifact) ?? this.#versions.range(artifact);
  }

  /** Records an error. Like Maven's, the walk continues; the first error is reported. */
  #fail(error: ClojarsFetchError): void {
    this.#error ??= error;
  }

  #limit(reason: 'too-deep' | 'too-large', what: string, artifact: GraphArtifact): ClojarsFetchError {
    return new ClojarsFetchError('ERR_LIMIT', {
      reason,
      coordinate: artifact.toString(),
      message: `the dependency graph ${what}, at ${escapeForDisplay(artifact.toString(), 300)}`,
    });
  }
}

function includesDependencies(artifact: GraphArtifact): boolean {
  return artifact.type !== '' && artifactType(artifact.type).includesDependencies;
}

/** Returns the request's entries, then the entries of the root's POM that the request lacks. */
function mergeById(dominant: readonly GraphDependency[], recessive: readonly GraphDependency[]): readonly GraphDependency[] {
  if (dominant.length === 0) return recessive;
  const ids = new Set(dominant.map(({ artifact }) => artifact.id));
  return [...dominant, ...recessive.filter(({ artifact }) => !ids.has(artifact.id))];
}
