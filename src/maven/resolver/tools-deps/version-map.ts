/**
 * Selects the version of each library, and knows the paths to it.
 *
 * Source of the rule: tools.deps `include-coord?`, `add-version`, `parent-missing?`, `deselect-orphans`.
 */
import type { GraphDependency } from '../../pom/descriptor.js';
import { compareVersions } from '../../version/order.js';
import type { Library, LibraryPath } from './library.js';

/** Why an occurrence of a library was followed, or was not. The names are those of tools.deps. */
export type ExpansionReason =
  'new-top-dep' | 'new-dep' | 'same-version' | 'newer-version' | 'use-top' | 'older-version' | 'excluded' | 'parent-omitted';

/** Whether the reason makes the occurrence the selected one, so that its dependencies are followed. */
export function isIncluded(reason: ExpansionReason): boolean {
  return reason === 'new-top-dep' || reason === 'new-dep' || reason === 'newer-version';
}

/** Throws for two coordinates of one library that have no order, such as two folders. */
export type OnIncomparable = (name: string, a: GraphDependency, b: GraphDependency) => never;

export class VersionMap {
  readonly #onIncomparable: OnIncomparable;
  /** How often libraries were deselected: a path known to lead to the project does so until the next time. */
  #deselections = 0;
  /** Counts recorded paths and deselections: an answer about a missing path holds only until the next. */
  #changes = 0;
  #omitted: { readonly path: LibraryPath; readonly changes: number; readonly verdict: boolean } | null = null;

  constructor(onIncomparable: OnIncomparable) {
    this.#onIncomparable = onIncomparable;
  }

  /**
   * Decides on an occurrence of a library below the path of its parents, and records it if it counts.
   * @param id that of the dependency's coordinate
   */
  judge(library: Library, id: string, dependency: GraphDependency, parents: LibraryPath): ExpansionReason {
    if (parents.parent === null) {
      library.isTop = true;
      return this.#select(library, id, dependency, parents, 'new-top-dep');
    }
    if (parents.excludes(library.name)) return 'excluded';
    if (library.isTop) return 'use-top';
    if (parents.connectedAt !== this.#deselections && this.#isOmitted(parents)) return 'parent-omitted';
    const { selected } = library;
    if (selected === null) return this.#select(library, id, dependency, parents, 'new-dep');
    if (selected.id === id) {
      this.#changes += 1;
      selected.dependency = dependency;
      selected.paths.add(parents);
      return 'same-version';
    }
    if (this.#compare(library, dependency, selected.dependency) <= 0) return 'older-version';
    this.#deselectBelow(library, selected.paths);
    return this.#select(library, id, dependency, parents, 'newer-version');
  }

  #select(library: Library, id: string, dependency: GraphDependency, parents: LibraryPath, reason: ExpansionReason): ExpansionReason {
    this.#changes += 1;
    library.select(id, dependency).paths.add(parents);
    return reason;
  }

  #compare({ name }: Library, a: GraphDependency, b: GraphDependency): number {
    if (a.artifact.localPath !== undefined || b.artifact.localPath !== undefined) return this.#onIncomparable(name, a, b);
    return compareVersions(a.artifact.version, b.artifact.version);
  }

  /**
   * Whether a library on the path is no longer selected there, nor on any other path to the libraries above it: a newer
   * version of one of its ancestors has replaced it.
   */
  #isOmitted(path: LibraryPath): boolean {
    if (this.#isConnected(path)) return false;
    // The dependencies of one library are judged one after the other, with the same answer.
    if (this.#omitted?.path !== path || this.#omitted.changes !== this.#changes) {
      this.#omitted = { path, changes: this.#changes, verdict: !hasDetour(path) };
    }
    return this.#omitted.verdict;
  }

  /** Whether every library on the path is selected with exactly the path above it. */
  #isConnected(path: LibraryPath): boolean {
    const now = this.#deselections;
    let top = path;
    for (; top.parent !== null && top.connectedAt !== now; top = top.parent) {
      if (selectedPaths(top)?.has(top.parent) !== true) return false;
    }
    for (let at = path; at !== top && at.parent !== null; at = at.parent) at.connectedAt = now;
    return true;
  }

  /** Deselects the libraries that are only reached through a library whose version is being replaced. */
  #deselectBelow(library: Library, paths: ReadonlySet<LibraryPath>): void {
    const omitted = new Set([...paths].map((path) => path.to(library)));
    const orphans = new Set<Library | null>();
    const open = [...omitted];
    for (let path = open.pop(); path !== undefined; path = open.pop()) {
      for (const below of path.below()) {
        orphans.add(below.library);
        open.push(below);
      }
    }
    for (const orphan of orphans) {
      if (orphan !== null && orphan.selected !== null && [...orphan.selected.paths].every((path) => isBeneath(path, omitted)))
        orphan.selected = null;
    }
    this.#changes += 1;
    this.#deselections += 1;
  }
}

/** Paths to the selected version of the last library of a path. */
function selectedPaths({ library }: LibraryPath): ReadonlySet<LibraryPath> | undefined {
  return library?.selected?.paths;
}

/** Whether another path leads from a library on the path to the project. */
function hasDetour(path: LibraryPath): boolean {
  const seen = new Set([path]);
  for (const at of seen) {
    if (at.parent === null) return true;
    const paths = selectedPaths(at);
    // A set that grows while it is iterated is a queue without repetition.
    if (paths?.has(at.parent) === true) for (const next of paths) seen.add(next);
  }
  return false;
}

/** Whether the path is one of these, or continues one. */
function isBeneath(path: LibraryPath, tops: ReadonlySet<LibraryPath>): boolean {
  for (let at: LibraryPath | null = path; at !== null; at = at.parent) if (tops.has(at)) return true;
  return false;
}
