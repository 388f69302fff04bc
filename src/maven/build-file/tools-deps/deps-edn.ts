/** Reads `deps.edn`, of the Clojure command line tools, and `bb.edn`. Source of the rule: tools.deps. */
import { escapeForDisplay } from '../../../base/escape.js';
import { readForms } from '../clojure/clojure-reader.js';
import { type Collection, isCollection, isSymbol, pairsOf, valueOf } from '../clojure/form.js';
import { Findings } from '../model/findings.js';
import type { ProjectModel, ReadOptions } from '../model/model.js';
import { readRepositories } from '../model/repository-form.js';
import { standardRepositories } from '../model/standard-repositories.js';
import { type DepsMap, mergeDepsMaps, readDepsMap, toDependencies } from './deps-map.js';
import { mergeDepsEdn } from './merge-deps-edn.js';

const empty: DepsMap = new Map();

export interface DepsEdnOptions extends ReadOptions {
  /** The user's deps.edn, which is merged under the project's. */
  readonly user?: { readonly file: string; readonly text: string } | undefined;
}

/**
 * @param file names the text in messages
 * @throws ClojarsFetchError `ERR_CONFIG` (`malformed`, with line and column; a missing alias), `ERR_LIMIT`,
 * `ERR_COORDINATE`
 */
export function readDepsEdn(text: string, file: string, { aliases = [], user }: DepsEdnOptions = {}): ProjectModel {
  const findings = new Findings(file);
  const own = onlyMap(text, findings);
  const map = user === undefined ? own : mergeDepsEdn(checkedUserMap(user, aliases), own);
  let deps = readDepsMap(valueOf(map, 'deps'), ':deps', findings);
  let [extra, overrides, defaults] = [empty, empty, empty];
  for (const name of aliases) {
    const alias = findAlias(map, name, findings);
    const replacing = valueOf(alias, 'replace-deps') ?? valueOf(alias, 'deps');
    if (replacing !== undefined) deps = readDepsMap(replacing, ':replace-deps', findings);
    extra = mergeDepsMaps(extra, readDepsMap(valueOf(alias, 'extra-deps'), ':extra-deps', findings));
    overrides = mergeDepsMaps(overrides, readDepsMap(valueOf(alias, 'override-deps'), ':override-deps', findings));
    defaults = mergeDepsMaps(defaults, readDepsMap(valueOf(alias, 'default-deps'), ':default-deps', findings));
  }
  const wanted = mergeDepsMaps(deps, extra);
  if (!wanted.has('org.clojure/clojure')) {
    findings.noteProblem(
      'org.clojure/clojure is not named: the command line tools add the version they were installed with, which is not in this file',
      map,
    );
  }
  return model(file, 'tools.deps', map, wanted, defaults, overrides, findings);
}

/** Reads the user's map, and refuses its mistakes with their place in that file. */
function checkedUserMap({ file, text }: NonNullable<DepsEdnOptions['user']>, aliases: readonly string[]): Collection {
  const map = onlyMap(text, new Findings(file));
  const written = valueOf(map, 'aliases');
  const known = isCollection(written, 'map') ? aliases.filter((name) => valueOf(written, name.replace(/^:/, '')) !== undefined) : [];
  readDepsEdn(text, file, { aliases: known });
  return map;
}

/** Reads `:deps` and `:mvn/repos` of `bb.edn`; skips tasks, which are code. Errors as {@link readDepsEdn}. */
export function readBbEdn(text: string, file: string): ProjectModel {
  const findings = new Findings(file);
  const map = onlyMap(text, findings);
  return model(file, 'babashka', map, readDepsMap(valueOf(map, 'deps'), ':deps', findings), empty, empty, findings);
}

function model(
  file: string,
  tool: 'tools.deps' | 'babashka',
  map: Collection,
  wanted: DepsMap,
  defaults: DepsMap,
  overrides: DepsMap,
  findings: Findings,
): ProjectModel {
  const roots = toDependencies(wanted, defaults, overrides, findings);
  const below = new Findings(file);
  const localRepository = valueOf(map, 'mvn/local-repo');
  return {
    file,
    tool,
    name: null,
    roots,
    // Overrides apply at every depth; problems of those that are roots were noted above.
    managed: toDependencies(overrides, empty, empty, below),
    plugins: [],
    ...repositoriesOf(map, findings),
    pluginRepositories: [],
    mirrors: [],
    localRepository: localRepository?.kind === 'string' ? localRepository.text : undefined,
    notOurs: findings.notOurs,
    conflicts: 'tools-deps',
    modules: [],
    problems: findings.problems,
  };
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

/** Returns the single map of an EDN file; an empty map if the file is empty. */
export function onlyMap(text: string, findings: Findings): Collection {
  const [map, second] = readForms(text, findings.file);
  // tools.deps and babashka read an empty file as an empty map.
  if (map === undefined) return { kind: 'map', items: [], line: 1, column: 1 };
  if (!isCollection(map, 'map')) findings.refuse(map, 'it must hold one map: {…}');
  // The tools ignore a second form, which its author cannot have meant.
  if (second !== undefined) findings.refuse(second, 'a second form follows the map; all must stand in one');
  return map;
}

function findAlias(map: Collection, name: string, findings: Findings): Collection {
  const aliases = valueOf(map, 'aliases');
  const wanted = name.replace(/^:/, '');
  const alias = isCollection(aliases, 'map') ? valueOf(aliases, wanted) : undefined;
  if (isCollection(alias, 'map')) return alias;
  const known = isCollection(aliases, 'map')
    ? pairsOf(aliases).flatMap(({ key }) => (key.kind === 'keyword' ? [escapeForDisplay(key.text, 60)] : []))
    : [];
  findings.refuse(
    alias ?? aliases ?? map,
    `there is no alias '${escapeForDisplay(wanted, 60)}' with a map; aliases: ${known.length === 0 ? 'none' : known.join(', ')}`,
  );
}
