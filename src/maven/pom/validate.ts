/**
 * Validates a POM from a repository by the rules of Maven's minimal level, which Maven applies to dependencies. The
 * messages are Maven's own, word for word, so that users find them on the web.
 *
 * Source of the rule: Maven 3.8.7 `DefaultModelValidator`, `VALIDATION_LEVEL_MINIMAL`.
 */
import { escapeForDisplay } from '../../base/escape.js';
import type { PomDependency, PomModel } from './model.js';
import { createProblem, type PomProblem } from './problem.js';

/** Validates the file itself. Any problem found here ends the reading of the POM. */
export function checkRaw(model: PomModel, label: string): PomProblem[] {
  const problems: PomProblem[] = [];
  const { parent } = model;
  if (parent === undefined) return problems;
  for (const [name, value] of [
    ['groupId', parent.group],
    ['artifactId', parent.artifact],
    ['version', parent.version],
  ] as const) {
    if (isEmpty(value)) problems.push(createProblem('invalid', 'element-missing', label, `'parent.${name}' is missing.`));
  }
  if ((parent.group ?? '') === (model.group ?? '') && (parent.artifact ?? '') === (model.artifact ?? '')) {
    problems.push(
      createProblem(
        'invalid',
        'parent-is-self',
        label,
        "'parent.artifactId' must be changed, the parent element cannot have the same groupId:artifactId as the project.",
      ),
    );
  }
  return problems;
}

/** The parts of an effective model that are validated. */
export interface CheckedModel {
  readonly modelVersion: string | undefined;
  readonly group: string | undefined;
  readonly artifact: string | undefined;
  readonly version: string | undefined;
  readonly packaging: string;
  readonly modules: readonly string[];
  readonly dependencies: readonly PomDependency[];
  /** Own entries, without imports. Versions need not be interpolated, because they are not validated. */
  readonly managed: readonly PomDependency[];
}

/** Validates effective models. Remembers valid management lists, which models share. */
export class EffectiveValidator {
  readonly #goodIds = new Set<string>();
  readonly #goodManaged = new WeakSet<readonly PomDependency[]>();

  check(model: CheckedModel, label: string, problems: PomProblem[]): void {
    const add = (reason: string, message: string): void => void problems.push(createProblem('invalid', reason, label, message));
    if (isEmpty(model.modelVersion)) add('element-missing', "'modelVersion' is missing.");
    this.#checkId("'groupId'", model.group, add);
    this.#checkId("'artifactId'", model.artifact, add);
    if (model.packaging === '') add('element-missing', "'packaging' is missing.");
    if (model.modules.length > 0) {
      if (model.packaging !== 'pom')
        add(
          'value',
          `'packaging' with value '${escapeForDisplay(model.packaging, 60)}' is invalid. Aggregator projects require 'pom' as packaging.`,
        );
      model.modules.forEach((module, index) => {
        if (module === '') add('value', `'modules.module[${index}]' has been specified without a path to the project directory.`);
      });
    }
    if (isEmpty(model.version)) add('element-missing', "'version' is missing.");
    for (const dependency of model.dependencies) this.#checkDependency(dependency, false, add);
    if (this.#goodManaged.has(model.managed)) return;
    const before = problems.length;
    for (const dependency of model.managed) this.#checkDependency(dependency, true, add);
    if (problems.length === before) this.#goodManaged.add(model.managed);
  }

  #checkDependency(dependency: PomDependency, managed: boolean, add: (reason: string, message: string) => void): void {
    const field = (name: string): string =>
      `'${managed ? 'dependencyManagement.' : ''}dependencies.dependency.${name}' for ${escapeForDisplay(dependency.key, 200)}`;
    if (!this.#isGoodId(dependency.artifact)) this.#checkId(field('artifactId'), dependency.artifact, add);
    if (!this.#isGoodId(dependency.group)) this.#checkId(field('groupId'), dependency.group, add);
    if (!managed) {
      if (dependency.type === '') add('element-missing', `${field('type')} is missing.`);
      if (isEmpty(dependency.version)) add('version-missing', `${field('version')} is missing.`);
    }
    const { systemPath } = dependency;
    if (dependency.scope === 'system') {
      if (systemPath === undefined || systemPath === '') add('element-missing', `${field('systemPath')} is missing.`);
      else if (!systemPath.startsWith('/') && !/^[A-Za-z]:[\\/]/.test(systemPath))
        add('value', `${field('systemPath')} must specify an absolute path but is ${escapeForDisplay(systemPath, 200)}`);
    } else if (systemPath !== undefined && systemPath !== '') {
      add('value', `${field('systemPath')} must be omitted. This field may only be specified for a dependency with system scope.`);
    }
  }

  #isGoodId(id: string | undefined): boolean {
    return id !== undefined && this.#goodIds.has(id);
  }

  #checkId(field: string, id: string | undefined, add: (reason: string, message: string) => void): void {
    if (id === undefined || id === '') add('element-missing', `${field} is missing.`);
    else if (/^[A-Za-z0-9_.-]+$/.test(id)) this.#goodIds.add(id);
    else add('value', `${field} with value '${escapeForDisplay(id, 120)}' does not match a valid id pattern.`);
  }
}

function isEmpty(text: string | undefined): boolean {
  return text === undefined || text === '';
}
