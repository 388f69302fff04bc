/**
 * Requests POMs before the collector needs them. The collector goes depth first; this goes breadth first, in parallel.
 *
 * It decides nothing: a POM it requests in vain costs one request, and the collector requests the POMs it missed.
 */
import { Pace } from '../../../base/async/pace.js';
import type { Descriptor, DescriptorReader, GraphArtifact, GraphDependency } from '../../pom/descriptor.js';
import type { OnExpected } from '../graph/request.js';
import type { VersionLookup } from '../graph/version-lookup.js';
import type { GraphManagement } from './management.js';
import type { Selector } from './selector.js';

/** Limits on the places and selection states to look ahead from: they bound the useless work a hostile graph can cause. */
const maxPlaces = 100_000;
const maxStates = 2000;
/** Requests in progress: more than connections can use, and few enough that a POM with 50,000 dependencies can be given up at once. */
const maxRequests = 2048;
/** A POM that is read at once takes as long as this many steps through the graph. */
const stepsPerPom = 16;

/** Dependencies to look at. */
interface Place {
  readonly dependencies: readonly GraphDependency[];
  readonly selector: Selector;
  readonly depth: number;
  readonly rootScope: string | null;
}

export interface PrefetcherOptions {
  readonly reader: DescriptorReader;
  readonly versions: VersionLookup;
  readonly management: GraphManagement;
  readonly onExpected: OnExpected | undefined;
  readonly signal: AbortSignal | undefined;
}

export class Prefetcher {
  readonly #options: PrefetcherOptions;
  readonly #pace: Pace;
  readonly #queue: Place[] = [];
  #places = 0;
  #running = false;
  #ended = false;
  #requests = 0;
  /** Set while the queue waits for a request to end. */
  #wake: (() => void) | null = null;

  constructor(options: PrefetcherOptions) {
    this.#options = options;
    this.#pace = new Pace(options.signal);
  }

  /** Requests the dependencies of the root and, as answers arrive, their dependencies. */
  start(dependencies: readonly GraphDependency[], selector: Selector): void {
    this.#add({ dependencies, selector, depth: 1, rootScope: null });
  }

  /** Looks ahead below an artifact in a selection state, unless that was done before. */
  enter(descriptor: Descriptor, below: Selector, depth: number, rootScope: string | null = null): void {
    const { key } = descriptor.artifact;
    if (below.lookedAhead.has(key) || this.#places >= maxPlaces || below.stateCount > maxStates) return;
    below.lookedAhead.add(key);
    this.#places++;
    this.#add({ dependencies: descriptor.dependencies, selector: below, depth, rootScope });
  }

  /** Stops looking ahead: the collector is done. */
  end(): void {
    this.#ended = true;
    this.#queue.length = 0;
    this.#wake?.();
  }

  #add(place: Place): void {
    if (this.#ended) return;
    this.#queue.push(place);
    if (!this.#running) void this.#run().catch(ignore);
  }

  /** Empties the queue. A queue instead of recursion, to go breadth first to any depth. */
  async #run(): Promise<void> {
    this.#running = true;
    for (let next = 0; next < this.#queue.length; next++) {
      const place = this.#queue[next];
      if (place === undefined) continue;
      for (const declared of place.dependencies) {
        this.#expand(declared, place);
        const pause = this.#pace.step();
        if (pause !== null) await pause;
        while (this.#requests >= maxRequests && !this.#ended) await this.#nextAnswer();
        if (this.#ended) return;
      }
    }
    this.#queue.length = 0;
    this.#running = false;
  }

  #expand(declared: GraphDependency, { selector, depth, rootScope }: Place): void {
    if (!selector.accepts(declared)) return;
    const { versions, management } = this.#options;
    const { dependency } = management.apply(declared, depth, false);
    const { artifact } = dependency;
    if (artifact.localPath !== undefined) return;
    const choice = versions.plain(artifact);
    const below = selector.below(dependency);
    if (choice !== null) this.#read(artifact, below, depth, rootScope ?? dependency.scope);
    // The collector reports a range that cannot be looked up.
    else
      void versions
        .range(artifact)
        .then((found) => found.versions.forEach((version) => this.#read(artifact.withVersion(version), below, depth, null)), ignore);
  }

  #read(artifact: GraphArtifact, below: Selector, depth: number, rootScope: string | null): void {
    const { reader, onExpected } = this.#options;
    const go = (descriptor: Descriptor): void => {
      if (rootScope !== null && descriptor.problem === null && descriptor.relocations.length === 0)
        onExpected?.(descriptor.artifact, rootScope);
      this.enter(descriptor, below, Math.min(2, depth + 1), rootScope);
    };
    const ready = reader.readNow(artifact);
    if (ready !== undefined) {
      this.#pace.add(stepsPerPom);
      return go(ready);
    }
    if (this.#places >= maxPlaces || this.#ended) return;
    this.#requests++;
    const answered = (): void => {
      this.#requests--;
      this.#wake?.();
    };
    void reader.read(artifact).then(
      (descriptor) => {
        answered();
        go(descriptor);
      },
      answered, // the collector reports the failure if it needs the answer
    );
  }

  async #nextAnswer(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    this.#wake = null;
  }
}

function ignore(): void {
  // The collector reports the failure if it needs the answer, and an abort ends the collector too.
}
