/**
 * Reads `project.clj`: a `defproject` with its profiles applied as Leiningen applies them before it starts.
 *
 * Source of the rule: Leiningen 2.10 `leiningen.core.project`: `make`, `read-profiles`, `init-profiles`, `meta-merge`.
 */
import { readForms } from '../clojure/clojure-reader.js';
import { type Collection, type Form, isCollection, isSymbol, valueOf } from '../clojure/form.js';
import { type Found, type Platform, withKnownValues } from '../clojure/known-values.js';
import { type MarkedList, unmarked } from '../clojure/marked.js';
import { finishDependencies } from '../model/dependency-vector.js';
import { Findings } from '../model/findings.js';
import type { ProjectModel, ProjectRepository, ReadOptions } from '../model/model.js';
import { finishRepositories, mergeRepositories, type RepositoryEntry } from '../model/repository-form.js';
import { standardRepositories } from '../model/standard-repositories.js';
import { baseProfile } from './leiningen-defaults.js';
import { addProfiles, LeiningenProfiles, type ProfileForm } from './leiningen-profiles.js';
import { mergeSettings, readSettings, type Settings } from './leiningen-settings.js';

/** Another file that holds profiles. */
export interface ProfileFile {
  readonly file: string;
  readonly text: string;
  /** The name of the profile if the whole file is one (`profiles.d/name.clj`); otherwise the file maps names to profiles. */
  readonly profile?: string | undefined;
}

export interface ProjectCljOptions extends ReadOptions {
  /** Files of profiles, weakest first: the system's and the user's. */
  readonly outerProfiles?: readonly ProfileFile[] | undefined;
  /** `profiles.clj` next to project.clj; it takes precedence over the project's own `:profiles`. */
  readonly ownProfiles?: ProfileFile | undefined;
  /** The build machine. Default: unknown. */
  readonly platform?: Platform | undefined;
}

/**
 * @param file names the text in messages
 * @throws ClojarsFetchError `ERR_CONFIG` (`malformed`, with line and column), `ERR_LIMIT`, `ERR_COORDINATE`
 */
export function readProjectClj(text: string, file: string, options: ProjectCljOptions = {}): ProjectModel {
  const findings = new Findings(file);
  const forms = readForms(text, file);
  const project = withKnownValues(findDefproject(forms, findings), forms, options.platform);
  const [, name, , ...rest] = project.items;
  if (rest.length % 2 !== 0) findings.refuse(rest.at(-1) ?? project, 'defproject has a key without a value');

  const profiles = new LeiningenProfiles(collectProfiles({ items: rest }, options, findings), findings);
  const settings = profiles.apply(readProjectSettings({ items: rest }, findings), options.profiles ?? []);
  const all = [findings, ...[...profiles.used].filter((used) => used !== findings)];

  const managed = settings.managed?.items ?? [];
  const written = settings.repositories?.items ?? [];
  const onlyThese = !startsWithStandardOnes(written);
  const repositories = ownRepositories(written, onlyThese ? [] : leiningenRepositories, findings);
  const pluginRepositories = ownRepositories(settings.pluginRepositories?.items ?? [], leiningenRepositories, findings);
  return {
    file,
    tool: 'leiningen',
    name: name?.kind === 'symbol' ? name.text : null,
    roots: finishDependencies(settings.dependencies?.items ?? [], managed, settings.exclusions?.items ?? [], findings),
    managed: finishDependencies(
      managed.filter(({ version }) => version !== null),
      [],
      [],
      findings,
    ),
    plugins: finishDependencies(settings.plugins?.items ?? [], [], [], findings),
    repositories,
    onlyThese,
    pluginRepositories,
    mirrors: settings.mirrors?.items ?? [],
    localRepository: settings.localRepository,
    notOurs: all.flatMap(({ notOurs }) => notOurs),
    conflicts: 'nearest',
    modules: [],
    problems: all.flatMap(({ problems }) => problems),
  };
}

/** Leiningen's own repositories: every project starts with them, and may change or replace them. */
const leiningenRepositories: readonly RepositoryEntry[] = standardRepositories.map((repository) => ({
  ...repository,
  ...unmarked,
  line: 1,
  column: 1,
}));

/** Whether the list only changes and adds to Leiningen's own repositories. One that replaces them may name them in another order. */
function startsWithStandardOnes(entries: readonly RepositoryEntry[]): boolean {
  return standardRepositories.every(({ id }, place) => entries[place]?.id === id && entries[place].url !== undefined);
}

/** Finishes the repositories that the project itself declares, omitting unchanged standard ones. */
function ownRepositories(
  entries: readonly RepositoryEntry[],
  standard: readonly RepositoryEntry[],
  findings: Findings,
): readonly ProjectRepository[] {
  const own = entries.filter((entry) => !standard.includes(entry));
  return mergeRepositories([], { repositories: finishRepositories(own, findings), replace: false });
}

/** Reads the settings of the `defproject` itself. A mark on one of its lists is kept for the first profile with that list. */
function readProjectSettings(entries: Pick<Collection, 'items'>, findings: Findings): Settings {
  const omits = valueOf(entries, 'omit-default-repositories');
  const standard = { items: omits === undefined || isSymbol(omits, 'false') ? leiningenRepositories : [], ...unmarked };
  const start = { dependencies: none, plugins: none, repositories: standard, pluginRepositories: standard };
  const own = readSettings(entries, findings);
  const settings = mergeSettings(start, own);
  return {
    ...settings,
    dependencies: withMarksOf(settings.dependencies, own.dependencies),
    plugins: withMarksOf(settings.plugins, own.plugins),
    repositories: withMarksOf(settings.repositories, own.repositories),
    pluginRepositories: withMarksOf(settings.pluginRepositories, own.pluginRepositories),
  };
}

const none = { items: [], ...unmarked };

function withMarksOf<T>(merged: MarkedList<T> | undefined, written: MarkedList<T> | undefined): MarkedList<T> | undefined {
  if (merged === undefined || written === undefined) return merged;
  return { ...merged, displace: written.displace, replace: written.replace };
}

/** Finds the `defproject`, even inside `do`, `let`, `eval` and the like: files may define functions around it. */
function findDefproject(forms: readonly Form[], findings: Findings): Found {
  let level: readonly { readonly form: Form; readonly around: readonly Form[] }[] = forms.map((form) => ({ form, around: [] }));
  for (let depth = 0; depth < 6 && level.length > 0; depth += 1) {
    for (const { form, around } of level) {
      const [head] = isCollection(form, 'list') ? form.items : [];
      if (isCollection(form, 'list') && head?.kind === 'symbol' && /^(?:[^/]+\/)?defproject$/.test(head.text)) return { form, around };
    }
    level = level.flatMap(({ form, around }) => {
      const inner = isCollection(form, 'list') ? form.items : form.kind === 'syntax-quote' ? [form.form] : [];
      return inner.map((each) => ({ form: each, around: [...around, form] }));
    });
  }
  findings.refuse({ line: 1, column: 1 }, 'the file has no (defproject …)');
}

/**
 * Collects all profiles by name. If several have the same name, that of the file with the highest precedence wins, as in
 * Leiningen's `merge`.
 */
function collectProfiles(
  entries: Pick<Collection, 'items'>,
  { outerProfiles = [], ownProfiles }: ProjectCljOptions,
  findings: Findings,
): ReadonlyMap<string, ProfileForm> {
  const profiles = new Map<string, ProfileForm>();
  const addFile = ({ file, text, profile }: ProfileFile): void => {
    const owner = new Findings(file);
    const form = readForms(text, file)[0];
    if (form === undefined) return;
    if (profile === undefined) addProfiles(profiles, form, owner);
    else profiles.set(profile, { form, findings: owner });
  };
  addFile({ file: 'leiningen', text: baseProfile, profile: 'base' });
  for (const file of outerProfiles) addFile(file);
  addProfiles(profiles, valueOf(entries, 'profiles'), findings);
  if (ownProfiles !== undefined) addFile(ownProfiles);
  return profiles;
}
