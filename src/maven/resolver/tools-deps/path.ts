/** Paths of library names from the project to a library. Equal paths are the same object. */
import { formatLibrary } from '../../coordinate/format.js';
import type { GraphDependency } from '../../pom/descriptor.js';

/** The path of the project itself is empty: it has no parent and no name. */
export class LibraryPath {
  readonly length: number;
  /** The name in a form whose UTF-16 order is that of the group first, then of the rest: no name contains NUL. */
  readonly order: string;
  /** Libraries that the dependency at the end of this path excludes below it, by name. */
  exclusions: ReadonlySet<string> | null = null;
  /** Null if nothing is below: most paths end at a library that is known already. */
  #below: Map<string, LibraryPath> | null = null;

  constructor(
    readonly parent: LibraryPath | null = null,
    readonly name = '',
  ) {
    this.length = parent === null ? 0 : parent.length + 1;
    this.order = name.replace('/', '\0');
  }

  /** The path to a library directly below the end of this one. */
  to(name: string): LibraryPath {
    const below = (this.#below ??= new Map<string, LibraryPath>());
    let path = below.get(name);
    if (path === undefined) below.set(name, (path = new LibraryPath(this, name)));
    return path;
  }

  /** Every longer path that starts with this one. */
  *beneath(): Iterable<LibraryPath> {
    const open = [...(this.#below?.values() ?? [])];
    for (let path = open.pop(); path !== undefined; path = open.pop()) {
      yield path;
      if (path.#below !== null) open.push(...path.#below.values());
    }
  }

  /** Whether a library on this path excludes the name. Like tools.deps, ignores the name's classifier. */
  excludes(name: string): boolean {
    if (this.exclusions !== null && this.exclusions.has(withoutClassifier(name))) return true;
    return this.parent !== null && this.parent.excludes(name);
  }
}

function withoutClassifier(name: string): string {
  const at = name.indexOf('$');
  return at < 0 ? name : name.slice(0, at);
}

/** The name of a dependency's library: `group/artifact` or `group/artifact$classifier`. Its extension is not part of it. */
export function libraryName({ artifact }: GraphDependency): string {
  return formatLibrary(artifact);
}

/** The libraries that a dependency excludes, by name; null if it excludes none. `*` has no special meaning. */
export function excludedNames({ exclusions }: GraphDependency): ReadonlySet<string> | null {
  if (exclusions.length === 0) return null;
  return new Set(
    exclusions.map(({ group, artifact, classifier }) =>
      formatLibrary({ group, artifact, classifier: classifier === '*' ? '' : classifier }),
    ),
  );
}

/**
 * Orders two paths as tools.deps orders the class path: shorter before longer, then by name from the top.
 * Source of the rule: tools.deps `sort-paths`, `clojure.lang.Symbol.compareTo`.
 */
export function comparePaths(a: LibraryPath, b: LibraryPath): number {
  if (a.length !== b.length) return a.length - b.length;
  let order = 0;
  let left: LibraryPath | null = a;
  let right: LibraryPath | null = b;
  // From the end to the top: the last difference that is seen is the first of the path.
  while (left !== right && left !== null && right !== null) {
    if (left.order !== right.order) order = left.order < right.order ? -1 : 1;
    left = left.parent;
    right = right.parent;
  }
  return order;
}
