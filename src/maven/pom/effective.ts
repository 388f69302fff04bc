/**
 * Effective models: a POM with its profiles, parents, interpolation and imported BOMs applied.
 *
 * Two layers are remembered: a POM merged with its parents (shared by all its children), and the effective model
 * (shared by all who import it or depend on it). Builds run side by side and wait for each other's results, so before
 * one waits, the chain of waits is followed: if it leads back, parents or imports form a cycle.
 *
 * Source of the rule: Maven 3.8.7 `DefaultModelBuilder`, with the minimal validation level and no model cache.
 */
import { ClojarsFetchError, isClojarsFetchError } from '../../base/error.js';
import { escapeForDisplay } from '../../base/escape.js';
import { compareVersions } from '../version/order.js';
import { parseVersionRange } from '../version/range.js';
import { Interpolator } from './interpolate.js';
import { formatLabel } from './label.js';
import { fillDependency, ManagedDependencies } from './managed.js';
import { inheritFields, mergeDependencies, mergeManaged, mergeProperties, withoutDuplicates } from './merge.js';
import { maxLineage, type PomDependency, type PomModel, type PomParent, type PomRelocation } from './model.js';
import { partition } from './partition.js';
import { type PomProblem, PomProblemError } from './problem.js';
import { activeProfiles, type ProfileEnvironment } from './profile.js';
import type { RawPoms } from './raw-pom.js';
import { checkRaw, EffectiveValidator } from './validate.js';
import { Waits } from './waits.js';

/**
 * Parents above parents, or BOMs in BOMs, at which the walk ends. A cycle is found sooner; this is for a server that
 * makes up another POM whenever it is asked. What {@link maxLineage} allows is decided when the chain is known.
 */
const maxWalk = { parents: 5 * maxLineage, imports: 100 } as const;

/** A POM of which nothing is left to apply. */
export interface EffectiveModel {
  readonly group: string;
  readonly artifact: string;
  readonly version: string;
  readonly packaging: string;
  readonly dependencies: readonly PomDependency[];
  readonly managed: ManagedDependencies;
  readonly relocation: PomRelocation | undefined;
  /** Every POM file this was made from, itself first: `group:artifact:version`. */
  readonly sources: readonly string[];
}

/** A POM merged with its parents, before interpolation. */
interface Assembled {
  readonly modelVersion: string | undefined;
  readonly parent: PomParent | undefined;
  readonly group: string | undefined;
  readonly artifact: string | undefined;
  readonly version: string | undefined;
  readonly packaging: string;
  readonly modules: readonly string[];
  readonly properties: ReadonlyMap<string, string>;
  readonly dependencies: readonly PomDependency[];
  readonly managed: readonly PomDependency[] | null;
  readonly relocation: PomRelocation | undefined;
  readonly fields: ReadonlyMap<string, string>;
  /** What will refuse the effective model, found so far. */
  readonly problems: readonly PomProblem[];
  readonly lineage: readonly string[];
}

/** Builds and remembers effective models for one resolution. */
export class ModelBuilder {
  private readonly assembledModels = new Map<string, Promise<Assembled | null>>();
  private readonly effectiveModels = new Map<string, Promise<EffectiveModel | null>>();
  private readonly parentWaits = new Waits();
  private readonly importWaits = new Waits();
  private readonly validator = new EffectiveValidator();

  constructor(
    readonly poms: RawPoms,
    private readonly environment: ProfileEnvironment,
    /** Builds what is imported. Default: this one. Profiles switched on by hand are the project's and its parents' alone. */
    private readonly imports: ModelBuilder | null = null,
  ) {}

  /**
   * The effective model, or null when the POM itself is not there.
   * @param depth how many BOMs import each other to here
   * @throws PomProblemError; ClojarsFetchError `ERR_LIMIT` for chains without end
   */
  effective(group: string, artifact: string, version: string, depth = 0): Promise<EffectiveModel | null> {
    const label = formatLabel(group, artifact, version);
    if (depth > maxWalk.imports) return Promise.reject(endless('imported POMs', label, maxWalk.imports));
    return remember(this.effectiveModels, label, () => this.build(group, artifact, version, label, depth));
  }

  private assembled(group: string, artifact: string, version: string, depth: number): Promise<Assembled | null> {
    const label = formatLabel(group, artifact, version);
    if (depth > maxWalk.parents) return Promise.reject(endless('parents', label, maxWalk.parents));
    return remember(this.assembledModels, label, () => this.assemble(group, artifact, version, label, depth));
  }

  private async assemble(group: string, artifact: string, version: string, label: string, depth: number): Promise<Assembled | null> {
    const raw = await this.poms.read(group, artifact, version);
    if (raw === null) return null;
    const { model } = raw;
    const fatal = checkRaw(model, label);
    if (fatal.length > 0) throw new PomProblemError(fatal);
    const problems: PomProblem[] = [];
    const own = this.withProfiles(model, problems, label);
    const source = formatLabel(group, artifact, raw.version);
    if (model.parent === undefined) return { ...own, problems, lineage: [source] };

    const parent = await this.parentOf(model, model.parent, label, problems, depth + 1);
    if (parent.packaging !== 'pom') {
      problems.push({
        kind: 'invalid',
        reason: 'parent-packaging-not-pom',
        message: `POM ${escapeForDisplay(label, 300)}: Invalid packaging for parent POM, must be "pom" but is "${escapeForDisplay(parent.packaging, 60)}"`,
      });
    }
    if (parent.lineage.length >= maxLineage) {
      throw new PomProblemError([
        { kind: 'invalid', reason: 'too-deep', message: `POM ${escapeForDisplay(label, 300)}: more than ${maxLineage} parents` },
      ]);
    }
    return {
      ...own,
      group: own.group ?? parent.group,
      version: own.version ?? parent.version,
      properties: mergeProperties(own.properties, parent.properties, true),
      dependencies: mergeDependencies(own.dependencies, parent.dependencies, false),
      managed: mergeManaged(own.managed, parent.managed, false),
      fields: inheritFields(own.fields, parent.fields, own.artifact),
      problems: [...problems, ...parent.problems],
      lineage: [source, ...parent.lineage],
    };
  }

  private withProfiles(model: PomModel, problems: PomProblem[], label: string): Omit<Assembled, 'problems' | 'lineage'> {
    let { modules, properties, managed, fields } = model;
    let dependencies = withoutDuplicates(model.dependencies);
    for (const profile of activeProfiles(model.profiles, properties, this.environment, problems, label)) {
      modules = [...modules, ...profile.modules];
      properties = mergeProperties(profile.properties, properties, false);
      dependencies = mergeDependencies(dependencies, profile.dependencies, true);
      managed = mergeManaged(managed, profile.managed, true);
      if (profile.fields.size > 0) fields = new Map([...fields, ...profile.fields]);
    }
    const { modelVersion, parent, group, artifact, version, packaging, relocation } = model;
    return { modelVersion, parent, group, artifact, version, packaging, modules, properties, dependencies, managed, relocation, fields };
  }

  /** The parent, merged with its own parents. Throws where Maven goes no further. */
  private async parentOf(
    model: PomModel,
    parent: PomParent,
    label: string,
    problems: readonly PomProblem[],
    depth: number,
  ): Promise<Assembled> {
    const { group = '', artifact = '', version = '' } = parent;
    const chosen = await this.parentVersion(group, artifact, version, label);
    if (chosen !== version) {
      const constant =
        model.version !== undefined &&
        !['${pom.version}', '${project.version}', '${pom.parent.version}', '${project.parent.version}'].includes(model.version);
      if (!constant)
        throw new PomProblemError([
          ...problems,
          { kind: 'invalid', reason: 'value', message: `POM ${escapeForDisplay(label, 300)}: Version must be a constant` },
        ]);
    }
    const wanted = formatLabel(group, artifact, chosen);
    let assembled: Assembled | null;
    try {
      const result = await this.parentWaits.for(label, wanted, this.assembled(group, artifact, chosen, depth));
      if (result === null) {
        throw new PomProblemError([
          {
            kind: 'invalid',
            reason: 'parent-cycle',
            message: `POM ${escapeForDisplay(label, 300)}: the parents form a cycle through ${escapeForDisplay(wanted, 300)}`,
          },
        ]);
      }
      assembled = result.value;
    } catch (error) {
      throw error instanceof PomProblemError && problems.length > 0 ? new PomProblemError([...problems, ...error.problems]) : error;
    }
    if (assembled === null) throw new PomProblemError([...problems, absent('parent POM', wanted, label)]);
    return assembled;
  }

  /** A parent may be asked for by a range with an upper bound; the highest version in it is taken. */
  private async parentVersion(group: string, artifact: string, version: string, label: string): Promise<string> {
    const wanted = formatLabel(group, artifact, version);
    const noMatch = (why: string): PomProblemError =>
      new PomProblemError([
        {
          kind: 'unresolvable',
          reason: 'no-match',
          absent: wanted,
          message: `POM ${escapeForDisplay(label, 300)}: ${why} '${escapeForDisplay(version, 120)}' of its parent`,
        },
      ]);
    let range;
    try {
      range = parseVersionRange(version);
    } catch (error) {
      if (isClojarsFetchError(error)) throw noMatch('cannot read the version range');
      throw error;
    }
    if (range.kind === 'soft') return version;
    const matches = (await this.poms.versions(group, artifact)).filter((candidate) => range.contains(candidate));
    const highest = matches.sort(compareVersions).at(-1);
    if (highest === undefined) throw noMatch('no version matches the requested range');
    if (range.intervals.at(-1)?.upper === null) throw noMatch('an upper bound is missing in the requested range');
    return highest;
  }

  private async build(group: string, artifact: string, version: string, label: string, depth: number): Promise<EffectiveModel | null> {
    const model = await this.assembled(group, artifact, version, 0);
    if (model === null) return null;
    const problems = [...model.problems];
    const { systemProperties } = this.environment;
    const raw = new Interpolator(model, systemProperties, label, problems);
    for (const value of model.properties.values()) raw.value(value);
    for (const value of model.fields.values()) raw.value(value);
    const effective = {
      modelVersion: raw.value(model.modelVersion),
      group: raw.value(model.group),
      artifact: raw.value(model.artifact),
      version: raw.value(model.version),
      packaging: raw.value(model.packaging) ?? '',
    };
    const declared = model.dependencies.map((dependency) => raw.dependency(dependency));
    const relocation = model.relocation === undefined ? undefined : raw.relocation(model.relocation);

    const { own, imports, sources } = await this.importBoms(model.managed ?? [], raw, label, effective, problems, depth + 1);
    const managed =
      own.length === 0 && imports.length === 0
        ? ManagedDependencies.none
        : new ManagedDependencies(own, imports, (dependency) => raw.dependency(dependency));
    const dependencies = inject(declared, managed);
    this.validator.check({ ...effective, modules: model.modules, dependencies, managed: own }, label, problems);
    if (problems.length > 0) throw new PomProblemError(problems);
    return {
      group: effective.group ?? '',
      artifact: effective.artifact ?? '',
      version: effective.version ?? '',
      packaging: effective.packaging,
      dependencies,
      managed,
      relocation,
      sources: [...model.lineage, ...sources],
    };
  }

  private async importBoms(
    declared: readonly PomDependency[],
    interpolator: Interpolator,
    label: string,
    self: { readonly group: string | undefined; readonly artifact: string | undefined; readonly version: string | undefined },
    problems: PomProblem[],
    depth: number,
  ): Promise<{ own: readonly PomDependency[]; imports: ManagedDependencies[]; sources: readonly string[] }> {
    const { own, imported } = partition(declared, interpolator);
    const wanted: { readonly label: string; readonly model: Promise<EffectiveModel | null> }[] = [];
    const selfLabel = formatLabel(String(self.group), String(self.artifact), String(self.version));
    const cycle = (bom: string): PomProblem => ({
      kind: 'invalid',
      reason: 'import-cycle',
      message: `POM ${escapeForDisplay(label, 300)}: the dependencies of type=pom and with scope=import form a cycle through ${escapeForDisplay(bom, 300)}`,
    });
    for (const entry of imported) {
      const dependency = interpolator.dependency(entry);
      const missing = (['group', 'artifact', 'version'] as const).find((field) => (dependency[field] ?? '') === '');
      const { group = '', artifact = '', version = '' } = dependency;
      if (missing !== undefined) {
        const field = missing === 'version' ? 'version' : `${missing}Id`;
        problems.push({
          kind: 'invalid',
          reason: missing === 'version' ? 'version-missing' : 'element-missing',
          message: `POM ${escapeForDisplay(label, 300)}: 'dependencyManagement.dependencies.dependency.${field}' for ${escapeForDisplay(dependency.key, 200)} is missing.`,
        });
        continue;
      }
      const bom = formatLabel(group, artifact, version);
      if (bom === selfLabel || bom === label) problems.push(cycle(bom));
      else wanted.push({ label: bom, model: (this.imports ?? this).effective(group, artifact, version, depth) });
    }
    const imports: ManagedDependencies[] = [];
    const sources = new Set<string>();
    for (const bom of wanted) {
      try {
        const result = await this.importWaits.for(label, bom.label, bom.model);
        if (result === null) problems.push(cycle(bom.label));
        else if (result.value === null) problems.push(absent('import POM', bom.label, label));
        else {
          imports.push(result.value.managed);
          for (const source of result.value.sources) sources.add(source);
        }
      } catch (error) {
        if (!(error instanceof PomProblemError)) throw error;
        problems.push(...error.problems);
      }
    }
    return { own, imports, sources: [...sources] };
  }
}

/** Applies management to declared dependencies, and the default scope. Of two with the same key only the last is managed. */
function inject(declared: readonly PomDependency[], managed: ManagedDependencies): readonly PomDependency[] {
  const last = new Map<string, number>();
  declared.forEach((dependency, index) => last.set(dependency.key, index));
  return declared.map((dependency, index) => {
    const management = last.get(dependency.key) === index ? managed.get(dependency.key) : undefined;
    const filled = management === undefined ? dependency : fillDependency(dependency, management);
    return filled.scope === undefined || filled.scope === '' ? { ...filled, scope: 'compile' } : filled;
  });
}

/** An error, and no problem that makes a POM one without dependencies: which POM it struck may depend on who asked first. */
export function endless(what: string, label: string, most: number): ClojarsFetchError {
  const shown = escapeForDisplay(label, 300);
  return new ClojarsFetchError('ERR_LIMIT', {
    reason: 'too-deep',
    coordinate: shown,
    message: `POM ${shown} is reached through more than ${most} ${what} in a row`,
    hint: 'No sound POM is: look at who serves it.',
  });
}

function absent(what: string, wanted: string, label: string): PomProblem {
  return {
    kind: 'unresolvable',
    reason: 'absent',
    absent: wanted,
    message: `POM ${escapeForDisplay(label, 300)}: no repository has its ${what} ${escapeForDisplay(wanted, 300)}`,
  };
}

function remember<T>(memory: Map<string, Promise<T>>, key: string, create: () => Promise<T>): Promise<T> {
  let result = memory.get(key);
  if (result === undefined) {
    result = create();
    result.catch(() => undefined);
    memory.set(key, result);
  }
  return result;
}
