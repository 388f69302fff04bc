/**
 * Asks for POMs before the collector, which goes depth first, needs them: breadth first, everything at once.
 *
 * It decides nothing. What it asks for in vain costs a request; what it misses, the collector asks for itself.
 */
import type { Descriptor, DescriptorReader, GraphArtifact, GraphDependency } from '../pom/descriptor.js';
import type { GraphManagement } from './management.js';
import type { Selector } from './selector.js';
import type { VersionLookup } from './version-lookup.js';

export class Prefetcher {
  private places = 0;
  private readonly queue: { readonly descriptor: Descriptor; readonly below: Selector; readonly depth: number }[] = [];
  private running = false;

  constructor(
    private readonly reader: DescriptorReader,
    private readonly versions: VersionLookup,
    private readonly management: GraphManagement,
    /** Places of the graph looked at, at most: what a hostile graph can make it ask for. */
    private readonly maxPlaces: number,
  ) {}

  /** Asks for the dependencies of the root, and, as answers come in, for theirs. */
  start(dependencies: readonly GraphDependency[], selector: Selector): void {
    this.expand(dependencies, selector, 1);
    this.run();
  }

  /** Looks below an artifact under a state of selection, if that was not done. */
  enter(descriptor: Descriptor, below: Selector, depth: number): void {
    if (below.lookedAhead.has(descriptor.artifact.key)) return;
    this.queue.push({ descriptor, below, depth });
    if (!this.running) this.run();
  }

  private run(): void {
    this.running = true;
    for (let place = this.queue.shift(); place !== undefined; place = this.queue.shift()) {
      const { descriptor, below, depth } = place;
      const { key } = descriptor.artifact;
      if (below.lookedAhead.has(key) || this.places >= this.maxPlaces) continue;
      below.lookedAhead.add(key);
      this.places++;
      this.expand(descriptor.dependencies, below, depth);
    }
    this.running = false;
  }

  private expand(dependencies: readonly GraphDependency[], selector: Selector, depth: number): void {
    for (const declared of dependencies) {
      if (!selector.accepts(declared)) continue;
      const { dependency } = this.management.apply(declared, depth, false);
      const { artifact } = dependency;
      if (artifact.localPath !== undefined) continue;
      const choice = this.versions.plain(artifact);
      const below = selector.below(dependency);
      if (choice !== null) this.read(artifact, below, depth);
      // A range that cannot be looked up is the collector's to report.
      else void this.versions.range(artifact).then(({ versions }) => versions.forEach((version) => this.read(artifact.withVersion(version), below, depth)), ignore);
    }
  }

  private read(artifact: GraphArtifact, below: Selector, depth: number): void {
    const ready = this.reader.ready.get(artifact.key);
    if (ready !== undefined) this.enter(ready, below, Math.min(2, depth + 1));
    else if (this.places < this.maxPlaces) void this.reader.read(artifact).then((descriptor) => this.enter(descriptor, below, Math.min(2, depth + 1)), ignore);
  }
}

function ignore(): void {
  // What cannot be read is the collector's to report, if it needs it.
}
