/**
 * Asks for POMs before the collector, which goes depth first, needs them: breadth first, everything at once.
 *
 * It decides nothing. What it asks for in vain costs a request; what it misses, the collector asks for itself.
 */
import type { DescriptorReader, GraphDependency } from '../pom/descriptor.js';
import type { GraphManagement } from './management.js';
import type { Selector } from './selector.js';
import type { VersionLookup } from './version-lookup.js';

export class Prefetcher {
  private readonly seen = new Set<string>();

  constructor(
    private readonly reader: DescriptorReader,
    private readonly versions: VersionLookup,
    /** Places of the graph looked at, at most: what a hostile graph can make it ask for. */
    private readonly maxPlaces: number,
  ) {}

  /** Asks for the dependencies at one place, and, as answers come in, for theirs. */
  expand(dependencies: readonly GraphDependency[], selector: Selector, management: GraphManagement, depth: number): void {
    for (const declared of dependencies) {
      if (!selector.accepts(declared)) continue;
      const { dependency } = management.apply(declared, depth, false);
      const { artifact } = dependency;
      if (artifact.localPath !== undefined) continue;
      const below = selector.below(dependency);
      const key = `${artifact.key}|${below.id}|${Math.min(depth, 2)}`;
      if (this.seen.has(key) || this.seen.size >= this.maxPlaces) continue;
      this.seen.add(key);
      void this.follow(dependency, below, management, depth);
    }
  }

  private async follow(dependency: GraphDependency, below: Selector, management: GraphManagement, depth: number): Promise<void> {
    try {
      const choice = this.versions.plain(dependency.artifact) ?? (await this.versions.range(dependency.artifact));
      for (const version of choice.versions) {
        const descriptor = this.reader.read(dependency.artifact.withVersion(version));
        void descriptor.then(
          (ready) => this.expand(ready.dependencies, below, management, depth + 1),
          () => undefined,
        );
      }
    } catch {
      // The collector meets the same error where it counts.
    }
  }
}
