/**
 * Effective models: a POM with its profiles, parents, interpolation and imported BOMs applied.
 *
 * Two layers are remembered: a POM merged with its parents (shared by all its children), and the effective model (shared
 * by everything that imports it or depends on it). Builds run concurrently and wait for each other's results. Before a
 * build waits, the chain of waits is followed: if it leads back to the build, parents or imports form a cycle.
 *
 * Source of the rule: Maven 3.8.7 `DefaultModelBuilder`, with the minimal validation level and no model cache.
 */
import { OnceByKey } from '../../base/async/once-by-key.js';
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
import { createProblem, type PomProblem, PomProblemError } from './problem.js';
import { activeProfiles, type ProfileEnvironment } from './profile.js';
import type { RawPoms } from './raw-pom.js';
import { checkRaw, EffectiveValidator } from './validate.js';
import { Waits } from './waits.js';

/**
 * Length of a chain of parents, or of BOMs that import each other, at which the walk ends. Cycles are found earlier; this
 * limit is for a server that invents a new POM for every request. {@link maxLineage} applies once the chain is known.
 */
const maxWalk = { parents: 5 * maxLineage, imports: 100 } as const;

/** A POM with everything applied. */
export interface EffectiveModel {
  readonly group: string;
  readonly artifact: string;
  readonly version: string;
  readonly packaging: string;
  readonly dependencies: readonly PomDependency[];
  readonly managed: ManagedDependencies;
  readonly relocation: PomRelocation | undefined;
  /** Every POM file it was built from, itself first: `group:artifact:version`. */
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
  /** Problems found so far, which make the effective model invalid. */
  readonly problems: readonly PomProblem[];
  readonly lineage: readonly string[];
}

/** The dependency management of a model, without that of its BOMs, and the BOMs that it imports. */
interface Management {
  readonly own: readonly PomDependency[];
  readonly imports: readonly ManagedDependencies[];
  /** The POMs that the BOMs were built from. */
  readonly sources: readonly string[];
}

const nothingManaged: Management = { own: [], imports: [], sources: [] };

/** Builds and remembers effective models for one resolution. */
export class ModelBuilder {
  readonly #environment: ProfileEnvironment;
  /** Builds imported models; by default this builder. Profiles switched on by hand apply only to the project and its parents. */
  readonly #imports: ModelBuilder | null;
  readonly #assembledModels = new OnceByKey<string, Assembled | null>({ keepFailures: true });
  readonly #effectiveModels = new OnceByKey<string, EffectiveModel | null>({ keepFailures: true });
  readonly #parentWaits = new Waits();
  readonly #importWaits = new Waits();
  readonly #validator = new EffectiveValidator();

  constructor(
    readonly poms: RawPoms,
    environment: ProfileEnvironment,
    imports: ModelBuilder | null = null,
  ) {
    this.#environment = environment;
    this.#imports = imports;
  }

  /**
   * Returns the effective model, or null if the POM itself is absent.
   * @param depth the number of BOMs that import each other on the way to this one
   * @throws PomProblemError; ClojarsFetchError `ERR_LIMIT` for endless chains
   */
  effective(group: string, artifact: string, version: string, depth = 0): Promise<EffectiveModel | null> {
    const label = formatLabel(group, artifact, version);
    if (depth > maxWalk.imports) return Promise.reject(endlessChain('imported POMs', label, maxWalk.imports));
    return this.#effectiveModels.get(label, () => this.#build(group, artifact, version, label, depth));
  }

  #assembled(group: string, artifact: string, version: string, depth: number): Promise<Assembled | null> {
    const label = formatLabel(group, artifact, version);
    if (depth > maxWalk.parents) return Promise.reject(endlessChain('parents', label, maxWalk.parents));
    return this.#assembledModels.get(label, () => this.#assemble(group, artifact, version, label, depth));
  }

  async #assemble(group: string, artifact: string, version: string, label: string, depth: number): Promise<Assembled | null> {
    const raw = await this.poms.read(group, artifact, version);
    if (raw === null) return null;
    const { model } = raw;
    const fatal = checkRaw(model, label);
    if (fatal.length > 0) throw new PomProblemError(fatal);
    const problems: PomProblem[] = [];
    const own = this.#withProfiles(model, problems, label);
    const source = formatLabel(group, artifact, raw.version);
    if (model.parent === undefined) return { ...own, problems, lineage: [source] };

    const parent = await this.#parentOf(model, model.parent, label, problems, depth + 1);
    if (parent.packaging !== 'pom') {
      const why = `the packaging of its parent must be 'pom' but is '${escapeForDisplay(parent.packaging, 60)}'`;
      problems.push(createProblem('invalid', 'parent-packaging-not-pom', label, why));
    }
    if (parent.lineage.length >= maxLineage) {
      throw new PomProblemError([createProblem('invalid', 'too-deep', label, `more than ${maxLineage} parents`)]);
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

  #withProfiles(model: PomModel, problems: PomProblem[], label: string): Omit<Assembled, 'problems' | 'lineage'> {
    let { modules, properties, managed, fields } = model;
    let dependencies = withoutDuplicates(model.dependencies);
    for (const profile of activeProfiles(model.profiles, properties, this.#environment, problems, label)) {
      modules = [...modules, ...profile.modules];
      properties = mergeProperties(profile.properties, properties, false);
      dependencies = mergeDependencies(dependencies, profile.dependencies, true);
      managed = mergeManaged(managed, profile.managed, true);
      if (profile.fields.size > 0) fields = new Map([...fields, ...profile.fields]);
    }
    const { modelVersion, parent, group, artifact, version, packaging, relocation } = model;
    return { modelVersion, parent, group, artifact, version, packaging, modules, properties, dependencies, managed, relocation, fields };
  }

  /** Returns the parent, merged with its own parents. Throws at the points where Maven gives up. */
  async #parentOf(model: PomModel, parent: PomParent, label: string, problems: readonly PomProblem[], depth: number): Promise<Assembled> {
    const { group = '', artifact = '', version = '' } = parent;
    const chosen = await this.#parentVersion(group, artifact, version, label);
    if (chosen !== version && (model.version === undefined || versionsOfParent.has(model.version))) {
      // Maven's own words.
      throw new PomProblemError([...problems, createProblem('invalid', 'value', label, 'Version must be a constant')]);
    }
    const wanted = formatLabel(group, artifact, chosen);
    let assembled: Assembled | null;
    try {
      const result = await this.#parentWaits.waitFor(label, wanted, this.#assembled(group, artifact, chosen, depth));
      if (result === null) {
        const why = `the parents form a cycle through ${escapeForDisplay(wanted, 300)}`;
        throw new PomProblemError([createProblem('invalid', 'parent-cycle', label, why)]);
      }
      assembled = result.value;
    } catch (error) {
      throw error instanceof PomProblemError && problems.length > 0 ? new PomProblemError([...problems, ...error.problems]) : error;
    }
    if (assembled === null) throw new PomProblemError([...problems, absent('parent POM', wanted, label)]);
    return assembled;
  }

  /** Chooses the parent's version. It may be a range with an upper bound; the highest version in the range is taken. */
  async #parentVersion(group: string, artifact: string, version: string, label: string): Promise<string> {
    const wanted = formatLabel(group, artifact, version);
    const noMatch = (why: string): PomProblemError => {
      const detail = `${why} '${escapeForDisplay(version, 120)}' of its parent`;
      return new PomProblemError([
        createProblem('unresolvable', 'no-match', label, detail, { absent: wanted, unsatisfied: { group, artifact } }),
      ]);
    };
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
    if (highest === undefined) throw noMatch('no version is within the range');
    if (range.intervals.at(-1)?.upper === null) throw noMatch('an upper bound is missing in the range');
    return highest;
  }

  async #build(group: string, artifact: string, version: string, label: string, depth: number): Promise<EffectiveModel | null> {
    const model = await this.#assembled(group, artifact, version, 0);
    if (model === null) return null;
    const problems = [...model.problems];
    const { systemProperties, userProperties } = this.#environment;
    const interpolated = userProperties === undefined ? model : { ...model, properties: new Map([...model.properties, ...userProperties]) };
    const raw = new Interpolator(interpolated, systemProperties, label, problems);
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

    const { managed: listed } = model;
    const { own, imports, sources } =
      listed === null ? nothingManaged : await this.#importBoms(listed, raw, label, effective, problems, depth + 1);
    const managed =
      own.length === 0 && imports.length === 0
        ? ManagedDependencies.none
        : new ManagedDependencies(own, imports, (dependency) => raw.dependency(dependency));
    const dependencies = inject(declared, managed);
    this.#validator.check({ ...effective, modules: model.modules, dependencies, managed: own }, label, problems);
    if (problems.length > 0) throw new PomProblemError(problems);
    return {
      group: effective.group ?? '',
      artifact: effective.artifact ?? '',
      version: effective.version ?? '',
      packaging: effective.packaging,
      dependencies,
      managed,
      relocation,
      sources: sources.length === 0 ? model.lineage : [...model.lineage, ...sources],
    };
  }

  async #importBoms(
    declared: readonly PomDependency[],
    interpolator: Interpolator,
    label: string,
    self: { readonly group: string | undefined; readonly artifact: string | undefined; readonly version: string | undefined },
    problems: PomProblem[],
    depth: number,
  ): Promise<Management> {
    const { own, imported } = partition(declared, interpolator);
    const wanted: { readonly label: string; readonly model: Promise<EffectiveModel | null> }[] = [];
    const selfLabel = formatLabel(String(self.group), String(self.artifact), String(self.version));
    const cycle = (bom: string): PomProblem =>
      createProblem('invalid', 'import-cycle', label, `the imported POMs form a cycle through ${escapeForDisplay(bom, 300)}`);
    for (const entry of imported) {
      const dependency = interpolator.dependency(entry);
      const missing = (['group', 'artifact', 'version'] as const).find((field) => (dependency[field] ?? '') === '');
      const { group = '', artifact = '', version = '' } = dependency;
      if (missing !== undefined) {
        problems.push(importWithout(missing, dependency, label));
        continue;
      }
      const bom = formatLabel(group, artifact, version);
      if (bom === selfLabel || bom === label) problems.push(cycle(bom));
      else wanted.push({ label: bom, model: (this.#imports ?? this).effective(group, artifact, version, depth) });
    }
    const imports: ManagedDependencies[] = [];
    const sources = new Set<string>();
    for (const bom of wanted) {
      try {
        const result = await this.#importWaits.waitFor(label, bom.label, bom.model);
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

/** A POM with one of these as its version takes the version of its parent. */
const versionsOfParent: ReadonlySet<string> = new Set([
  '${pom.version}',
  '${project.version}',
  '${pom.parent.version}',
  '${project.parent.version}',
]);

/** Applies management and the default scope to declared dependencies. If two have the same key, only the last is managed. */
function inject(declared: readonly PomDependency[], managed: ManagedDependencies): readonly PomDependency[] {
  if (managed === ManagedDependencies.none) return declared.map(withDefaultScope);
  const last = new Map<string, number>();
  declared.forEach((dependency, index) => last.set(dependency.key, index));
  return declared.map((dependency, index) => {
    const management = last.get(dependency.key) === index ? managed.get(dependency.key) : undefined;
    return withDefaultScope(management === undefined ? dependency : fillDependency(dependency, management));
  });
}

function withDefaultScope(dependency: PomDependency): PomDependency {
  return dependency.scope === undefined || dependency.scope === '' ? { ...dependency, scope: 'compile' } : dependency;
}

/**
 * Creates the error for an endless chain of POMs. Not a tolerated problem, because the POM at which the chain is cut may
 * depend on the order of requests.
 */
export function endlessChain(what: string, label: string, most: number): ClojarsFetchError {
  const shown = escapeForDisplay(label, 300);
  return new ClojarsFetchError('ERR_LIMIT', {
    reason: 'too-deep',
    coordinate: shown,
    message: `POM ${shown} is reached through more than ${most} ${what} in a row`,
    hint: 'No real POM needs so many: check the repository that serves it.',
  });
}

function absent(what: string, wanted: string, label: string): PomProblem {
  const why = `no repository has its ${what} ${escapeForDisplay(wanted, 300)}`;
  return createProblem('unresolvable', 'absent', label, why, { absent: wanted });
}

function importWithout(missing: 'group' | 'artifact' | 'version', { key }: PomDependency, label: string): PomProblem {
  const field = missing === 'version' ? 'version' : `${missing}Id`;
  // Maven's own words.
  const why = `'dependencyManagement.dependencies.dependency.${field}' for ${escapeForDisplay(key, 200)} is missing.`;
  return createProblem('invalid', missing === 'version' ? 'version-missing' : 'element-missing', label, why);
}
