/**
 * Reads `build.boot`. The file is a program; only calls of `set-env!` at its top level, or in a `do` there, are read.
 *
 * Source of the rule: Boot's `boot.core/set-env!` and its wiki on `:dependencies` and `:repositories`.
 */
import { readForms } from './clojure/clojure-reader.js';
import { type Collection, type Form, isCollection, pairsOf } from './clojure/form.js';
import { finishDependencies, mergeDependencies, readDependencyVectors, type VectorDependency } from './model/dependency-vector.js';
import { Findings } from './model/findings.js';
import type { ProjectMirror, ProjectModel, ProjectRepository } from './model/model.js';
import { mergeRepositories, readMirrors, readRepositories } from './model/repository-form.js';

/**
 * @param file names the text in messages
 * @throws ClojarsFetchError `ERR_CONFIG` (`malformed`, with line and column), `ERR_LIMIT`, `ERR_COORDINATE`
 */
export function readBuildBoot(text: string, file: string): ProjectModel {
  const findings = new Findings(file);
  const forms = readForms(text, file);
  const calls = findCalls(forms);
  if (calls.length === 0) findings.noteProblem('there is no (set-env! …) at its top', { line: 1, column: 1 });
  let dependencies: readonly VectorDependency[] = [];
  let managed: readonly VectorDependency[] = [];
  let repositories: readonly ProjectRepository[] = [];
  let mirrors: readonly ProjectMirror[] = [];
  let localRepository: string | undefined;
  let onlyThese = false;
  for (const { items } of calls) {
    const merges = items[0]?.kind === 'symbol' && items[0].text.endsWith('merge-env!');
    for (const { key, value } of pairsOf({ items: items.slice(1) })) {
      if (key.kind !== 'keyword') continue;
      if (key.text === 'dependencies') {
        const list = readDependencyVectors(addedTo(value) ?? value, ':dependencies', findings);
        dependencies = mergeDependencies(merges || addedTo(value) !== null ? dependencies : [], list);
      } else if (key.text === 'managed-dependencies') managed = readDependencyVectors(value, ':managed-dependencies', findings);
      else if (key.text === 'local-repo') localRepository = value.kind === 'string' ? value.text : localRepository;
      else if (key.text === 'mirrors') mirrors = [...(merges ? mirrors : []), ...readMirrors(value, findings)];
      else if (key.text === 'repositories') {
        const added = addedTo(value);
        const written = readRepositories(added ?? value, ':repositories', findings);
        // A value replaces Boot's own repositories, Clojars and Central; an unknown value leaves them in place.
        const replaces = !merges && added === null && written.repositories.length > 0;
        onlyThese ||= replaces;
        repositories = mergeRepositories(replaces ? [] : repositories, written);
      }
    }
  }
  return {
    file,
    tool: 'boot',
    name: null,
    roots: finishDependencies(dependencies, managed, [], findings),
    managed: finishDependencies(managed, [], [], findings),
    plugins: [],
    repositories,
    onlyThese,
    pluginRepositories: [],
    mirrors,
    localRepository,
    notOurs: findings.notOurs,
    conflicts: 'nearest',
    modules: [],
    problems: findings.problems,
  };
}

function findCalls(forms: readonly Form[]): readonly Collection[] {
  return forms.flatMap((form): readonly Collection[] => {
    if (!isCollection(form, 'list') || form.items[0]?.kind !== 'symbol') return [];
    const name = form.items[0].text.replace(/^boot\.core\//, '');
    if (name === 'set-env!' || name === 'merge-env!') return [form];
    return name === 'do' ? findCalls(form.items.slice(1)) : [];
  });
}

/** Returns the forms that `#(into % '[…])` and `#(conj % '[…])` add; null for any other value, known only to a running build. */
function addedTo(value: Form): Form | null {
  if (value.kind !== 'function' || !isCollection(value.form, 'list')) return null;
  const [verb, target, added, ...more] = value.form.items;
  if (verb?.kind !== 'symbol' || target?.kind !== 'symbol' || !/^%1?$/.test(target.text) || added === undefined) return null;
  if ((verb.text === 'into' || verb.text === 'concat') && more.length === 0) return added;
  return verb.text === 'conj' ? { kind: 'vector', items: [added, ...more], line: value.line, column: value.column } : null;
}
