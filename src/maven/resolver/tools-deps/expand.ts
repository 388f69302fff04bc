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
import { compareVersions } from '../../version/order.js';
import type { Children, ChildrenReader } from './children.js';
import { excludedNames, libraryName, LibraryPath } from './path.js';
import { type ExpansionReason, isIncluded, type SelectedLibrary, VersionMap } from './version-map.js';

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
  readonly name: string;
  readonly id: string;
  readonly dependency: GraphDependency;
  /** The dependency as declared, if an override replaced it. */
  readonly declared: GraphDependency;
  readonly reason: ExpansionReason;
}

export interface Expansion {
  readonly selected: readonly SelectedLibrary[];
  /** Every occurrence, in the order of the queue. */
  readonly trace: readonly TraceEntry[];
  /** The POMs that decided, by name and id. */
  readonly read: ReadonlyMap<string, Children>;
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

/** A library whose dependencies are yet to be judged. */
interface Task {
  readonly path: LibraryPath;
  readonly id: string;
  readonly dependency: GraphDependency;
  readonly children: Promise<Children>;
  readonly accepts: (name: string) => boolean;
}

/** Expands the libraries of a project. @throws ClojarsFetchError `ERR_RANGE`, `ERR_POM`, `ERR_LIMIT`, `ERR_CONFIG` */
export async function expand(request: ExpansionRequest, reader: ChildrenReader, options: ExpansionOptions): Promise<Expansion> {
  return new Expander(request, reader, options).run(request.dependencies);
}

class Expander {
  readonly #versions = new VersionMap(refuseComparison);
  readonly #overrides: ReadonlyMap<string, GraphDependency>;
  readonly #reader: ChildrenReader;
  readonly #options: ExpansionOptions;
  readonly #ahead: ReadAhead | null;
  readonly #queue: Task[] = [];
  /** Names that exclusions have cut off from a library, by name and id: no occurrence so far has wanted them. */
  readonly #cut = new Map<string, ReadonlySet<string>>();
  readonly #trace: TraceEntry[] = [];
  readonly #read = new Map<string, Children>();

  constructor(request: ExpansionRequest, reader: ChildrenReader, options: ExpansionOptions) {
    this.#overrides = new Map(request.overrides.map((dependency) => [libraryName(dependency), dependency]));
    this.#reader = reader;
    this.#options = options;
    this.#ahead = options.prefetch ? new ReadAhead(reader, this.#overrides, options.maxOccurrences) : null;
  }

  async run(dependencies: readonly GraphDependency[]): Promise<Expansion> {
    const project = new LibraryPath();
    const top = await Promise.all(dependencies.map((dependency) => this.#reader.canonicalize(dependency)));
    for (const dependency of top) this.#ahead?.keep(libraryName(dependency));
    for (const dependency of top) this.#judge(libraryName(dependency), dependency, project, '');
    const pace = new Pace(this.#options.signal);
    for (let next = 0; next < this.#queue.length; next += 1) {
      const task = this.#queue[next];
      if (task === undefined) break;
      const children = await task.children;
      const key = keyOf(task.path.name, task.id);
      if (!this.#read.has(key)) {
        this.#options.onRead(task.dependency, children);
        this.#read.set(key, children);
      }
      for (const child of children.dependencies) {
        const name = libraryName(child);
        if (task.accepts(name)) this.#judge(name, child, task.path, task.id);
      }
      const pause = pace.step(children.dependencies.length + 1);
      if (pause !== null) await pause;
    }
    return { selected: this.#versions.selected(), trace: this.#trace, read: this.#read };
  }

  #judge(name: string, declared: GraphDependency, parents: LibraryPath, parentId: string): void {
    const dependency = this.#overrides.get(name) ?? declared;
    const id = idOf(dependency);
    if (this.#trace.length >= this.#options.maxOccurrences)
      throw limit('too-large', `has more than ${this.#options.maxOccurrences} edges`, dependency);
    if (parents.length >= this.#options.maxDepth) throw limit('too-deep', `is deeper than ${this.#options.maxDepth}`, dependency);
    const reason = this.#versions.judge({ name, id, dependency }, parents);
    this.#trace.push({ parents, parentId, name, id, dependency, declared, reason });
    if (isIncluded(reason)) this.#include(dependency, id, parents.to(name));
    else if (reason === 'same-version') this.#reopen(dependency, id, parents.to(name));
  }

  /** Queues all dependencies of a library but those that this occurrence excludes. */
  #include(dependency: GraphDependency, id: string, path: LibraryPath): void {
    this.#options.onSelected(dependency);
    const excluded = excludedNames(dependency);
    if (excluded !== null) {
      path.exclusions = excluded;
      this.#cut.set(keyOf(path.name, id), excluded);
    }
    this.#enqueue(dependency, id, path, (name) => excluded?.has(name) !== true);
  }

  /** Queues those dependencies of a known library that every earlier occurrence excluded, and this one does not. */
  #reopen(dependency: GraphDependency, id: string, path: LibraryPath): void {
    const excluded = excludedNames(dependency);
    if (excluded !== null) path.exclusions = excluded;
    const key = keyOf(path.name, id);
    const cut = this.#cut.get(key);
    if (cut === undefined) return;
    const still = new Set([...cut].filter((name) => excluded?.has(name) === true));
    const opened = new Set([...cut].filter((name) => !still.has(name)));
    this.#cut.set(key, still);
    if (opened.size > 0) this.#enqueue(dependency, id, path, (name) => opened.has(name));
  }

  #enqueue(dependency: GraphDependency, id: string, path: LibraryPath, accepts: Task['accepts']): void {
    const children = this.#reader.read(dependency.artifact);
    this.#queue.push({ path, id, dependency, children, accepts });
    this.#ahead?.follow(children, accepts);
  }
}

/** Reads POMs that the queue will probably reach, so that a deep graph does not wait for each level. Errors count only there. */
class ReadAhead {
  /** Newest version seen, by library; null for a library of the project, which stays. */
  readonly #newest = new Map<string, string | null>();
  readonly #reader: ChildrenReader;
  readonly #overrides: ReadonlyMap<string, GraphDependency>;
  #left: number;

  constructor(reader: ChildrenReader, overrides: ReadonlyMap<string, GraphDependency>, most: number) {
    this.#reader = reader;
    this.#overrides = overrides;
    this.#left = most;
  }

  keep(name: string): void {
    this.#newest.set(name, null);
  }

  follow(children: Promise<Children>, accepts: (name: string) => boolean): void {
    children.then(
      ({ dependencies }) => {
        for (const child of dependencies) this.#consider(child, accepts);
      },
      () => undefined,
    );
  }

  #consider(declared: GraphDependency, accepts: (name: string) => boolean): void {
    const name = libraryName(declared);
    if (this.#left <= 0 || !accepts(name)) return;
    const dependency = this.#overrides.get(name) ?? declared;
    const excluded = excludedNames(dependency);
    const { artifact } = dependency;
    const known = this.#newest.get(name);
    if (known === null || artifact.localPath !== undefined) return;
    if (known !== undefined && compareVersions(artifact.version, known) <= 0) return;
    this.#newest.set(name, artifact.version);
    this.#left -= 1;
    this.follow(this.#reader.read(artifact), (below) => excluded?.has(below) !== true);
  }
}

/** Identifies the coordinate of a library. Source: tools.deps `dep-id`. */
export function idOf({ artifact }: GraphDependency): string {
  return artifact.localPath === undefined ? artifact.version : `local ${artifact.localPath}`;
}

/** Identifies a library in one version. */
export function keyOf(name: string, id: string): string {
  return `${name} ${id}`;
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
