/**
 * Computes the libraries of a class path as tools.deps does.
 *
 * For newcomers: the libraries of the project stay as they are. Below them a queue is worked off, nearest libraries
 * first. The first version of a library is selected; a newer one that is found later replaces it, and everything that
 * only the older one needed is deselected. A library that is reached again in the same version is not read again, unless
 * an exclusion had cut dependencies off that this occurrence does not exclude.
 *
 * POMs are read ahead of the queue, in parallel. They are used in the order of the queue, so that the result does not
 * depend on when answers arrive.
 *
 * Source of the rule: tools.deps 0.31 `expand-deps`, `update-excl`, `cut-orphans`, `lib-paths`.
 */
import { Pace } from '../../../base/async/pace.js';
import { ClojarsFetchError } from '../../../base/error.js';
import { escapeForDisplay } from '../../../base/escape.js';
import type { GraphDependency } from '../../pom/descriptor.js';
import type { Children, ChildrenReader, Reading } from './children.js';
import { accepts, allBut, type Filter } from './filter.js';
import { Libraries, type Library, LibraryPath, type LibraryVersion } from './library.js';
import { excludedNames, libraryName } from './library-name.js';
import { ReadAhead } from './read-ahead.js';
import { type ExpansionReason, isIncluded, VersionMap } from './version-map.js';

export interface ExpansionRequest {
  /** The libraries of the project, in the order in which tools.deps takes them from its map. */
  readonly dependencies: readonly GraphDependency[];
  /** `:override-deps`: replace whole coordinates, by library. */
  readonly overrides: readonly GraphDependency[];
}

export interface ExpansionLimits {
  /** Occurrences of libraries. */
  readonly maxOccurrences: number;
  /** Length of a path. */
  readonly maxDepth: number;
}

/** One occurrence of a library, and the decision about it. */
export interface TraceEntry {
  readonly parents: LibraryPath;
  /** Id of the coordinate at the end of `parents`; empty for a library of the project. */
  readonly parentId: string;
  readonly library: Library;
  readonly id: string;
  readonly dependency: GraphDependency;
  /** The dependency as declared, if an override replaced it. */
  readonly declared: GraphDependency;
  readonly reason: ExpansionReason;
}

export interface Expansion {
  /** The empty path, with every path below it that was followed. */
  readonly project: LibraryPath;
  /** Every occurrence, in the order of the queue. */
  readonly trace: readonly TraceEntry[];
}

export interface ExpansionOptions extends ExpansionLimits {
  /** Whether to read POMs ahead of the queue. Does not affect the result. */
  readonly prefetch: boolean;
  readonly signal: AbortSignal | undefined;
  /** Called for a POM when its dependencies are used. Throws if the POM cannot be tolerated. */
  onRead(dependency: GraphDependency, children: Children): void;
  /** Called when a library is selected; a newer version may still replace it. */
  onSelected(dependency: GraphDependency): void;
}

/** A POM that is read at once takes as long as this many steps. */
const stepsPerPom = 16;

/** A library whose dependencies are yet to be judged. */
interface Task {
  readonly path: LibraryPath;
  readonly version: LibraryVersion;
  readonly dependency: GraphDependency;
  readonly reading: Reading;
  readonly filter: Filter;
}

/** Expands the libraries of a project. @throws ClojarsFetchError `ERR_RANGE`, `ERR_POM`, `ERR_LIMIT`, `ERR_CONFIG` */
export async function expand(request: ExpansionRequest, reader: ChildrenReader, options: ExpansionOptions): Promise<Expansion> {
  return new Expander(request, reader, options).run(request.dependencies);
}

class Expander {
  readonly #libraries = new Libraries();
  readonly #versions = new VersionMap(refuseComparison);
  readonly #overrides: ReadonlyMap<string, GraphDependency>;
  readonly #reader: ChildrenReader;
  readonly #options: ExpansionOptions;
  readonly #ahead: ReadAhead | null;
  readonly #queue: Task[] = [];
  readonly #trace: TraceEntry[] = [];

  constructor(request: ExpansionRequest, reader: ChildrenReader, options: ExpansionOptions) {
    this.#overrides = new Map(request.overrides.map((dependency) => [libraryName(dependency), dependency]));
    this.#reader = reader;
    this.#options = options;
    this.#ahead = options.prefetch ? new ReadAhead(reader, this.#libraries, this.#overrides, options.maxOccurrences) : null;
  }

  async run(dependencies: readonly GraphDependency[]): Promise<Expansion> {
    const project = new LibraryPath();
    const top = await Promise.all(dependencies.map((dependency) => this.#reader.canonicalize(dependency)));
    for (const dependency of top) this.#judge(this.#libraries.of(dependency), dependency, project, '');
    const pace = new Pace(this.#options.signal);
    for (let next = 0; next < this.#queue.length; next += 1) {
      const task = this.#queue[next];
      if (task === undefined) break;
      const children = task.reading.children ?? (await this.#arrivalOf(task.reading));
      if (task.version.children === null) {
        this.#options.onRead(task.dependency, children);
        task.version.children = children;
      }
      this.#judgeAll(children.dependencies, task);
      if (task.filter === null) task.reading.isUsed = true;
      const pause = pace.step(children.dependencies.length + stepsPerPom);
      if (pause !== null) await pause;
    }
    return { project, trace: this.#trace };
  }

  #arrivalOf(reading: Reading): Promise<Children> {
    this.#ahead?.waitFor(reading);
    return reading.arrival;
  }

  #judgeAll(dependencies: readonly GraphDependency[], { path, version, filter }: Task): void {
    for (const child of dependencies) {
      const library = this.#libraries.of(child);
      if (accepts(filter, library.name)) this.#judge(library, child, path, version.id);
    }
  }

  #judge(library: Library, declared: GraphDependency, parents: LibraryPath, parentId: string): void {
    const dependency = this.#overrides.get(library.name) ?? declared;
    const id = idOf(dependency);
    if (this.#trace.length >= this.#options.maxOccurrences)
      throw limit('too-large', `has more than ${this.#options.maxOccurrences} edges`, dependency);
    if (parents.length >= this.#options.maxDepth) throw limit('too-deep', `is deeper than ${this.#options.maxDepth}`, dependency);
    const reason = this.#versions.judge(library, id, dependency, parents);
    this.#trace.push({ parents, parentId, library, id, dependency, declared, reason });
    const { selected } = library;
    if (selected === null) return;
    if (isIncluded(reason)) this.#include(dependency, selected, parents.to(library));
    else if (reason === 'same-version') this.#reopen(dependency, selected, parents.to(library));
  }

  /** Queues all dependencies of a library but those that this occurrence excludes. */
  #include(dependency: GraphDependency, version: LibraryVersion, path: LibraryPath): void {
    this.#options.onSelected(dependency);
    const excluded = excludedNames(dependency);
    if (excluded !== null) path.exclusions = version.cut = excluded;
    this.#enqueue(dependency, version, path, allBut(excluded));
  }

  /** Queues those dependencies of a known library that every earlier occurrence excluded, and this one does not. */
  #reopen(dependency: GraphDependency, version: LibraryVersion, path: LibraryPath): void {
    const excluded = excludedNames(dependency);
    if (excluded !== null) path.exclusions = excluded;
    const { cut } = version;
    if (cut === null) return;
    const still = new Set([...cut].filter((name) => excluded?.has(name) === true));
    const opened = new Set([...cut].filter((name) => !still.has(name)));
    version.cut = still;
    if (opened.size > 0) this.#enqueue(dependency, version, path, { only: opened });
  }

  #enqueue(dependency: GraphDependency, version: LibraryVersion, path: LibraryPath, filter: Filter): void {
    const reading = this.#reader.read(dependency.artifact);
    this.#queue.push({ path, version, dependency, reading, filter });
    this.#ahead?.follow(reading, filter);
  }
}

/** Identifies the coordinate of a library. Source: tools.deps `dep-id`. */
function idOf({ artifact }: GraphDependency): string {
  return artifact.localPath === undefined ? artifact.version : `local ${artifact.localPath}`;
}

function refuseComparison(name: string, a: GraphDependency, b: GraphDependency): never {
  const show = ({ artifact }: GraphDependency): string => escapeForDisplay(artifact.localPath ?? artifact.version, 300);
  throw new ClojarsFetchError('ERR_CONFIG', {
    reason: 'bad-value',
    message: `${escapeForDisplay(name, 300)} is needed as ${show(a)} and as ${show(b)}: tools.deps cannot tell which is newer`,
    hint: 'Name the library in :deps of the project, or in :override-deps of an alias.',
  });
}

function limit(reason: 'too-deep' | 'too-large', what: string, { artifact }: GraphDependency): ClojarsFetchError {
  return new ClojarsFetchError('ERR_LIMIT', {
    reason,
    coordinate: artifact.toString(),
    message: `the dependency graph ${what}, at ${escapeForDisplay(artifact.toString(), 300)}`,
  });
}
