/**
 * `shadow-cljs.edn`: `:dependencies` as vectors. Source of the rule: shadow-cljs user's guide, "Configuration" and "User
 * Configuration"; `shadow.cljs.npm.cli/get-classpath`.
 */
import { escapeForDisplay } from '../../base/escape.js';
import { type Collection, isCollection, isSymbol, valueOf } from './clojure/form.js';
import { finishDependencies, readDependencyVectors } from './model/dependency-vector.js';
import { Findings } from './model/findings.js';
import type { ProjectModel, ProjectProblem } from './model/model.js';
import { mergeRepositories, readRepositories } from './model/repository-form.js';
import { onlyMap } from './tools-deps/only-map.js';

/** The user's own configuration. */
export interface UserFile {
  readonly file: string;
  readonly text: string;
}

/**
 * Reads the project's file, and the dependencies and repositories of the user's. The project's take precedence.
 * @param file names the text in messages
 * @throws ClojarsFetchError `ERR_CONFIG` (`malformed`, with line and column), `ERR_LIMIT`, `ERR_COORDINATE`
 */
export function readShadowCljsEdn(text: string, file: string, user?: UserFile): ProjectModel {
  const findings = new Findings(file);
  const map = onlyMap(text, findings, false);
  const userFindings = new Findings(user?.file ?? file);
  const userMap = onlyMap(user?.text ?? '{}', userFindings, false);
  for (const [key, other] of [
    ['deps', 'deps.edn'],
    ['lein', 'project.clj'],
  ] as const) {
    const value = valueOf(map, key);
    if (value !== undefined && !isSymbol(value, 'false'))
      findings.noteProblem(`:${key} is set: the dependencies are those of ${other}, which is read by its own name`, value);
  }
  const own = readDependencyVectors(valueOf(map, 'dependencies'), ':dependencies', findings);
  const users = readDependencyVectors(valueOf(userMap, 'dependencies'), ':dependencies', userFindings);
  const isNamed = ({ group, artifact }: (typeof own)[number]): boolean =>
    own.some((dependency) => dependency.group === group && dependency.artifact === artifact);
  const added = users.filter((dependency) => !isNamed(dependency));
  if (![...own, ...added].some(({ group, artifact }) => group === 'thheller' && artifact === 'shadow-cljs')) {
    findings.noteProblem('thheller/shadow-cljs is not named: the tool adds the version that npm installed, which is not in this file', map);
  }
  return {
    file,
    tool: 'shadow-cljs',
    name: null,
    roots: [...finishDependencies(own, [], [], findings), ...finishDependencies(added, [], [], userFindings)],
    managed: [],
    plugins: [],
    repositories: readOwnRepositories(map, readOwnRepositories(userMap, [], userFindings), findings),
    onlyThese: false,
    pluginRepositories: [],
    mirrors: [],
    // The position of a finding refers to the project's file.
    notOurs: [...findings.notOurs, ...userFindings.notOurs.map((found) => ({ ...found, line: 1, column: 1 }))],
    conflicts: 'nearest',
    modules: [],
    problems: [...findings.problems, ...userFindings.problems.map((problem) => inOtherFile(problem, userFindings.file))],
  };
}

/** Reads `:repositories` and `:maven {:repositories …}`, and merges them into those of lower precedence. */
function readOwnRepositories(map: Collection, weaker: ProjectModel['repositories'], findings: Findings): ProjectModel['repositories'] {
  const maven = valueOf(map, 'maven');
  return [valueOf(map, 'repositories'), isCollection(maven, 'map') ? valueOf(maven, 'repositories') : undefined].reduce(
    (before, form) => mergeRepositories(before, readRepositories(form, ':repositories', findings)),
    weaker,
  );
}

function inOtherFile({ message, line, column }: ProjectProblem, file: string): ProjectProblem {
  return { message: `${escapeForDisplay(file, 300)}: line ${line}, column ${column}: ${message}`, line: 1, column: 1 };
}
