/**
 * All versions of each library that were seen, the paths to each, and the version that is selected.
 *
 * Source of the rule: tools.deps `include-coord?`, `add-version`, `parent-missing?`, `deselect-orphans`.
 */
import type { GraphDependency } from '../../pom/descriptor.js';
import { compareVersions } from '../../version/order.js';
import type { LibraryPath } from './path.js';

/** Why an occurrence of a library was followed, or was not. The names are those of tools.deps. */
export type ExpansionReason =
  'new-top-dep' | 'new-dep' | 'same-version' | 'newer-version' | 'use-top' | 'older-version' | 'excluded' | 'parent-omitted';

/** Whether the reason makes the occurrence the selected one, so that its dependencies are followed. */
export function isIncluded(reason: ExpansionReason): boolean {
  return reason === 'new-top-dep' || reason === 'new-dep' || reason === 'newer-version';
}

/** An occurrence of a library: its name, and the id of its coordinate (the version, or the path of a local one). */
export interface LibraryOccurrence {
  readonly name: string;
  readonly id: string;
  readonly dependency: GraphDependency;
}

interface LibraryVersion {
  /** The last dependency with this version: its extension counts. */
  dependency: GraphDependency;
  /** Paths of the parents. */
  readonly paths: Set<LibraryPath>;
}

interface LibraryState {
  readonly versions: Map<string, LibraryVersion>;
  selected: string | null;
  isTop: boolean;
}

/** A library with its selected version. */
export interface SelectedLibrary {
  readonly name: string;
  readonly id: string;
  readonly dependency: GraphDependency;
  readonly paths: ReadonlySet<LibraryPath>;
}

/** Throws for two coordinates of one library that have no order, such as two folders. */
export type OnIncomparable = (name: string, a: GraphDependency, b: GraphDependency) => never;

export class VersionMap {
  readonly #libraries = new Map<string, LibraryState>();
  readonly #onIncomparable: OnIncomparable;
  /** Paths known to lead to the project through selected versions; valid until a version is deselected. */
  #connected = new WeakSet<LibraryPath>();
  /** Counts recorded paths and deselections: an answer about a missing path holds only until the next. */
  #changes = 0;
  #omitted: { readonly path: LibraryPath; readonly changes: number; readonly verdict: boolean } | null = null;

  constructor(onIncomparable: OnIncomparable) {
    this.#onIncomparable = onIncomparable;
  }

  /** Decides on an occurrence below the path of its parents, and records it if it counts. */
  judge(occurrence: LibraryOccurrence, parents: LibraryPath): ExpansionReason {
    const { name, id, dependency } = occurrence;
    const state = this.#stateOf(name);
    if (parents.length === 0) {
      state.isTop = true;
      return this.#select(state, occurrence, parents, 'new-top-dep');
    }
    if (parents.excludes(name)) return 'excluded';
    if (state.isTop) return 'use-top';
    if (this.#isOmitted(parents)) return 'parent-omitted';
    if (state.selected === null) return this.#select(state, occurrence, parents, 'new-dep');
    if (state.selected === id) {
      this.#add(state, occurrence, parents);
      return 'same-version';
    }
    const current = state.versions.get(state.selected);
    if (current === undefined || this.#compare(name, dependency, current.dependency) <= 0) return 'older-version';
    this.#deselectBelow(name, current.paths);
    return this.#select(state, occurrence, parents, 'newer-version');
  }

  /** The selected version of each library, in order of first occurrence. */
  selected(): readonly SelectedLibrary[] {
    return [...this.#libraries].flatMap(([name, { selected: id, versions }]) => {
      const version = id === null ? undefined : versions.get(id);
      return id === null || version === undefined ? [] : [{ name, id, ...version }];
    });
  }

  #stateOf(name: string): LibraryState {
    let state = this.#libraries.get(name);
    if (state === undefined) this.#libraries.set(name, (state = { versions: new Map(), selected: null, isTop: false }));
    return state;
  }

  #select(state: LibraryState, occurrence: LibraryOccurrence, parents: LibraryPath, reason: ExpansionReason): ExpansionReason {
    this.#add(state, occurrence, parents);
    state.selected = occurrence.id;
    return reason;
  }

  #add({ versions }: LibraryState, { id, dependency }: LibraryOccurrence, parents: LibraryPath): void {
    this.#changes += 1;
    const known = versions.get(id);
    if (known === undefined) {
      versions.set(id, { dependency, paths: new Set([parents]) });
    } else {
      known.dependency = dependency;
      known.paths.add(parents);
    }
  }

  #compare(name: string, a: GraphDependency, b: GraphDependency): number {
    if (a.artifact.localPath !== undefined || b.artifact.localPath !== undefined) return this.#onIncomparable(name, a, b);
    return compareVersions(a.artifact.version, b.artifact.version);
  }

  /** Paths to the selected version of the last library of a path. */
  #selectedPaths({ name }: LibraryPath): ReadonlySet<LibraryPath> | undefined {
    const state = this.#libraries.get(name);
    return state === undefined || state.selected === null ? undefined : state.versions.get(state.selected)?.paths;
  }

  /**
   * Whether a library on the path is no longer selected there, nor on any other path to the libraries above it: a newer
   * version of one of its ancestors has replaced it.
   */
  #isOmitted(path: LibraryPath): boolean {
    if (this.#isConnected(path)) return false;
    // The dependencies of one library are judged one after the other, with the same answer.
    if (this.#omitted?.path !== path || this.#omitted.changes !== this.#changes) {
      this.#omitted = { path, changes: this.#changes, verdict: !this.#hasDetour(path) };
    }
    return this.#omitted.verdict;
  }

  /** Whether every library on the path is selected with exactly the path above it. */
  #isConnected(path: LibraryPath): boolean {
    const climbed: LibraryPath[] = [];
    for (let at = path; at.parent !== null && !this.#connected.has(at); at = at.parent) {
      if (this.#selectedPaths(at)?.has(at.parent) !== true) return false;
      climbed.push(at);
    }
    for (const one of climbed) this.#connected.add(one);
    return true;
  }

  /** Whether another path leads from a library on the path to the project. */
  #hasDetour(path: LibraryPath): boolean {
    const seen = new Set([path]);
    for (const at of seen) {
      if (at.parent === null) return true;
      const paths = this.#selectedPaths(at);
      // A set that grows while it is iterated is a queue without repetition.
      if (paths?.has(at.parent) === true) for (const next of paths) seen.add(next);
    }
    return false;
  }

  /** Deselects the libraries that are only reached through a library whose version is being replaced. */
  #deselectBelow(name: string, paths: ReadonlySet<LibraryPath>): void {
    const omitted = new Set([...paths].map((path) => path.to(name)));
    const orphans = new Set<string>();
    for (const top of omitted) for (const path of top.beneath()) orphans.add(path.name);
    for (const orphan of orphans) {
      const state = this.#libraries.get(orphan);
      if (state === undefined || state.selected === null) continue;
      const { paths: reached } = state.versions.get(state.selected) ?? { paths: new Set<LibraryPath>() };
      if ([...reached].every((path) => isBeneath(path, omitted))) state.selected = null;
    }
    this.#changes += 1;
    this.#connected = new WeakSet();
  }
}

/** Whether the path is one of these, or continues one. */
function isBeneath(path: LibraryPath, tops: ReadonlySet<LibraryPath>): boolean {
  for (let at: LibraryPath | null = path; at !== null; at = at.parent) if (tops.has(at)) return true;
  return false;
}
