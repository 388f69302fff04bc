/**
 * Effective models: a POM with its profiles, parents, interpolation and imported BOMs applied.
 *
 * Two layers are remembered: a POM merged with its parents (shared by all its children), and the effective model (shared
 * by everything that imports it or depends on it). Builds run concurrently and wait for each other's results. Before a
 * build waits, the chain of waits is followed: if it leads back to the build, parents or imports form a cycle.
 *
 * A model whose POMs are all there, as those of a warm local repository are, is built at once: most of the time of a graph
 * would otherwise be spent on promises.
 *
 * Source of the rule: Maven 3.8.7 `DefaultModelBuilder`, with the minimal validation level and no model cache.
 */
import { OnceByKey } from '../../base/async/once-by-key.js';
import { escapeForDisplay } from '../../base/escape.js';
import { type Assembled, Assembler } from './assemble.js';
import { absentPom, endlessChain, maxNow, maxWalk, Waits } from './chain.js';
import { Interpolator } from './interpolate.js';
import { formatLabel } from './label.js';
import { fillDependency, ManagedDependencies } from './managed.js';
import { withoutDuplicates } from './merge.js';
import type { PomDependency, PomRelocation } from './model.js';
import { type Partition, partition } from './partition.js';
import { createProblem, type PomProblem, PomProblemError } from './problem.js';
import type { ProfileEnvironment } from './profile.js';
import type { RawPoms } from './raw-pom.js';
import { EffectiveValidator } from './validate.js';

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

const nothingManaged: Partition = { own: [], imported: [] };

/** A BOM to import. */
interface Bom {
  readonly group: string;
  readonly artifact: string;
  readonly version: string;
  readonly label: string;
}

/** A model between interpolation and its dependency management. */
interface Begun {
  readonly label: string;
  readonly assembled: Assembled;
  readonly interpolator: Interpolator;
  readonly values: Pick<EffectiveModel, 'packaging'> & {
    readonly modelVersion: string | undefined;
    readonly group: string | undefined;
    readonly artifact: string | undefined;
    readonly version: string | undefined;
  };
  readonly declared: readonly PomDependency[];
  readonly relocation: PomRelocation | undefined;
  readonly own: readonly PomDependency[];
  readonly boms: readonly Bom[];
  readonly problems: PomProblem[];
}

/** Builds and remembers effective models for one resolution. */
export class ModelBuilder {
  readonly #environment: ProfileEnvironment;
  /** Builds imported models; by default this builder. Profiles switched on by hand apply only to the project and its parents. */
  readonly #imports: ModelBuilder | null;
  readonly #assembler: Assembler;
  /** By label. */
  readonly #ready = new Map<string, EffectiveModel>();
  readonly #pending = new OnceByKey<string, EffectiveModel | null>({ keepFailures: true });
  readonly #importWaits = new Waits();
  readonly #validator = new EffectiveValidator();

  constructor(
    readonly poms: RawPoms,
    environment: ProfileEnvironment,
    imports: ModelBuilder | null = null,
  ) {
    this.#environment = environment;
    this.#imports = imports;
    this.#assembler = new Assembler(poms, environment);
  }

  /**
   * Returns the effective model, or null if the POM itself is absent.
   * @param depth the number of BOMs that import each other on the way to this one
   * @throws PomProblemError; ClojarsFetchError `ERR_LIMIT` for endless chains
   */
  effective(group: string, artifact: string, version: string, depth = 0): Promise<EffectiveModel | null> {
    const label = formatLabel(group, artifact, version);
    if (depth > maxWalk.imports) return Promise.reject(endlessChain('imported POMs', label, maxWalk.imports));
    const ready = this.#ready.get(label);
    if (ready !== undefined) return Promise.resolve(ready);
    return this.#pending.get(label, () => this.#build(group, artifact, version, label, depth));
  }

  /**
   * Returns the effective model if its POM, parents and BOMs are there at once; otherwise undefined, also if it has problems:
   * {@link ModelBuilder.effective} reports them.
   */
  effectiveNow(group: string, artifact: string, version: string, depth = 0): EffectiveModel | undefined {
    const label = formatLabel(group, artifact, version);
    const ready = this.#ready.get(label);
    if (ready !== undefined) return ready;
    if (depth > maxNow || this.#pending.has(label)) return undefined;
    try {
      const assembled = this.#assembler.assembleNow(group, artifact, version);
      if (assembled === undefined) return undefined;
      const begun = this.#begin(assembled, label);
      const boms: EffectiveModel[] = [];
      for (const bom of begun.boms) {
        const model = this.#importer.effectiveNow(bom.group, bom.artifact, bom.version, depth + 1);
        if (model === undefined) return undefined;
        boms.push(model);
      }
      return this.#finish(begun, boms);
    } catch (error) {
      if (error instanceof PomProblemError) return undefined;
      throw error;
    }
  }

  get #importer(): ModelBuilder {
    return this.#imports ?? this;
  }

  async #build(group: string, artifact: string, version: string, label: string, depth: number): Promise<EffectiveModel | null> {
    const assembled = await this.#assembler.assemble(group, artifact, version);
    if (assembled === null) return null;
    const begun = this.#begin(assembled, label);
    return this.#finish(begun, begun.boms.length === 0 ? [] : await this.#readBoms(begun, depth + 1));
  }

  #begin(model: Assembled, label: string): Begun {
    const problems = [...model.problems];
    const { systemProperties, userProperties } = this.#environment;
    const interpolated = userProperties === undefined ? model : { ...model, properties: new Map([...model.properties, ...userProperties]) };
    const interpolator = new Interpolator(interpolated, systemProperties, label, problems);
    for (const value of model.properties.values()) interpolator.value(value);
    for (const value of model.fields.values()) interpolator.value(value);
    const values = {
      modelVersion: interpolator.value(model.modelVersion),
      group: interpolator.value(model.group),
      artifact: interpolator.value(model.artifact),
      version: interpolator.value(model.version),
      packaging: interpolator.value(model.packaging) ?? '',
    };
    const declared = model.dependencies.map((dependency) => interpolator.dependency(dependency));
    const relocation = model.relocation === undefined ? undefined : interpolator.relocation(model.relocation);
    const { own, imported } = model.managed === null ? nothingManaged : partition(model.managed, interpolator);
    const self = formatLabel(String(values.group), String(values.artifact), String(values.version));
    const boms = imported.flatMap((entry) => bomOf(interpolator.dependency(entry), label, self, problems) ?? []);
    return { label, assembled: model, interpolator, values, declared, relocation, own, boms, problems };
  }

  /** @param boms those that were found, in order */
  #finish(
    { label, assembled, interpolator, values, declared, relocation, own, problems }: Begun,
    boms: readonly EffectiveModel[],
  ): EffectiveModel {
    // Maven's import keeps the last of equal entries; without imports, each fills the gaps of those before it.
    const kept = boms.length > 0 ? withoutDuplicates(own) : own;
    const managed =
      own.length === 0 && boms.length === 0
        ? ManagedDependencies.none
        : new ManagedDependencies(
            kept,
            boms.map((bom) => bom.managed),
            (dependency) => interpolator.dependency(dependency),
          );
    const dependencies = inject(declared, managed);
    this.#validator.check({ ...values, modules: assembled.modules, dependencies, managed: kept }, label, problems);
    if (problems.length > 0) throw new PomProblemError(problems);
    const model = {
      group: values.group ?? '',
      artifact: values.artifact ?? '',
      version: values.version ?? '',
      packaging: values.packaging,
      dependencies,
      managed,
      relocation,
      sources: boms.length === 0 ? assembled.lineage : [...assembled.lineage, ...new Set(boms.flatMap((bom) => bom.sources))],
    };
    this.#ready.set(label, model);
    return model;
  }

  /** Returns the BOMs that were found; adds what is wrong with the others to the problems. */
  async #readBoms({ label, boms, problems }: Begun, depth: number): Promise<readonly EffectiveModel[]> {
    const found: EffectiveModel[] = [];
    const reading = boms.map((bom) => ({ bom, model: this.#importer.effective(bom.group, bom.artifact, bom.version, depth) }));
    for (const { bom, model } of reading) {
      try {
        const result = await this.#importWaits.waitFor(label, bom.label, model);
        if (result === null) problems.push(importCycle(bom.label, label));
        else if (result.value === null) problems.push(absentPom('import POM', bom.label, label));
        else found.push(result.value);
      } catch (error) {
        if (!(error instanceof PomProblemError)) throw error;
        problems.push(...error.problems);
      }
    }
    return found;
  }
}

/** Returns the BOM to import; null, with a problem, if it is not one. */
function bomOf(dependency: PomDependency, label: string, self: string, problems: PomProblem[]): Bom | null {
  const missing = (['group', 'artifact', 'version'] as const).find((field) => (dependency[field] ?? '') === '');
  if (missing !== undefined) {
    problems.push(importWithout(missing, dependency, label));
    return null;
  }
  const { group = '', artifact = '', version = '' } = dependency;
  const bom = formatLabel(group, artifact, version);
  if (bom !== self && bom !== label) return { group, artifact, version, label: bom };
  problems.push(importCycle(bom, label));
  return null;
}

function importCycle(bom: string, label: string): PomProblem {
  return createProblem('invalid', 'import-cycle', label, `the imported POMs form a cycle through ${escapeForDisplay(bom, 300)}`);
}

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

function importWithout(missing: 'group' | 'artifact' | 'version', { key }: PomDependency, label: string): PomProblem {
  const field = missing === 'version' ? 'version' : `${missing}Id`;
  // Maven's own words.
  const why = `'dependencyManagement.dependencies.dependency.${field}' for ${escapeForDisplay(key, 200)} is missing.`;
  return createProblem('invalid', missing === 'version' ? 'version-missing' : 'element-missing', label, why);
}
