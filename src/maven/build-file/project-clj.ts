/**
 * `project.clj`: a `defproject` with its profiles applied as Leiningen applies them before it starts.
 *
 * Source of the rule: Leiningen 2.10 `leiningen.core.project`: `make`, `read-profiles`, `init-profiles`, `meta-merge`.
 */
import { escapeForDisplay } from '../../base/escape.js';
import type { Exclusion } from '../coordinate/coordinate.js';
import { readForms } from './clojure-reader.js';
import {
  finishDependencies,
  mergeDependencies,
  readDependencyVectors,
  readExclusions,
  type VectorDependency,
} from './dependency-vector.js';
import { Findings } from './findings.js';
import { type Collection, type Form, hasFlag, isCollection, isSymbol, literalOf, pairsOf, valueOf } from './form.js';
import { baseDependencies, defaultProfiles, profileScopes } from './leiningen-defaults.js';
import type { ProjectMirror, ProjectModel, ProjectRepository, ReadOptions } from './model.js';
import { mergeRepositories, readMirrors, readRepositories } from './repository-form.js';

/** Another file that holds profiles. */
export interface ProfileFile {
  readonly file: string;
  readonly text: string;
  /** The profile it is, where the whole file is one (`profiles.d/name.clj`); else it maps names to profiles. */
  readonly profile?: string | undefined;
}

export interface ProjectCljOptions extends ReadOptions {
  /** Files of profiles, weakest first: the system's and the user's. */
  readonly outerProfiles?: readonly ProfileFile[] | undefined;
  /** `profiles.clj` beside the project: stronger than its own `:profiles`. */
  readonly ownProfiles?: ProfileFile | undefined;
}

type Entries = Pick<Collection, 'items'>;

interface ProfileForm {
  readonly form: Form;
  readonly findings: Findings;
}

/** What is built up while profiles are applied. */
interface State {
  dependencies: readonly VectorDependency[];
  managed: readonly VectorDependency[];
  plugins: readonly VectorDependency[];
  exclusions: readonly Exclusion[];
  repositories: readonly ProjectRepository[];
  onlyThese: boolean;
  pluginRepositories: readonly ProjectRepository[];
  mirrors: readonly ProjectMirror[];
}

/**
 * @param file names the text in messages
 * @throws ClojarsFetchError `ERR_CONFIG` (`malformed`, with line and column), `ERR_LIMIT`, `ERR_COORDINATE`
 */
export function readProjectClj(text: string, file: string, options: ProjectCljOptions = {}): ProjectModel {
  const findings = new Findings(file);
  const project = findDefproject(readForms(text, file), findings);
  const [, name, , ...rest] = project.items;
  if (rest.length % 2 !== 0) findings.refuse(rest.at(-1) ?? project, 'defproject has a key without a value');
  const entries: Entries = { items: rest };
  const state: State = {
    dependencies: [],
    managed: [],
    plugins: [],
    exclusions: [],
    repositories: [],
    onlyThese: false,
    pluginRepositories: [],
    mirrors: [],
  };
  apply(state, entries, undefined, findings);
  if (isSymbol(valueOf(entries, 'omit-default-repositories'), 'true')) state.onlyThese = true;

  const profiles = collectProfiles(entries, options, findings);
  const all = [findings];
  for (const profile of orderOf(profiles, options.profiles ?? [], findings))
    applyProfile(state, profile, profiles, all, undefined, new Set());

  const roots = finishDependencies(state.dependencies, state.managed, state.exclusions, findings);
  const managed = finishDependencies(
    state.managed.filter(({ version }) => version !== null),
    [],
    [],
    findings,
  );
  return {
    file,
    tool: 'leiningen',
    name: name?.kind === 'symbol' ? name.text : null,
    roots,
    managed,
    plugins: finishDependencies(state.plugins, [], [], findings),
    repositories: state.repositories,
    onlyThese: state.onlyThese,
    pluginRepositories: state.pluginRepositories,
    mirrors: state.mirrors,
    notOurs: all.flatMap(({ notOurs }) => notOurs),
    conflicts: 'nearest',
    modules: [],
    problems: all.flatMap(({ problems }) => problems),
  };
}

/** The `defproject`, also inside `do`, `let` and the like: files may define functions around it. */
function findDefproject(forms: readonly Form[], findings: Findings): Collection {
  let level: readonly Form[] = forms;
  for (let depth = 0; depth < 4 && level.length > 0; depth += 1) {
    const found = level.find(
      (form): form is Collection =>
        isCollection(form, 'list') && form.items[0]?.kind === 'symbol' && /^(?:[^/]+\/)?defproject$/.test(form.items[0].text),
    );
    if (found !== undefined) return found;
    level = level.flatMap((form) => (isCollection(form, 'list') ? form.items : []));
  }
  findings.refuse({ line: 1, column: 1 }, 'there is no (defproject …) in it');
}

/** One map of settings upon those before. */
function apply(state: State, entries: Entries, scope: string | undefined, findings: Findings): void {
  const dependenciesOf = (key: string): { readonly list: readonly VectorDependency[]; readonly form: Form | undefined } => {
    const form = valueOf(entries, key);
    return { list: readDependencyVectors(form, `:${key}`, findings), form };
  };
  const merge = (before: readonly VectorDependency[], key: string): readonly VectorDependency[] => {
    const { list, form } = dependenciesOf(key);
    if (form !== undefined && hasFlag(form, 'displace') && before.length > 0) return before;
    const scoped =
      key === 'dependencies' && scope !== undefined
        ? list.map((dependency) => ({ ...dependency, scope: dependency.scope ?? scope }))
        : list;
    return form !== undefined && hasFlag(form, 'replace') ? mergeDependencies([], scoped) : mergeDependencies(before, scoped);
  };
  state.dependencies = merge(state.dependencies, 'dependencies');
  state.managed = merge(state.managed, 'managed-dependencies');
  state.plugins = merge(state.plugins, 'plugins');
  state.exclusions = [...state.exclusions, ...readExclusions(valueOf(entries, 'exclusions'), findings)];
  const repositories = readRepositories(valueOf(entries, 'repositories'), ':repositories', findings);
  state.repositories = mergeRepositories(state.repositories, repositories);
  state.onlyThese ||= repositories.replace;
  state.pluginRepositories = mergeRepositories(
    state.pluginRepositories,
    readRepositories(valueOf(entries, 'plugin-repositories'), ':plugin-repositories', findings),
  );
  state.mirrors = [...state.mirrors, ...readMirrors(valueOf(entries, 'mirrors'), findings)];
}

/** All profiles by name; later files are stronger, and a name's whole profile counts, as in Leiningen's `merge`. */
function collectProfiles(
  entries: Entries,
  { outerProfiles = [], ownProfiles }: ProjectCljOptions,
  findings: Findings,
): ReadonlyMap<string, ProfileForm> {
  const base = readForms(`{:dependencies ${baseDependencies}}`, 'leiningen')[0];
  const profiles = new Map<string, ProfileForm>();
  if (base !== undefined) profiles.set('base', { form: base, findings: new Findings('leiningen') });
  const add = (form: Form | undefined, owner: Findings): void => {
    if (form === undefined) return;
    const map = literalOf(form);
    if (!isCollection(map, 'map')) {
      owner.noteNotOurs(':profiles', 'opaque', form);
      return;
    }
    for (const { key, value } of pairsOf(map)) if (key.kind === 'keyword') profiles.set(key.text, { form: value, findings: owner });
  };
  const addFile = ({ file, text, profile }: ProfileFile): void => {
    const owner = new Findings(file);
    const form = readForms(text, file)[0];
    if (form === undefined) return;
    if (profile === undefined) add(form, owner);
    else profiles.set(profile, { form, findings: owner });
  };
  for (const file of outerProfiles) addFile(file);
  add(valueOf(entries, 'profiles'), findings);
  if (ownProfiles !== undefined) addFile(ownProfiles);
  return profiles;
}

/** The names of the profiles to apply: those of `:default`, then those that were chosen. */
function orderOf(profiles: ReadonlyMap<string, ProfileForm>, chosen: readonly string[], findings: Findings): readonly string[] {
  for (const name of chosen) {
    if (profiles.has(name) || (defaultProfiles as readonly string[]).includes(name)) continue;
    findings.refuse(
      { line: 1, column: 1 },
      `there is no profile '${escapeForDisplay(name, 60)}'; profiles: ${[...profiles.keys()].map((known) => escapeForDisplay(known, 60)).join(', ')}`,
    );
  }
  const standard = profiles.has('default') ? ['default'] : defaultProfiles;
  const names = [...standard, ...chosen];
  // Of a profile named twice the last place counts.
  return names.filter((name, index) => names.lastIndexOf(name) === index);
}

/** Applies a profile, or those it is made of. `open` ends circles. */
function applyProfile(
  state: State,
  name: string,
  profiles: ReadonlyMap<string, ProfileForm>,
  all: Findings[],
  outerScope: string | undefined,
  open: ReadonlySet<string>,
): void {
  if (name === 'leiningen/default') {
    for (const part of defaultProfiles) applyProfile(state, part, profiles, all, outerScope, open);
    return;
  }
  const profile = profiles.get(name);
  if (profile === undefined || open.has(name)) return;
  if (!all.includes(profile.findings)) all.push(profile.findings);
  // What a profile is made of has the scope of the whole: Leiningen hands its metadata down.
  applyForm(state, profile.form, name, profile.findings, profiles, all, outerScope ?? profileScopes[name], new Set([...open, name]));
}

function applyForm(
  state: State,
  written: Form,
  name: string,
  findings: Findings,
  profiles: ReadonlyMap<string, ProfileForm>,
  all: Findings[],
  outerScope: string | undefined,
  open: ReadonlySet<string>,
): void {
  const form = literalOf(written);
  if (form === null) findings.noteNotOurs(`the profile :${name}`, 'opaque', written);
  else if (isCollection(form, 'map')) apply(state, form, outerScope, findings);
  else if (form.kind === 'keyword') applyProfile(state, form.text, profiles, all, outerScope, open);
  else if (isCollection(form, 'vector')) {
    for (const part of form.items) applyForm(state, part, name, findings, profiles, all, outerScope, open);
  } else if (!isSymbol(form, 'nil')) findings.noteNotOurs(`the profile :${name}`, 'opaque', written);
}
