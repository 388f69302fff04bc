/**
 * Merges a POM with its profiles and parents: the first layer of an effective model, shared by all children of the POM.
 *
 * Source of the rule: Maven 3.8.7 `DefaultModelBuilder`, `DefaultInheritanceAssembler`, `DefaultProfileInjector`.
 */
import { OnceByKey } from '../../base/async/once-by-key.js';
import { isClojarsFetchError } from '../../base/error.js';
import { escapeForDisplay } from '../../base/escape.js';
import { compareVersions } from '../version/order.js';
import { isRange, parseVersionRange } from '../version/range.js';
import { absentPom, endlessChain, maxNow, maxWalk, Waits } from './chain.js';
import { formatLabel } from './label.js';
import { inheritFields, mergeDependencies, mergeManaged, mergeProperties, withoutDuplicates } from './merge.js';
import { maxLineage, type PomDependency, type PomModel, type PomParent, type PomRelocation } from './model.js';
import { createProblem, type PomProblem, PomProblemError } from './problem.js';
import { activeProfiles, type ProfileEnvironment } from './profile.js';
import type { RawPom, RawPoms } from './raw-pom.js';
import { checkRaw } from './validate.js';

/** A POM merged with its parents, before interpolation. */
export interface Assembled {
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

/** A POM with its profiles, before it is merged with its parent. */
interface Own extends Assembled {
  readonly problems: PomProblem[];
}

/** Merges and remembers POMs for one resolution. */
export class Assembler {
  readonly #poms: RawPoms;
  readonly #environment: ProfileEnvironment;
  /** By label. */
  readonly #ready = new Map<string, Assembled>();
  readonly #pending = new OnceByKey<string, Assembled | null>({ keepFailures: true });
  readonly #waits = new Waits();

  constructor(poms: RawPoms, environment: ProfileEnvironment) {
    this.#poms = poms;
    this.#environment = environment;
  }

  /** Returns the merged POM, or null if the POM itself is absent. @throws as `ModelBuilder.effective` */
  assemble(group: string, artifact: string, version: string, depth = 0): Promise<Assembled | null> {
    const label = formatLabel(group, artifact, version);
    if (depth > maxWalk.parents) return Promise.reject(endlessChain('parents', label, maxWalk.parents));
    const ready = this.#ready.get(label);
    if (ready !== undefined) return Promise.resolve(ready);
    return this.#pending.get(label, () => this.#assemble(group, artifact, version, label, depth));
  }

  /** Returns the merged POM if it and its parents are there at once, otherwise undefined. @throws PomProblemError */
  assembleNow(group: string, artifact: string, version: string, depth = 0): Assembled | undefined {
    const label = formatLabel(group, artifact, version);
    const ready = this.#ready.get(label);
    if (ready !== undefined) return ready;
    if (depth > maxNow || this.#pending.has(label)) return undefined;
    const raw = this.#poms.readNow(group, artifact, version);
    if (raw === undefined) return undefined;
    const own = this.#withProfiles(raw, label);
    const { parent } = raw.model;
    if (parent === undefined) return this.#keep(label, own);
    if (parent.version === undefined || isRange(parent.version)) return undefined;
    const above = this.assembleNow(parent.group ?? '', parent.artifact ?? '', parent.version, depth + 1);
    return above && this.#keep(label, inherit(own, above, label));
  }

  async #assemble(group: string, artifact: string, version: string, label: string, depth: number): Promise<Assembled | null> {
    const raw = await this.#poms.read(group, artifact, version);
    if (raw === null) return null;
    const own = this.#withProfiles(raw, label);
    const { parent } = raw.model;
    if (parent === undefined) return this.#keep(label, own);
    return this.#keep(label, inherit(own, await this.#parentOf(raw.model, parent, label, own.problems, depth + 1), label));
  }

  #keep(label: string, assembled: Assembled): Assembled {
    this.#ready.set(label, assembled);
    return assembled;
  }

  #withProfiles(raw: RawPom, label: string): Own {
    const { model } = raw;
    const fatal = checkRaw(model, label);
    if (fatal.length > 0) throw new PomProblemError(fatal);
    const problems: PomProblem[] = [];
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
    return {
      modelVersion,
      parent,
      group,
      artifact,
      version,
      packaging,
      modules,
      properties,
      dependencies,
      managed,
      relocation,
      fields,
      problems,
      lineage: [formatLabel(raw.group, raw.artifact, raw.version)],
    };
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
      const result = await this.#waits.waitFor(label, wanted, this.assemble(group, artifact, chosen, depth));
      if (result === null) {
        const why = `the parents form a cycle through ${escapeForDisplay(wanted, 300)}`;
        throw new PomProblemError([createProblem('invalid', 'parent-cycle', label, why)]);
      }
      assembled = result.value;
    } catch (error) {
      throw error instanceof PomProblemError && problems.length > 0 ? new PomProblemError([...problems, ...error.problems]) : error;
    }
    if (assembled === null) throw new PomProblemError([...problems, absentPom('parent POM', wanted, label)]);
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
    const matches = (await this.#poms.versions(group, artifact)).filter((candidate) => range.contains(candidate));
    const highest = matches.sort(compareVersions).at(-1);
    if (highest === undefined) throw noMatch('no version is within the range');
    if (range.intervals.at(-1)?.upper === null) throw noMatch('an upper bound is missing in the range');
    return highest;
  }
}

function inherit(own: Own, parent: Assembled, label: string): Assembled {
  const { problems } = own;
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
    lineage: [...own.lineage, ...parent.lineage],
  };
}

/** A POM with one of these as its version takes the version of its parent. */
const versionsOfParent: ReadonlySet<string> = new Set([
  '${pom.version}',
  '${project.version}',
  '${pom.parent.version}',
  '${project.parent.version}',
]);
