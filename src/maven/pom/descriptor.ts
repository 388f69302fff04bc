/**
 * Artifact descriptors: what a graph needs to know of a POM. Relocations are followed.
 *
 * Source of the rule: Maven 3.8.7 `DefaultArtifactDescriptorReader`, `ArtifactDescriptorReaderDelegate`.
 */
import { escapeForDisplay } from '../../base/escape.js';
import { baseVersion } from '../version/snapshot.js';
import { artifactType } from './artifact-type.js';
import { type EffectiveModel, endless, type ModelBuilder } from './effective.js';
import { formatLabel } from './label.js';
import { isTrue, type PomDependency, type PomExclusion } from './model.js';
import { decisiveProblem, type PomProblem, PomProblemError } from './problem.js';

/** An artifact of a graph. `version` may be a range or a word until it is resolved. */
export class GraphArtifact {
  /** What conflicts are decided by, and what makes a cycle: `group:artifact:extension:classifier`. */
  readonly id: string;
  /** `group:artifact`. */
  readonly name: string;
  private fullKey: string | null = null;

  constructor(
    readonly group: string,
    readonly artifact: string,
    readonly extension: string,
    readonly classifier: string,
    readonly version: string,
    /** The dependency type it came from; empty for a coordinate given by the user. */
    readonly type = '',
    /** Path of a system dependency: such an artifact has no POM. */
    readonly localPath: string | undefined = undefined,
    /** Reached by relocation: Maven 3.8.7 no longer resolves the version of such an artifact (a snapshot keeps its name). */
    readonly relocated = false,
    /** What the relocating POM says about it. */
    readonly relocationMessage: string | undefined = undefined,
  ) {
    this.name = `${group}:${artifact}`;
    this.id = `${this.name}:${extension}:${classifier}`;
  }

  /** Equal exactly for artifacts that Maven holds to be equal. */
  get key(): string {
    return (this.fullKey ??= `${this.id}:${this.version}|${this.type}|${this.localPath ?? ''}`);
  }

  /** A relocated artifact takes a managed version as well, and then no longer counts as relocated. */
  withVersion(version: string): GraphArtifact {
    if (version === this.version) return this;
    return new GraphArtifact(this.group, this.artifact, this.extension, this.classifier, version, this.type, this.localPath);
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

/** Takes artifacts out of a dependency's subtree. `*` matches any whole field. */
export interface GraphExclusion {
  readonly group: string;
  readonly artifact: string;
  readonly classifier: string;
  readonly extension: string;
}

export interface GraphDependency {
  readonly artifact: GraphArtifact;
  /** Empty in management that says nothing about it. */
  readonly scope: string;
  /** Undefined where nothing was said, which counts as false but manages nothing. */
  readonly optional: boolean | undefined;
  readonly exclusions: readonly GraphExclusion[];
}

export interface Descriptor {
  /** The artifact after relocations. */
  readonly artifact: GraphArtifact;
  /** Those it was reached through, in order; empty in the normal case. */
  readonly relocations: readonly GraphArtifact[];
  readonly dependencies: readonly GraphDependency[];
  /** Made on first use: only a graph's root needs it. */
  readonly managed: () => readonly GraphDependency[];
  /** Null when all was well. Kinds `missing` and `invalid` can be tolerated: then there are no dependencies. */
  readonly problem: PomProblem | null;
  /** All problems of the POM, for a person. */
  readonly problems: readonly PomProblem[];
  /** The POM files it was made from: `group:artifact:version`. */
  readonly sources: readonly string[];
}

const none: readonly GraphDependency[] = [];
/** Relocations in a row, before they are held to be endless. */
const maxRelocations = 100;

/** Reads each artifact's descriptor once per resolution. */
export class DescriptorReader {
  private readonly pending = new Map<string, Promise<Descriptor>>();
  /** Those that are ready: a collector that finds one here need not wait a turn. */
  readonly ready = new Map<string, Descriptor>();
  private readonly converted = new WeakMap<PomDependency, GraphDependency>();
  private readonly ofModels = new WeakMap<EffectiveModel, readonly GraphDependency[]>();

  constructor(private readonly models: ModelBuilder) {}

  /** Rejects only for what is no fault of a POM, such as an unreachable source. */
  read(artifact: GraphArtifact): Promise<Descriptor> {
    let descriptor = this.pending.get(artifact.key);
    if (descriptor === undefined) {
      descriptor = this.load(artifact).then((loaded) => {
        this.ready.set(artifact.key, loaded);
        return loaded;
      });
      descriptor.catch(() => undefined);
      this.pending.set(artifact.key, descriptor);
    }
    return descriptor;
  }

  private async load(requested: GraphArtifact): Promise<Descriptor> {
    const relocations: GraphArtifact[] = [];
    const sources: string[] = [];
    const visited = new Set<string>();
    let artifact = requested;
    const bad = (problems: readonly PomProblem[]): Descriptor => {
      const problem = decisiveProblem(problems) ?? null;
      return { artifact, relocations, dependencies: none, managed: () => none, problem, problems, sources };
    };
    for (;;) {
      let concrete = artifact.version;
      if (concrete === 'RELEASE' || concrete === 'LATEST') {
        const resolved = await this.models.poms.resolveVersion(artifact.group, artifact.artifact, concrete);
        if (resolved === null)
          return bad([
            {
              kind: 'version-unresolvable',
              reason: 'no-match',
              message: `no metadata says what version ${escapeForDisplay(artifact.toString(), 300)} is`,
            },
          ]);
        concrete = resolved;
      }
      const label = formatLabel(artifact.group, artifact.artifact, concrete);
      const step = formatLabel(artifact.group, artifact.artifact, baseVersion(artifact.relocated ? artifact.version : concrete));
      if (visited.has(step)) {
        const path = [...visited, step].map((entry) => escapeForDisplay(entry, 300)).join(' -> ');
        return bad([{ kind: 'invalid', reason: 'relocation-cycle', message: `artifact relocations form a cycle: ${path}` }]);
      }
      visited.add(step);
      if (visited.size > maxRelocations + 1) throw endless('relocations', label, maxRelocations);
      let model: EffectiveModel | null;
      try {
        model = await this.models.effective(artifact.group, artifact.artifact, concrete);
      } catch (error) {
        if (!(error instanceof PomProblemError)) throw error;
        return bad(error.problems);
      }
      if (model === null) return bad([{ kind: 'missing', reason: 'absent', message: `POM ${escapeForDisplay(label, 300)} is not there` }]);
      sources.push(...model.sources);
      const { relocation } = model;
      if (relocation === undefined) {
        const found = model;
        return {
          artifact,
          relocations,
          sources,
          problem: null,
          problems: [],
          dependencies: this.dependenciesOf(found),
          managed: () => found.managed.list().map((dependency) => this.convert(dependency)),
        };
      }
      // Without a version of its own, the relocation keeps the one that was read: of a snapshot the timestamped one.
      const version =
        relocation.version !== undefined && relocation.version !== '' ? relocation.version : await this.concreteVersion(artifact, concrete);
      relocations.push(artifact.relocated ? artifact : artifact.withVersion(await this.concreteVersion(artifact, concrete)));
      artifact = new GraphArtifact(
        nonEmpty(relocation.group) ?? artifact.group,
        nonEmpty(relocation.artifact) ?? artifact.artifact,
        artifact.extension,
        artifact.classifier,
        version,
        artifact.type,
        artifact.localPath,
        true,
        nonEmpty(relocation.message),
      );
    }
  }

  private async concreteVersion(artifact: GraphArtifact, version: string): Promise<string> {
    if (artifact.relocated) return artifact.version;
    return (await this.models.poms.resolveVersion(artifact.group, artifact.artifact, version)) ?? version;
  }

  private dependenciesOf(model: EffectiveModel): readonly GraphDependency[] {
    let dependencies = this.ofModels.get(model);
    if (dependencies === undefined) {
      dependencies = model.dependencies.map((dependency) => this.convert(dependency));
      this.ofModels.set(model, dependencies);
    }
    return dependencies;
  }

  private convert(dependency: PomDependency): GraphDependency {
    let converted = this.converted.get(dependency);
    if (converted === undefined) {
      converted = toGraphDependency(dependency);
      this.converted.set(dependency, converted);
    }
    return converted;
  }
}

/** A dependency as graphs know it. Exclusions of a POM match any extension and classifier. */
export function toGraphDependency(dependency: PomDependency): GraphDependency {
  const type = artifactType(dependency.type);
  const classifier = nonEmpty(dependency.classifier) ?? type.classifier;
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
