/**
 * Requests POMs before the collector needs them. The collector goes depth first; this goes breadth first, in parallel.
 *
 * It decides nothing: a POM it requests in vain costs one request, and the collector requests the POMs it missed.
 */
import type { Descriptor, DescriptorReader, GraphArtifact, GraphDependency } from '../pom/descriptor.js';
import type { GraphManagement } from './management.js';
import type { Selector } from './selector.js';
import type { VersionLookup } from './version-lookup.js';

/** Limits on the places and selection states to look ahead from: they bound the useless work a hostile graph can cause. */
const maxPlaces = 100_000;
const maxStates = 2000;

/**
 * Receives each artifact whose POM was read and that will probably be part of the closure, possibly more than once.
 * @param rootScope the scope of the direct dependency through which the artifact was first reached
 */
export type OnExpected = (artifact: GraphArtifact, rootScope: string) => void;

export class Prefetcher {
  private places = 0;
  private readonly queue: {
    readonly descriptor: Descriptor;
    readonly below: Selector;
    readonly depth: number;
    readonly rootScope: string | null;
  }[] = [];
  private running = false;

  constructor(
    private readonly reader: DescriptorReader,
    private readonly versions: VersionLookup,
    private readonly management: GraphManagement,
    private readonly onExpected: OnExpected | null = null,
  ) {}

  /** Requests the dependencies of the root and, as answers arrive, their dependencies. */
  start(dependencies: readonly GraphDependency[], selector: Selector): void {
    this.running = true;
    this.expand(dependencies, selector, 1, null);
    this.run();
  }

  /** Looks ahead below an artifact in a selection state, unless that was done before. */
  enter(descriptor: Descriptor, below: Selector, depth: number, rootScope: string | null = null): void {
    const { key } = descriptor.artifact;
    if (below.lookedAhead.has(key) || this.places >= maxPlaces || below.stateCount > maxStates) return;
    below.lookedAhead.add(key);
    this.places++;
    this.queue.push({ descriptor, below, depth, rootScope });
    if (!this.running) this.run();
  }

  /** Empties the queue. A queue instead of recursion, to go breadth first to any depth. */
  private run(): void {
    this.running = true;
    for (let next = 0; next < this.queue.length; next++) {
      const place = this.queue[next];
      if (place !== undefined) this.expand(place.descriptor.dependencies, place.below, place.depth, place.rootScope);
    }
    this.queue.length = 0;
    this.running = false;
  }

  private expand(dependencies: readonly GraphDependency[], selector: Selector, depth: number, rootScope: string | null): void {
    for (const declared of dependencies) {
      if (!selector.accepts(declared)) continue;
      const { dependency } = this.management.apply(declared, depth, false);
      const { artifact } = dependency;
      if (artifact.localPath !== undefined) continue;
      const choice = this.versions.plain(artifact);
      const below = selector.below(dependency);
      const scope = rootScope ?? dependency.scope;
      if (choice !== null) this.read(artifact, below, depth, scope);
      // The collector reports a range that cannot be looked up.
      else
        void this.versions
          .range(artifact)
          .then(({ versions }) => versions.forEach((version) => this.read(artifact.withVersion(version), below, depth, null)), ignore);
    }
  }

  private read(artifact: GraphArtifact, below: Selector, depth: number, rootScope: string | null): void {
    const go = (descriptor: Descriptor): void => {
      if (rootScope !== null && descriptor.problem === null && descriptor.relocations.length === 0)
        this.onExpected?.(descriptor.artifact, rootScope);
      this.enter(descriptor, below, Math.min(2, depth + 1), rootScope);
    };
    const ready = this.reader.ready.get(artifact.key);
    if (ready !== undefined) go(ready);
    else if (this.places < maxPlaces) void this.reader.read(artifact).then(go, ignore);
  }
}

function ignore(): void {
  // The collector reports the failure if it needs the answer.
}
