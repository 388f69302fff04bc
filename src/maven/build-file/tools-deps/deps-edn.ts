/**
 * Reads `deps.edn`, of the Clojure command line tools, and `bb.edn`.
 *
 * Source of the rule: tools.deps 0.31 `create-basis`, tools.deps.edn 0.9.
 */
import { type Collection, isCollection, isSymbol, pairsOf, type Position, valueOf } from '../clojure/form.js';
import { SymbolMap } from '../clojure/map-order.js';
import { Findings } from '../model/findings.js';
import type { ProjectModel, ReadOptions } from '../model/model.js';
import { readRepositories } from '../model/repository-form.js';
import { standardRepositories } from '../model/standard-repositories.js';
import { combineAliases, type CombinedAliases } from './aliases.js';
import { entryOf } from './coordinate.js';
import { type DepsMap, readOwnDeps } from './deps-map.js';
import { type LocalFiles, LocalLibraries, type PomLibrary } from './local-libraries.js';
import { mergeDepsEdn, movedTo } from './merge-deps-edn.js';
import { onlyMap } from './only-map.js';

export interface DepsEdnFile {
  readonly file: string;
  readonly text: string;
}

export interface DepsEdnOptions extends ReadOptions {
  /** The deps.edn of the installed command line tools, the weakest. Default: not known. */
  readonly installed?: DepsEdnFile | undefined;
  /** The user's deps.edn, which is merged under the project's. */
  readonly user?: DepsEdnFile | undefined;
  /** Default: libraries on this disk are noted, and left out. */
  readonly files?: LocalFiles | undefined;
  /** Called for each library on this disk whose dependencies are in a POM. They are missing in the model. */
  readonly onPom?: ((library: PomLibrary) => void) | undefined;
}

const clojure = 'org.clojure/clojure';

/**
 * @param file names the text in messages
 * @throws ClojarsFetchError `ERR_CONFIG`, reason `malformed`, with line and column; `ERR_LIMIT`; `ERR_COORDINATE`
 */
export function readDepsEdn(text: string, file: string, options: DepsEdnOptions = {}): ProjectModel {
  return new DepsEdnReader(file, 'tools.deps', options).read(text);
}

/** Reads `:deps` and `:mvn/repos` of `bb.edn`; skips tasks, which are code. Errors as {@link readDepsEdn}. */
export function readBbEdn(text: string, file: string, { files, onPom, clojure: version }: DepsEdnOptions = {}): ProjectModel {
  return new DepsEdnReader(file, 'babashka', { files, onPom, clojure: version }).read(text);
}

class DepsEdnReader {
  readonly #file: string;
  readonly #tool: 'tools.deps' | 'babashka';
  readonly #options: DepsEdnOptions;
  readonly #findings: Findings;

  constructor(file: string, tool: 'tools.deps' | 'babashka', options: DepsEdnOptions) {
    this.#file = file;
    this.#tool = tool;
    this.#options = options;
    this.#findings = new Findings(file);
  }

  read(text: string): ProjectModel {
    const findings = this.#findings;
    const { aliases: names = [], user, installed, files, onPom } = this.#options;
    const own = checkedMap(text, findings, this.#tool === 'tools.deps');
    // The installation's repositories are the standard ones, which are known.
    const base = installed === undefined ? [] : [onlyAliases(checkedFile(installed, names))];
    const users = user === undefined ? [] : [checkedFile(user, names)];
    const map = [...base, ...users].reduceRight(mergeUnder, own);
    const aliases = combineAliases(map, names, findings);
    const installedDeps = this.#installedDeps(own);
    const deps = this.#wanted(own, aliases, installedDeps);
    this.#tellClojure(deps, installedDeps, own);
    const locals = new LocalLibraries(files, findings, { ...aliases, installed: installedDeps });
    const roots = locals.ofProject(deps);
    const managed = locals.overriding(aliases.overrides);
    locals.readAll();
    for (const library of locals.poms) onPom?.(library);
    return { ...this.#model(map), roots, managed, localLibraries: locals.dependencies, classPathOverrides: new Map(aliases.classPath) };
  }

  /** The libraries that the installation adds to every project: org.clojure/clojure. Empty if nothing is known about it. */
  #installedDeps(place: Position): DepsMap {
    const { installed, clojure: version } = this.#options;
    const deps: DepsMap = new SymbolMap();
    if (installed !== undefined) {
      const map = onlyMap(installed.text, new Findings(installed.file), true);
      deps.add(readOwnDeps(movedTo(place, valueOf(map, 'deps') ?? emptyMap), this.#findings));
    }
    if (version !== undefined) {
      const key = { kind: 'keyword', text: 'mvn/version', ...positionOf(place) } as const;
      const coordinate: Collection = { kind: 'map', items: [key, { ...key, kind: 'string', text: version }], ...positionOf(place) };
      deps.set(clojure, { library: { ...key, kind: 'symbol', text: clojure }, coordinate });
    }
    return deps;
  }

  /** `:replace-deps` take the place of the project's libraries only: those of the installation and the user stay. */
  #wanted(own: Collection, { replaced, extra }: CombinedAliases, installed: DepsMap): DepsMap {
    const { user } = this.#options;
    const wanted = installed.merge(new SymbolMap());
    if (user !== undefined) {
      const map = onlyMap(user.text, new Findings(user.file), true);
      wanted.add(readOwnDeps(movedTo(own, valueOf(map, 'deps') ?? emptyMap), this.#findings));
    }
    const deps = readOwnDeps(valueOf(own, 'deps'), this.#findings);
    wanted.add(replaced ?? deps);
    wanted.add(extra);
    return wanted;
  }

  #tellClojure(wanted: DepsMap, installed: DepsMap, place: Position): void {
    if (this.#tool !== 'tools.deps' || wanted.has(clojure) || installed.has(clojure)) return;
    this.#findings.noteIncomplete(
      `${clojure} is not named: the command line tools add the version they were installed with, which is not known here; name it with --clojure`,
      place,
    );
  }

  #model(map: Collection): Omit<ProjectModel, 'roots' | 'managed'> {
    const localRepository = valueOf(map, 'mvn/local-repo');
    return {
      file: this.#file,
      tool: this.#tool,
      name: null,
      plugins: [],
      ...repositoriesOf(map, this.#findings),
      pluginRepositories: [],
      mirrors: [],
      localRepository: localRepository?.kind === 'string' ? localRepository.text : undefined,
      notOurs: this.#findings.notOurs,
      conflicts: 'tools-deps',
      modules: [],
      problems: this.#findings.problems,
    };
  }
}

const emptyMap: Collection = { kind: 'map', items: [], line: 1, column: 1 };

function positionOf({ line, column }: Position): Position {
  return { line, column };
}

function mergeUnder(project: Collection, weaker: Collection): Collection {
  return mergeDepsEdn(weaker, project);
}

function onlyAliases(map: Collection): Collection {
  const aliases = valueOf(map, 'aliases');
  return { ...map, items: aliases === undefined ? [] : [{ kind: 'keyword', text: 'aliases', ...positionOf(aliases) }, aliases] };
}

/** Reads the map of a file, and refuses everything that tools.deps refuses in any file. @param isEdn as for {@link onlyMap} */
function checkedMap(text: string, findings: Findings, isEdn: boolean): Collection {
  const map = onlyMap(text, findings, isEdn);
  for (const key of ['deps', 'aliases', 'mvn/repos'] as const) {
    const value = entryOf(map, key);
    if (value !== undefined && !isCollection(value, 'map')) findings.refuse(value, `:${key} must be a map${expected[key]}`);
  }
  const paths = entryOf(map, 'paths');
  const isPaths = isCollection(paths, 'vector') && paths.items.every(({ kind }) => kind === 'string' || kind === 'keyword');
  if (paths !== undefined && !isPaths) findings.refuse(paths, ':paths must be a vector of strings and keywords');
  const place = entryOf(map, 'mvn/local-repo');
  if (place !== undefined && place.kind !== 'string') findings.refuse(place, ':mvn/local-repo must be a string');
  const aliases = valueOf(map, 'aliases');
  const odd = isCollection(aliases, 'map') ? pairsOf(aliases).find(({ key }) => key.kind !== 'keyword') : undefined;
  if (odd !== undefined) findings.refuse(odd.key, ':aliases must have keywords as keys');
  return map;
}

const expected = {
  deps: ' from libraries to coordinates',
  aliases: ' from keywords to aliases',
  'mvn/repos': ' from names to repositories',
} as const;

/** Reads another file's map, and refuses its mistakes with their place in that file. */
function checkedFile({ file, text }: DepsEdnFile, aliases: readonly string[]): Collection {
  const findings = new Findings(file);
  const map = checkedMap(text, findings, true);
  readOwnDeps(valueOf(map, 'deps'), findings);
  combineAliases(map, aliases, findings);
  return map;
}

/**
 * Reads `:mvn/repos`. A standard repository whose value is nil is taken out; the others are then listed one by one,
 * before the file's own.
 *
 * Source of the rule: tools.deps `standard-repos`, which have Leiningen's names and URLs, and `util.maven/remote-repos`.
 */
function repositoriesOf(map: Collection, findings: Findings): Pick<ProjectModel, 'repositories' | 'onlyThese'> {
  const form = valueOf(map, 'mvn/repos');
  const { repositories } = readRepositories(form, ':mvn/repos', findings);
  const removed = new Set(
    isCollection(form, 'map')
      ? pairsOf(form).flatMap(({ key, value }) => (key.kind === 'string' && isSymbol(value, 'nil') ? [key.text] : []))
      : [],
  );
  if (!standardRepositories.some(({ id }) => removed.has(id))) return { repositories, onlyThese: false };
  const standard = standardRepositories
    .filter(({ id }) => !removed.has(id))
    .map((repository) => repositories.find(({ id }) => id === repository.id) ?? repository);
  const own = repositories.filter(({ id }) => !standardRepositories.some((repository) => repository.id === id));
  return { repositories: [...standard, ...own], onlyThese: true };
}
