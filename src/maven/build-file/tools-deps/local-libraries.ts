/**
 * Libraries on this disk (`:local/root`), with the libraries that they need.
 *
 * A folder has a deps.edn or a pom.xml; a jar may have a pom.xml in it. Paths are relative to the file that names them.
 * Aliases of a library do not count, and its deps.edn is merged over that of the installation, which brings
 * org.clojure/clojure.
 *
 * Source of the rule: tools.deps 0.31 `extensions.local`, `extensions.deps`, `extensions/detect-manifest`.
 */
import { escapeForDisplay } from '../../../base/escape.js';
import type { Dependency } from '../../coordinate/coordinate.js';
import { type Form, type Position, valueOf } from '../clojure/form.js';
import { Findings } from '../model/findings.js';
import { type LibraryCoordinate, libraryOf, readCoordinate } from './coordinate.js';
import { type DepsEntry, type DepsMap, readOwnDeps } from './deps-map.js';
import { onlyMap } from './only-map.js';

/** The disk, as the reader of deps.edn sees it. */
export interface LocalFiles {
  /** The project's folder. */
  readonly home: string;
  /** Resolves a path against a folder, and follows links; null if nothing is there. */
  locate(folder: string, path: string): { readonly path: string; readonly isFile: boolean } | null;
  /** Returns the text of a file in a folder, and its path; null if it is missing. */
  read(folder: string, name: string): { readonly file: string; readonly text: string } | null;
}

/** A library whose dependencies are in a POM: pom.xml of a folder, or the POM in a jar. */
export interface PomLibrary {
  readonly kind: 'pom' | 'jar';
  /** Absolute path of the folder or the jar. */
  readonly path: string;
}

const maxLibraries = 1000;

type LocalCoordinate = LibraryCoordinate & { readonly kind: 'local' };

interface Place {
  readonly findings: Findings;
  readonly folder: string;
  /** The place in the project's file that led here. */
  readonly position: Position;
}

/** Collects the libraries that a project names, and those that they name. */
export class LocalLibraries {
  /** Dependencies by path; of libraries with a POM, they are still missing. */
  readonly dependencies = new Map<string, readonly Dependency[]>();
  readonly poms: PomLibrary[] = [];
  readonly #files: LocalFiles | undefined;
  readonly #project: Findings;
  readonly #installed: DepsMap;
  readonly #defaults: DepsMap;
  readonly #overrides: DepsMap;
  readonly #known = new Set<string>();
  readonly #waiting: { readonly path: string; readonly position: Position }[] = [];

  /** @param files if missing, libraries on this disk are noted, and left out */
  constructor(
    files: LocalFiles | undefined,
    project: Findings,
    { installed, defaults, overrides }: { readonly installed: DepsMap; readonly defaults: DepsMap; readonly overrides: DepsMap },
  ) {
    this.#files = files;
    this.#project = project;
    this.#installed = installed;
    this.#defaults = defaults;
    this.#overrides = overrides;
  }

  /** Returns the libraries of the project's own map. @throws ClojarsFetchError `ERR_CONFIG`, `ERR_COORDINATE`, `ERR_LIMIT` */
  ofProject(entries: DepsMap): readonly Dependency[] {
    return [...entries].flatMap(([name, entry]) => {
      const { library } = entry;
      return this.#read(name, entry, { findings: this.#project, folder: this.#files?.home ?? '', position: library });
    });
  }

  /**
   * Returns the coordinates that replace others, at every depth. One that names a missing folder is left out: tools.deps
   * looks only for those that are used. One from git is noted, and left out.
   */
  overriding(entries: DepsMap): readonly Dependency[] {
    const findings = new Findings(this.#project.file);
    return [...entries].flatMap(([name, { library, coordinate }]): readonly Dependency[] => {
      if (coordinate === null) return [];
      const read = readCoordinate(name, coordinate, findings);
      // As the override of a library of the project, it was noted there.
      if (read.kind === 'git' && !this.#project.notOurs.some((known) => known.name === name))
        this.#project.noteNotOurs(name, 'git', library);
      if (read.kind === 'local' && this.#files?.locate(this.#files.home, read.root) === null) {
        const message = `the :local/root of ${escapeForDisplay(name, 120)} in :override-deps does not exist: ${escapeForDisplay(read.root, 300)}`;
        this.#project.noteProblem(message, library);
        return [];
      }
      return this.#declared(name, library, read, { findings, folder: this.#files?.home ?? '', position: library });
    });
  }

  /** Reads every library that was named so far, and those that they name. @throws as {@link ofProject} */
  readAll(): void {
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      const { path, position } = next;
      const found = this.#files?.read(path, 'deps.edn') ?? null;
      this.dependencies.set(path, found === null ? this.#ofInstallation(path, position) : this.#ofFile(found, path, position));
    }
  }

  #ofInstallation(folder: string, position: Position): readonly Dependency[] {
    return [...this.#installed].flatMap(([name, entry]) => this.#read(name, entry, { findings: this.#project, folder, position }));
  }

  #ofFile({ file, text }: { readonly file: string; readonly text: string }, folder: string, position: Position): readonly Dependency[] {
    const findings = new Findings(file);
    const deps = readOwnDeps(valueOf(onlyMap(text, findings, true), 'deps'), findings);
    const merged = this.#installed.merge(deps);
    const dependencies = [...merged].flatMap(([name, entry]) => this.#read(name, entry, { findings, folder, position }));
    for (const { name, kind } of findings.notOurs) this.#project.noteNotOurs(name, kind, position);
    for (const { message } of findings.problems) this.#project.noteProblem(`${escapeForDisplay(file, 300)}: ${message}`, position);
    return dependencies;
  }

  #read(name: string, { library, coordinate }: DepsEntry, place: Place): readonly Dependency[] {
    const { findings } = place;
    const override = this.#overrides.get(name)?.coordinate ?? null;
    const used = coordinate ?? this.#defaults.get(name)?.coordinate ?? override;
    if (used === null)
      return findings.refuse(library, `${escapeForDisplay(name, 120)} has no coordinate, and :default-deps have none either`);
    const read = readCoordinate(name, used, findings);
    // A replaced library is not fetched; its override is.
    const final = override === null ? read : readCoordinate(name, override, findings);
    if (final.kind !== 'maven') findings.noteNotOurs(name, final.kind, library);
    if (final.kind === 'git') return [];
    // Aliases are the project's, so their paths are relative to its file.
    const home = { ...place, folder: this.#files?.home ?? '' };
    return read.kind === 'git'
      ? this.#declared(name, library, final, home)
      : this.#declared(name, library, read, coordinate === null ? home : place);
  }

  #declared(name: string, library: Form, read: LibraryCoordinate, place: Place): readonly Dependency[] {
    if (read.kind === 'git') return [];
    const { findings } = place;
    const common = { ...libraryOf(name), exclusions: read.exclusions.length === 0 ? undefined : read.exclusions };
    if (read.kind === 'maven') return [findings.checked({ ...common, version: read.version, extension: read.extension }, library)];
    if (this.#files === undefined) return [];
    const localRoot = this.#locate(this.#files, name, read, library, place);
    return [{ ...findings.checked({ ...common, version: '0' }, library), version: '', localRoot }];
  }

  #locate(
    files: LocalFiles,
    name: string,
    { root, manifest }: LocalCoordinate,
    library: Form,
    { findings, folder, position }: Place,
  ): string {
    const found = files.locate(folder, root);
    const shown = escapeForDisplay(name, 120);
    if (found === null) return findings.refuse(library, `the :local/root of ${shown} does not exist: ${escapeForDisplay(root, 300)}`);
    const { path } = found;
    if (this.#known.has(path)) return path;
    this.#known.add(path);
    if (this.#known.size > maxLibraries) findings.refuse(library, `more than ${maxLibraries} libraries are folders on this disk`);
    switch (manifest ?? (found.isFile ? 'jar' : detectManifest(files, path))) {
      case 'deps':
        this.#waiting.push({ path, position });
        break;
      case 'pom':
        this.poms.push({ kind: 'pom', path });
        break;
      case 'jar':
        this.poms.push({ kind: 'jar', path });
        break;
      case undefined:
        findings.refuse(library, `the :local/root of ${shown} has no deps.edn and no pom.xml: ${escapeForDisplay(path, 300)}`);
        break;
      default:
        findings.refuse(library, `:deps/manifest of ${shown} must be :deps, :pom or :jar`);
    }
    return path;
  }
}

/** Source of the rule: tools.deps `extensions/detect-manifest`. */
function detectManifest(files: LocalFiles, folder: string): 'deps' | 'pom' | undefined {
  if (files.locate(folder, 'deps.edn')?.isFile === true) return 'deps';
  return files.locate(folder, 'pom.xml')?.isFile === true ? 'pom' : undefined;
}
