/** `shadow-cljs.edn`: `:dependencies` as vectors. Source of the rule: shadow-cljs user's guide, "Configuration". */
import { isCollection, isSymbol, valueOf } from './clojure/form.js';
import { finishDependencies, readDependencyVectors } from './model/dependency-vector.js';
import { Findings } from './model/findings.js';
import type { ProjectModel } from './model/model.js';
import { mergeRepositories, readRepositories } from './model/repository-form.js';
import { onlyMap } from './tools-deps/deps-edn.js';

/**
 * @param file names the text in messages
 * @throws ClojarsFetchError `ERR_CONFIG` (`malformed`, with line and column), `ERR_LIMIT`, `ERR_COORDINATE`
 */
export function readShadowCljsEdn(text: string, file: string): ProjectModel {
  const findings = new Findings(file);
  const map = onlyMap(text, findings);
  for (const [key, other] of [
    ['deps', 'deps.edn'],
    ['lein', 'project.clj'],
  ] as const) {
    const value = valueOf(map, key);
    if (value !== undefined && !isSymbol(value, 'false'))
      findings.noteProblem(`:${key} is set: the dependencies are those of ${other}, which is read by its own name`, value);
  }
  const dependencies = readDependencyVectors(valueOf(map, 'dependencies'), ':dependencies', findings);
  if (!dependencies.some(({ group, artifact }) => group === 'thheller' && artifact === 'shadow-cljs')) {
    findings.noteProblem('thheller/shadow-cljs is not named: the tool adds the version that npm installed, which is not in this file', map);
  }
  const maven = valueOf(map, 'maven');
  const written = [valueOf(map, 'repositories'), isCollection(maven, 'map') ? valueOf(maven, 'repositories') : undefined];
  return {
    file,
    tool: 'shadow-cljs',
    name: null,
    roots: finishDependencies(dependencies, [], [], findings),
    managed: [],
    plugins: [],
    repositories: written.reduce<ProjectModel['repositories']>(
      (before, form) => mergeRepositories(before, readRepositories(form, ':repositories', findings)),
      [],
    ),
    onlyThese: false,
    pluginRepositories: [],
    mirrors: [],
    notOurs: findings.notOurs,
    conflicts: 'nearest',
    modules: [],
    problems: findings.problems,
  };
}
