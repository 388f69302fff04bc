/**
 * Replaces `${…}` in POM values.
 *
 * A name is looked up in this order: after `project.` or `pom.`, the model itself; the model's properties (its own, its
 * profiles' and its parents'); system properties; environment variables as `env.NAME` or plain `NAME`; the model itself
 * without prefix. A value found is interpolated again; an unknown name stays as written.
 *
 * Source of the rule: Maven 3.8.7 `AbstractStringBasedModelInterpolator`, plexus-interpolation
 * `StringSearchInterpolator` and `PrefixAwareRecursionInterceptor`.
 */
import { escapeForDisplay } from '../../base/escape.js';
import { createPomDependency, type PomDependency, type PomParent, type PomRelocation } from './model.js';
import { createProblem, type PomProblem, PomProblemError } from './problem.js';

/** The values that `${project.…}` can name. */
export interface InterpolationModel {
  readonly modelVersion: string | undefined;
  readonly parent: PomParent | undefined;
  readonly group: string | undefined;
  readonly artifact: string | undefined;
  readonly version: string | undefined;
  readonly packaging: string;
  readonly properties: ReadonlyMap<string, string>;
  readonly fields: ReadonlyMap<string, string>;
}

/** Limits in UTF-16 units on one value and on all values of a model, against values that grow exponentially. */
const maxValueLength = 1024 * 1024;
const maxTotalLength = 16 * 1024 * 1024;
/** How deeply values may refer to other values. */
const maxNesting = 500;

/** Single values of the super POM (`pom-4.0.0.xml`). */
const superFields: ReadonlyMap<string, string> = new Map([
  ['build.directory', '${project.basedir}/target'],
  ['build.outputDirectory', '${project.build.directory}/classes'],
  ['build.finalName', '${project.artifactId}-${project.version}'],
  ['build.testOutputDirectory', '${project.build.directory}/test-classes'],
  ['build.sourceDirectory', '${project.basedir}/src/main/java'],
  ['build.scriptSourceDirectory', '${project.basedir}/src/main/scripts'],
  ['build.testSourceDirectory', '${project.basedir}/src/test/java'],
  ['reporting.outputDirectory', '${project.build.directory}/site'],
]);

/** A value refers to itself. Ends the interpolation of the requested value only. */
class CycleError extends Error {}

/** The known values of the names in one model. */
interface Names {
  /** By name; null means not found. */
  readonly answers: Map<string, string | null>;
  /** Names being resolved, without prefix: `${project.a}` inside the property `a` is also a cycle. */
  readonly open: Set<string>;
}

/** Interpolates the values of one model. Every name is resolved once and remembered. */
export class Interpolator {
  readonly #model: InterpolationModel;
  readonly #systemProperties: ReadonlyMap<string, string>;
  readonly #label: string;
  readonly #problems: PomProblem[];
  /** Created for the first name: most POMs have none. */
  #names: Names | null = null;
  #total = 0;

  /**
   * @param label names the POM in messages
   * @param problems receives `interpolation-cycle`; a value in a cycle becomes undefined
   */
  constructor(model: InterpolationModel, systemProperties: ReadonlyMap<string, string>, label: string, problems: PomProblem[]) {
    this.#model = model;
    this.#systemProperties = systemProperties;
    this.#label = label;
    this.#problems = problems;
  }

  /**
   * Returns the value with its names replaced; undefined if it was undefined or refers to itself.
   * @throws PomProblemError kind `invalid`: `too-large`, `too-deep`
   */
  value(text: string | undefined): string | undefined {
    if (text === undefined || !text.includes('${')) return text;
    try {
      return this.#text(text);
    } catch (error) {
      if (!(error instanceof CycleError)) throw error;
      this.#problems.push(createProblem('invalid', 'interpolation-cycle', this.#label, error.message));
      return undefined;
    }
  }

  #text(text: string): string {
    let start = text.indexOf('${');
    if (start < 0) return text;
    let result = '';
    let done = 0;
    while (start >= 0) {
      const end = text.indexOf('}', start + 1);
      if (end < 0) break;
      const answer = this.#answer(text.slice(start + 2, end));
      result += text.slice(done, start) + (answer ?? text.slice(start, end + 1));
      if (result.length > maxValueLength) this.#refuse('too-large', `a value grows beyond ${maxValueLength} characters`);
      done = end + 1;
      start = text.indexOf('${', done);
    }
    result += text.slice(done);
    this.#total += result.length;
    if (this.#total > maxTotalLength) this.#refuse('too-large', `the values grow beyond ${maxTotalLength} characters`);
    return result;
  }

  dependency(dependency: PomDependency): PomDependency {
    if (!dependency.dynamic) return dependency;
    return createPomDependency({
      group: this.value(dependency.group),
      artifact: this.value(dependency.artifact),
      version: this.value(dependency.version),
      type: this.value(dependency.type) ?? '',
      classifier: this.value(dependency.classifier),
      scope: this.value(dependency.scope),
      systemPath: this.value(dependency.systemPath),
      optional: this.value(dependency.optional),
      exclusions: dependency.exclusions.map(({ group, artifact }) => ({
        group: this.value(group) ?? '',
        artifact: this.value(artifact) ?? '',
      })),
    });
  }

  relocation({ group, artifact, version, message }: PomRelocation): PomRelocation {
    return { group: this.value(group), artifact: this.value(artifact), version: this.value(version), message: this.value(message) };
  }

  #answer(name: string): string | null {
    this.#names ??= { answers: new Map<string, string | null>(), open: new Set<string>() };
    const { answers, open } = this.#names;
    const known = answers.get(name);
    if (known !== undefined) return known;
    const expression = name.startsWith('.') ? name.slice(1) : name;
    const naked = withoutPrefix(expression) ?? expression;
    if (open.has(naked)) throw new CycleError(`\${${escapeForDisplay(name, 120)}} refers to itself`);
    if (open.size >= maxNesting) this.#refuse('too-deep', `values refer to each other at more than ${maxNesting} levels`);
    const value = this.#lookup(expression, '${' + name + '}');
    let answer: string | null = null;
    if (value !== undefined) {
      open.add(naked);
      try {
        answer = this.#text(value);
      } finally {
        open.delete(naked);
      }
    }
    answers.set(name, answer);
    return answer;
  }

  /** Returns the value from the first place that has the name, skipping values that contain the expression itself. */
  #lookup(expression: string, whole: string): string | undefined {
    const rest = withoutPrefix(expression);
    let recursive = false;
    for (let place = 0; place < 5; place++) {
      let value: string | undefined;
      if (place === 0) value = rest === undefined ? undefined : this.#modelValue(rest);
      else if (place === 1) value = this.#model.properties.get(expression);
      else if (place === 2) value = this.#systemProperties.get(expression);
      else if (place === 3) value = this.#systemProperties.get('env.' + expression);
      else value = this.#modelValue(expression);
      if (value === undefined) continue;
      if (!value.includes(whole)) return value;
      recursive = true;
    }
    if (recursive) throw new CycleError(`${escapeForDisplay(whole, 120)} refers to itself`);
    return undefined;
  }

  #modelValue(path: string): string | undefined {
    const model = this.#model;
    switch (path) {
      case 'groupId':
        return model.group;
      case 'artifactId':
        return model.artifact;
      case 'version':
        return model.version;
      case 'packaging':
        return model.packaging;
      case 'modelVersion':
        return model.modelVersion;
      case 'id':
        return `${model.group ?? '[inherited]'}:${model.artifact}:${model.packaging}:${model.version ?? '[inherited]'}`;
      case 'parent.groupId':
        return model.parent?.group;
      case 'parent.artifactId':
        return model.parent?.artifact;
      case 'parent.version':
        return model.parent?.version;
      case 'parent.relativePath':
        return model.parent === undefined ? undefined : (model.parent.relativePath ?? '../pom.xml');
      case 'parent.id':
        return model.parent === undefined ? undefined : `${model.parent.group}:${model.parent.artifact}:pom:${model.parent.version}`;
      default:
        return model.fields.get(path) ?? superFields.get(path);
    }
  }

  #refuse(reason: string, why: string): never {
    throw new PomProblemError([createProblem('invalid', reason, this.#label, why)]);
  }
}

function withoutPrefix(expression: string): string | undefined {
  if (expression.startsWith('project.')) return expression.slice(8);
  if (expression.startsWith('pom.')) return expression.slice(4);
  return undefined;
}
