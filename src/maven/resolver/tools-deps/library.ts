/** The libraries of an expansion: their versions, and the paths that lead to them. Equal paths are the same object. */
import type { GraphDependency } from '../../pom/descriptor.js';
import type { Children } from './children.js';
import { libraryName } from './library-name.js';

/** A version of a library that was selected, now or earlier. */
export class LibraryVersion {
  /** Paths of the parents. */
  readonly paths = new Set<LibraryPath>();
  /** Names that exclusions have cut off below it: no occurrence so far has wanted them. Null if nothing was excluded. */
  cut: ReadonlySet<string> | null = null;
  /** The dependencies that decided; null until they are used. */
  children: Children | null = null;

  constructor(
    /** Id of the coordinate: the version, or the path of a library on this disk. */
    readonly id: string,
    /** The last dependency with this version: its extension counts. */
    public dependency: GraphDependency,
  ) {}
}

/** A library, by its name. */
export class Library {
  /** Whether the project names it: then its version stays. */
  isTop = false;
  selected: LibraryVersion | null = null;
  /** The newest version that was read ahead; null if none was. */
  newestAhead: string | null = null;
  readonly #versions = new Map<string, LibraryVersion>();
  #order: string | null = null;

  constructor(readonly name: string) {}

  /** The name in a form whose UTF-16 order is that of the group first, then of the rest: no name contains NUL. */
  get order(): string {
    return (this.#order ??= this.name.replace('/', '\0'));
  }

  /** Selects the version of a dependency. */
  select(id: string, dependency: GraphDependency): LibraryVersion {
    let version = this.#versions.get(id);
    if (version === undefined) this.#versions.set(id, (version = new LibraryVersion(id, dependency)));
    else version.dependency = dependency;
    return (this.selected = version);
  }
}

/** The libraries that were seen, each once. */
export class Libraries {
  readonly #byName = new Map<string, Library>();

  of(dependency: GraphDependency): Library {
    const name = libraryName(dependency);
    let library = this.#byName.get(name);
    if (library === undefined) this.#byName.set(name, (library = new Library(name)));
    return library;
  }
}

/** A path of libraries. That of the project itself is empty: it has no parent and no library. */
export class LibraryPath {
  readonly length: number;
  /** Libraries that the dependency at the end of this path excludes below it, by name. */
  exclusions: ReadonlySet<string> | null = null;
  /** The last time at which the path was found to lead to the project: the number of deselections before. */
  connectedAt = -1;
  /** Null if nothing is below: most paths end at a library that is known already. */
  #below: Map<Library, LibraryPath> | null = null;

  constructor(
    readonly parent: LibraryPath | null = null,
    readonly library: Library | null = null,
  ) {
    this.length = parent === null ? 0 : parent.length + 1;
  }

  /** The path to a library directly below the end of this one. */
  to(library: Library): LibraryPath {
    const below = (this.#below ??= new Map<Library, LibraryPath>());
    let path = below.get(library);
    if (path === undefined) below.set(library, (path = new LibraryPath(this, library)));
    return path;
  }

  get hasBelow(): boolean {
    return this.#below !== null;
  }

  /** The paths that are longer by one library. */
  below(): LibraryPath[] {
    return this.#below === null ? [] : [...this.#below.values()];
  }

  /** Whether a library on this path excludes the name. Like tools.deps, ignores the name's classifier. */
  excludes(name: string): boolean {
    if (this.exclusions !== null && this.exclusions.has(withoutClassifier(name))) return true;
    let at = this.parent;
    while (at !== null && at.exclusions?.has(withoutClassifier(name)) !== true) at = at.parent;
    return at !== null;
  }
}

function withoutClassifier(name: string): string {
  const at = name.indexOf('$');
  return at < 0 ? name : name.slice(0, at);
}
