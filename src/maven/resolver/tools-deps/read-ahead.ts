/**
 * Reads POMs that the queue will probably reach, so that a slow answer does not hold up what is behind it. Errors count only
 * in the queue.
 *
 * It works only while the queue waits. From a local repository, POMs arrive in the order of the queue: then the queue finds
 * the next ones as soon, and to look at every dependency twice would cost more than it saves.
 */
import type { GraphDependency } from '../../pom/descriptor.js';
import { compareVersions } from '../../version/order.js';
import type { ChildrenReader, Reading } from './children.js';
import { accepts, allBut, type Filter } from './filter.js';
import type { Libraries } from './library.js';
import { excludedNames } from './library-name.js';

export class ReadAhead {
  readonly #reader: ChildrenReader;
  readonly #libraries: Libraries;
  readonly #overrides: ReadonlyMap<string, GraphDependency>;
  #left: number;
  /** Null while the queue is at work. */
  #waitedFor: Reading | null = null;
  /** Arrived while the queue was at work. */
  #arrived: [Reading, Filter][] = [];

  constructor(reader: ChildrenReader, libraries: Libraries, overrides: ReadonlyMap<string, GraphDependency>, most: number) {
    this.#reader = reader;
    this.#libraries = libraries;
    this.#overrides = overrides;
    this.#left = most;
  }

  /** Looks below a library once its dependencies have arrived, unless the queue is faster. */
  follow(reading: Reading, filter: Filter): void {
    if (reading.children !== null && this.#waitedFor === null) this.#arrived.push([reading, filter]);
    else reading.arrival.then(() => this.#arrive(reading, filter), ignore);
  }

  /** Called when the queue begins to wait. */
  waitFor(reading: Reading): void {
    this.#waitedFor = reading;
    const arrived = this.#arrived;
    this.#arrived = [];
    for (const [one, filter] of arrived) this.#look(one, filter);
  }

  #arrive(reading: Reading, filter: Filter): void {
    if (reading === this.#waitedFor) this.#waitedFor = null;
    if (this.#waitedFor === null) this.#arrived.push([reading, filter]);
    else this.#look(reading, filter);
  }

  #look({ children, isUsed }: Reading, filter: Filter): void {
    if (children === null || isUsed) return;
    for (const child of children.dependencies) this.#consider(child, filter);
  }

  #consider(declared: GraphDependency, filter: Filter): void {
    const library = this.#libraries.of(declared);
    if (this.#left <= 0 || library.isTop || !accepts(filter, library.name)) return;
    const dependency = this.#overrides.get(library.name) ?? declared;
    const { artifact } = dependency;
    if (artifact.localPath !== undefined) return;
    const known = library.newestAhead ?? library.selected?.dependency.artifact.version;
    if (known !== undefined && (known === artifact.version || compareVersions(artifact.version, known) <= 0)) return;
    library.newestAhead = artifact.version;
    this.#left -= 1;
    this.follow(this.#reader.read(artifact), allBut(excludedNames(dependency)));
  }
}

function ignore(): void {
  // The queue sees the error if it needs the answer.
}
