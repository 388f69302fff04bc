/**
 * Artifact descriptors: the part of a POM that a graph needs, read after following relocations.
 *
 * Source of the rule: Maven 3.8.7 `DefaultArtifactDescriptorReader`, `ArtifactDescriptorReaderDelegate`.
 */
import { escapeForDisplay } from '../../base/escape.js';
import { baseVersion } from '../version/snapshot.js';
import { artifactType } from './artifact-type.js';
import { endlessChain } from './chain.js';
import type { EffectiveModel, ModelBuilder } from './effective.js';
import { formatLabel } from './label.js';
import { isTrue, type PomDependency, type PomExclusion, type PomRelocation } from './model.js';
import { createProblem, decisiveProblem, type PomProblem, PomProblemError } from './problem.js';

/** An artifact in a graph. Until it is resolved, `version` may be a range, `RELEASE` or `LATEST`. */
export class GraphArtifact {
  /** Identifies the artifact in conflicts and cycles: `group:artifact:extension:classifier`. */
  readonly id: string;
  /** `group:artifact`. */
  readonly name: string;
  #fullKey: string | null = null;

  constructor(
    readonly group: string,
    readonly artifact: string,
    readonly extension: string,
    readonly classifier: string,
    readonly version: string,
    /** Type of the dependency it came from; empty for a coordinate given by the user. */
    readonly type = '',
    /** Path of a system dependency, which has no POM. */
    readonly localPath: string | undefined = undefined,
    /** Whether it was reached by relocation: Maven 3.8.7 no longer resolves the version of such an artifact (a snapshot keeps its name). */
    readonly relocated = false,
    /** The message in the relocating POM. */
    readonly relocationMessage: string | undefined = undefined,
  ) {
    this.name = `${group}:${artifact}`;
    this.id = `${this.name}:${extension}:${classifier}`;
  }

  /** Equal exactly for artifacts that Maven considers equal. */
  get key(): string {
    return (this.#fullKey ??= `${this.id}:${this.version}|${this.type}|${this.localPath ?? ''}`);
  }

  /** Returns the artifact with another version. A relocated artifact may change its version, too, and then no longer counts as relocated. */
  withVersion(version: string): GraphArtifact {
    if (version === this.version) return this;
    return new GraphArtifact(this.group, this.artifact, this.extension, this.classifier, version, this.type, this.localPath);
  }

  withClassifier(classifier: string): GraphArtifact {
    return new GraphArtifact(
      this.group,
      this.artifact,
      this.extension,
      classifier,
      this.version,
      this.type,
      this.localPath,
      this.relocated,
      this.relocationMessage,
    );
  }

  withLocalPath(localPath: string | undefined): GraphArtifact {
    if (localPath === this.localPath) return this;
    return new GraphArtifact(
      this.group,
      this.artifact,
      this.extension,
      this.classifier,
      this.version,
      this.type,
      localPath,
      this.relocated,
      this.relocationMessage,
    );
  }

  /** `group:artifact:extension[:classifier]:version`. */
  toString(): string {
    return `${this.group}:${this.artifact}:${this.extension}${this.classifier === '' ? '' : ':' + this.classifier}:${this.version}`;
  }
}

/** Removes artifacts from a dependency's subtree. `*` matches any value of a field. */
export interface GraphExclusion {
  readonly group: string;
  readonly artifact: string;
  readonly classifier: string;
  readonly extension: string;
}

export interface GraphDependency {
  readonly artifact: GraphArtifact;
  /** Empty in a management entry without a scope. */
  readonly scope: string;
  /** Undefined if not declared, which reads as false but manages nothing. */
  readonly optional: boolean | undefined;
  readonly exclusions: readonly GraphExclusion[];
}

export interface Descriptor {
  /** The artifact after relocations. */
  readonly artifact: GraphArtifact;
  /** The artifacts it was relocated from, in order; usually empty. */
  readonly relocations: readonly GraphArtifact[];
  readonly dependencies: readonly GraphDependency[];
  /** Computed when called, because only a graph's root needs it. */
  readonly managed: () => readonly GraphDependency[];
  /** The artifact whose POM has the problem: for `LATEST` and `RELEASE` with the version that was read. */
  readonly problemAt: GraphArtifact;
  /** Null if the POM is valid. `missing` and `invalid` can be tolerated; the artifact then has no dependencies. */
  readonly problem: PomProblem | null;
  /** All problems of the POM, for display. */
  readonly problems: readonly PomProblem[];
  /** The POM files it was built from: `group:artifact:version`. */
  readonly sources: readonly string[];
}

/** The state of following relocations from a requested artifact. */
interface Trail {
  artifact: GraphArtifact;
  readonly relocations: GraphArtifact[];
  readonly sources: string[];
  /** Labels of the artifacts that were relocated so far, in order. */
  readonly visited: string[];
}

const none: readonly GraphDependency[] = [];
const noArtifacts: readonly GraphArtifact[] = [];
/** Longest chain of relocations; a longer one is treated as endless. */
const maxRelocations = 100;

/** Reads each artifact's descriptor once per resolution. */
export class DescriptorReader {
  readonly #models: ModelBuilder;
  readonly #pending = new Map<string, Promise<Descriptor>>();
  /** Finished descriptors. */
  readonly #ready = new Map<string, Descriptor>();
  /** Models that inherit a dependency share it: its exclusions are compared by identity. */
  readonly #converted = new Map<PomDependency, GraphDependency>();
  readonly #ofModels = new Map<EffectiveModel, readonly GraphDependency[]>();

  constructor(models: ModelBuilder) {
    this.#models = models;
  }

  /** Rejects only for reasons outside the POM, such as an unreachable source. */
  read(artifact: GraphArtifact): Promise<Descriptor> {
    const ready = this.#ready.get(artifact.key);
    if (ready !== undefined) return Promise.resolve(ready);
    let descriptor = this.#pending.get(artifact.key);
    if (descriptor === undefined) {
      descriptor = this.#load(artifact).then((loaded) => {
        this.#ready.set(artifact.key, loaded);
        return loaded;
      });
      descriptor.catch(() => undefined);
      this.#pending.set(artifact.key, descriptor);
    }
    return descriptor;
  }

  /**
   * Returns the descriptor if it takes no waiting: it was read before, or its POMs are there at once. Otherwise undefined, also
   * if the POM has problems or is relocated: {@link DescriptorReader.read} follows these.
   */
  readNow(artifact: GraphArtifact): Descriptor | undefined {
    const { key, version } = artifact;
    const ready = this.#ready.get(key);
    if (ready !== undefined) return ready;
    if (version === 'RELEASE' || version === 'LATEST' || this.#pending.has(key)) return undefined;
    const model = this.#models.effectiveNow(artifact.group, artifact.artifact, version);
    if (model === undefined || model.relocation !== undefined) return undefined;
    const descriptor = this.#describe({ artifact, relocations: noArtifacts, sources: model.sources }, model);
    this.#ready.set(key, descriptor);
    return descriptor;
  }

  async #load(artifact: GraphArtifact): Promise<Descriptor> {
    const trail: Trail = { artifact, relocations: [], sources: [], visited: [] };
    for (;;) {
      const descriptor = await this.#step(trail);
      if (descriptor !== null) return descriptor;
    }
  }

  /** Reads one POM. Returns its descriptor, or null after moving the trail on to the target of its relocation. */
  async #step(trail: Trail): Promise<Descriptor | null> {
    const { artifact } = trail;
    let { version } = artifact;
    if (version === 'RELEASE' || version === 'LATEST') {
      const resolved = await this.#models.poms.resolveVersion(artifact.group, artifact.artifact, version);
      if (resolved === null) {
        const label = formatLabel(artifact.group, artifact.artifact, version);
        return failed(
          trail,
          [createProblem('version-unresolvable', 'no-match', label, 'the metadata does not say which version this is')],
          version,
        );
      }
      version = resolved;
    }
    const label = formatLabel(artifact.group, artifact.artifact, version);
    const cycle = cycleOf(trail, version, label);
    if (cycle !== null) return failed(trail, [cycle], version);
    let model: EffectiveModel | null;
    try {
      model = await this.#models.effective(artifact.group, artifact.artifact, version);
    } catch (error) {
      if (!(error instanceof PomProblemError)) throw error;
      return failed(trail, error.problems, version);
    }
    if (model === null) return failed(trail, [createProblem('missing', 'absent', label, 'no repository has it')], version);
    trail.sources.push(...model.sources);
    if (model.relocation === undefined) return this.#describe(trail, model);
    // A relocation without a version keeps the one that was read: of a snapshot, the timestamped one.
    const read = await this.#concreteVersion(artifact, version);
    trail.visited.push(visitedLabel(artifact, version));
    trail.relocations.push(artifact.withVersion(read));
    trail.artifact = relocate(artifact, model.relocation, read);
    return null;
  }

  #describe(
    { artifact, relocations, sources }: Pick<Descriptor, 'artifact' | 'relocations' | 'sources'>,
    model: EffectiveModel,
  ): Descriptor {
    let dependencies = this.#ofModels.get(model);
    if (dependencies === undefined)
      this.#ofModels.set(model, (dependencies = model.dependencies.map((dependency) => this.#convert(dependency))));
    return {
      artifact,
      relocations,
      sources,
      problemAt: artifact,
      problem: null,
      problems: [],
      dependencies,
      managed: () => model.managed.list().map((dependency) => this.#convert(dependency)),
    };
  }

  async #concreteVersion(artifact: GraphArtifact, version: string): Promise<string> {
    if (artifact.relocated) return artifact.version;
    return (await this.#models.poms.resolveVersion(artifact.group, artifact.artifact, version)) ?? version;
  }

  #convert(dependency: PomDependency): GraphDependency {
    let converted = this.#converted.get(dependency);
    if (converted === undefined) {
      converted = toGraphDependency(dependency);
      this.#converted.set(dependency, converted);
    }
    return converted;
  }
}

function failed({ artifact, relocations, sources }: Trail, problems: readonly PomProblem[], version: string): Descriptor {
  const problem = decisiveProblem(problems) ?? null;
  const problemAt = artifact.withVersion(version);
  return { artifact, relocations, dependencies: none, managed: () => none, problemAt, problem, problems, sources };
}

/** Returns a problem if relocations lead back to an artifact that was visited before. */
function cycleOf({ artifact, visited }: Trail, version: string, label: string): PomProblem | null {
  if (visited.length === 0) return null;
  const step = visitedLabel(artifact, version);
  if (visited.includes(step)) {
    const path = [...visited, step].map((entry) => escapeForDisplay(entry, 300)).join(' -> ');
    return createProblem('invalid', 'relocation-cycle', label, `its relocations form a cycle: ${path}`);
  }
  if (visited.length > maxRelocations) throw endlessChain('relocations', label, maxRelocations);
  return null;
}

function visitedLabel({ group, artifact, version, relocated }: GraphArtifact, read: string): string {
  return formatLabel(group, artifact, baseVersion(relocated ? version : read));
}

function relocate(artifact: GraphArtifact, relocation: PomRelocation, version: string): GraphArtifact {
  return new GraphArtifact(
    nonEmpty(relocation.group) ?? artifact.group,
    nonEmpty(relocation.artifact) ?? artifact.artifact,
    artifact.extension,
    artifact.classifier,
    nonEmpty(relocation.version) ?? version,
    artifact.type,
    artifact.localPath,
    true,
    nonEmpty(relocation.message),
  );
}

/** Converts a POM's dependency to one of a graph. Exclusions in a POM match any extension and classifier. */
export function toGraphDependency(dependency: PomDependency): GraphDependency {
  const type = artifactType(dependency.type);
  // An empty classifier is one, and replaces that of the type (`DefaultArtifact` of Maven Resolver).
  const classifier = dependency.classifier ?? type.classifier;
  const artifact = new GraphArtifact(
    dependency.group ?? '',
    dependency.artifact ?? '',
    type.extension,
    classifier,
    dependency.version ?? '',
    dependency.type,
    nonEmpty(dependency.systemPath),
  );
  return {
    artifact,
    scope: dependency.scope ?? '',
    optional: dependency.optional === undefined ? undefined : isTrue(dependency.optional),
    exclusions: uniqueExclusions(dependency.exclusions).map(({ group, artifact: name }) => ({
      group,
      artifact: name,
      classifier: '*',
      extension: '*',
    })),
  };
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === undefined || text === '' ? undefined : text;
}

function uniqueExclusions(exclusions: readonly PomExclusion[]): readonly PomExclusion[] {
  if (exclusions.length < 2) return exclusions;
  return [...new Map(exclusions.map((exclusion) => [`${exclusion.group}:${exclusion.artifact}`, exclusion])).values()];
}
