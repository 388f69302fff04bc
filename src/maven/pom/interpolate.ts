/**
 * `${…}` in POM values.
 *
 * Where a name is looked up, in this order: after `project.` or `pom.` the model itself; the model's properties (its
 * own, its profiles' and its parents'); system properties; environment variables as `env.NAME` or plain `NAME`; the
 * model itself without prefix. What is found is interpolated again; what is not found stays as it is written.
 *
 * Source of the rule: Maven 3.8.7 `AbstractStringBasedModelInterpolator`, plexus-interpolation
 * `StringSearchInterpolator` and `PrefixAwareRecursionInterceptor`.
 */
import { escapeForDisplay } from '../../base/escape.js';
import { createPomDependency, type PomDependency, type PomParent, type PomRelocation } from './model.js';
import { type PomProblem, PomProblemError } from './problem.js';

/** The values `${project.…}` sees. */
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

/** Longest value, in UTF-16 units, and all values of one model together: an exponential bomb ends here. */
const maxValueLength = 1024 * 1024;
const maxTotalLength = 16 * 1024 * 1024;
/** Values inside values. */
const maxNesting = 500;

/** What the super POM (`pom-4.0.0.xml`) says about single values. */
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

/** Not an answer but the discovery that there is none; it ends the one value that was asked for. */
class CycleError extends Error {}

/** One model's values. Answers are remembered, so every name is worked out once. */
export class Interpolator {
  /** By name; null is 'not found'. */
  private readonly answers = new Map<string, string | null>();
  /** Names being worked out, without prefix: `${project.a}` inside the property `a` is a cycle too. */
  private readonly open = new Set<string>();
  private total = 0;

  /**
   * @param label names the POM in messages
   * @param problems receives `interpolation-cycle`; the value that is in one is undefined
   */
  constructor(
    private readonly model: InterpolationModel,
    private readonly systemProperties: ReadonlyMap<string, string>,
    private readonly label: string,
    private readonly problems: PomProblem[],
  ) {}

  /**
   * A value with its names replaced; undefined where it was, or where it refers to itself.
   * @throws PomProblemError kind `invalid`: `too-large`, `too-deep`
   */
  value(text: string | undefined): string | undefined {
    if (text === undefined || !text.includes('${')) return text;
    try {
      return this.text(text);
    } catch (error) {
      if (!(error instanceof CycleError)) throw error;
      this.problems.push({ kind: 'invalid', reason: 'interpolation-cycle', message: this.about(error.message) });
      return undefined;
    }
  }

  private text(text: string): string {
    let start = text.indexOf('${');
    if (start < 0) return text;
    let result = '';
    let done = 0;
    while (start >= 0) {
      const end = text.indexOf('}', start + 1);
      if (end < 0) break;
      const answer = this.answer(text.slice(start + 2, end));
      result += text.slice(done, start) + (answer ?? text.slice(start, end + 1));
      if (result.length > maxValueLength) this.refuse('too-large', `a value grows beyond ${maxValueLength} characters`);
      done = end + 1;
      start = text.indexOf('${', done);
    }
    result += text.slice(done);
    this.total += result.length;
    if (this.total > maxTotalLength) this.refuse('too-large', `its values grow beyond ${maxTotalLength} characters`);
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

  private answer(name: string): string | null {
    const known = this.answers.get(name);
    if (known !== undefined) return known;
    const expression = name.startsWith('.') ? name.slice(1) : name;
    const naked = withoutPrefix(expression) ?? expression;
    if (this.open.has(naked)) throw new CycleError(`\${${escapeForDisplay(name, 120)}} refers to itself`);
    if (this.open.size >= maxNesting) this.refuse('too-deep', `values refer to each other more than ${maxNesting} deep`);
    const value = this.lookup(expression, '${' + name + '}');
    let answer: string | null = null;
    if (value !== undefined) {
      this.open.add(naked);
      try {
        answer = this.text(value);
      } finally {
        this.open.delete(naked);
      }
    }
    this.answers.set(name, answer);
    return answer;
  }

  /** The first place that has the name, passing over values that hold the very expression they are to replace. */
  private lookup(expression: string, whole: string): string | undefined {
    const rest = withoutPrefix(expression);
    let recursive = false;
    for (let place = 0; place < 5; place++) {
      let value: string | undefined;
      if (place === 0) value = rest === undefined ? undefined : this.modelValue(rest);
      else if (place === 1) value = this.model.properties.get(expression);
      else if (place === 2) value = this.systemProperties.get(expression);
      else if (place === 3) value = this.systemProperties.get('env.' + expression);
      else value = this.modelValue(expression);
      if (value === undefined) continue;
      if (!value.includes(whole)) return value;
      recursive = true;
    }
    if (recursive) throw new CycleError(`${escapeForDisplay(whole, 120)} refers to itself`);
    return undefined;
  }

  private modelValue(path: string): string | undefined {
    const { model } = this;
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

  private refuse(reason: string, why: string): never {
    throw new PomProblemError([{ kind: 'invalid', reason, message: this.about(why) }]);
  }

  private about(why: string): string {
    return `POM ${escapeForDisplay(this.label, 300)}: ${why}`;
  }
}

function withoutPrefix(expression: string): string | undefined {
  if (expression.startsWith('project.')) return expression.slice(8);
  if (expression.startsWith('pom.')) return expression.slice(4);
  return undefined;
}
