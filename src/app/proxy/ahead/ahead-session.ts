/** The look-ahead for one run of a build tool: reads POMs breadth first, and fetches the first version seen of each artifact. */
import { Gate } from '../../../base/async/gate.js';
import { type ArtifactCoordinate, completeCoordinate, type Dependency, type Exclusion } from '../../../maven/coordinate/coordinate.js';
import { type Descriptor, GraphArtifact, type GraphExclusion } from '../../../maven/pom/descriptor.js';
import type { PomSource } from '../../../maven/pom/pom-source.js';
import type { ProfileEnvironment } from '../../../maven/pom/profile.js';
import { createGraphResolver, type GraphResolver } from '../../../maven/resolver/resolve-graph.js';
import { compareVersions } from '../../../maven/version/order.js';
import { parseVersionRange } from '../../../maven/version/range.js';
import { classifyVersion } from '../../../maven/version/request.js';
import { addressOf, type AheadPoms, type FetchAhead } from './ahead-poms.js';

/** Files that are fetched at once, and POMs that are read at once: more would keep the tool's own requests waiting. */
const mostFiles = 8;
const mostDescriptors = 24;
/** Artifacts that are looked at: the limits of the POMs and of this bound what a hostile graph can cause. */
const mostArtifacts = 10_000;
/** Ranges that are looked up, and versions of one that are looked at: real POMs have few. */
const mostRanges = 200;
const mostOfRange = 8;
/** A deeper dependency was most likely seen before. */
const deepest = 50;

/** The direct dependencies of a build that has not asked for anything yet. */
export interface ExpectedDependencies {
  readonly dependencies: readonly Dependency[];
  /** Versions that the build prescribes for what its dependencies depend on. */
  readonly managed: readonly Dependency[];
}

/** Finds out what a build will ask for. POMs come through the proxy. */
export type FindExpected = (poms: PomSource, environment: ProfileEnvironment) => Promise<ExpectedDependencies>;

export interface AheadSessionOptions {
  readonly environment: ProfileEnvironment;
  readonly fetch: FetchAhead;
}

export class AheadSession {
  readonly #poms: AheadPoms;
  readonly #options: AheadSessionOptions;
  readonly #resolver: GraphResolver;
  /** `group:artifact:extension:classifier` of the files: of each, the first version seen is fetched. */
  readonly #seen = new Set<string>();
  /** POMs that were entered, by `group:artifact:version`. */
  readonly #entered = new Set<string>();
  /** Prescribed versions, by `group:artifact:extension:classifier`. */
  readonly #managed = new Map<string, string>();
  /** `group:artifact:extension:classifier` of the ranges that were looked up. */
  readonly #ranges = new Set<string>();
  readonly #files = new Gate(mostFiles);
  readonly #descriptors = new Gate(mostDescriptors);
  readonly #over = new AbortController();
  /** POMs that are being read. */
  #reading = 0;
  /** Files that are being fetched, or wait for their turn. */
  #fetching = 0;
  /** Starts of downloads that wait until no POM is being read. */
  readonly #waiting: (() => void)[] = [];

  constructor(poms: AheadPoms, options: AheadSessionOptions) {
    this.#poms = poms;
    this.#options = options;
    this.#resolver = createGraphResolver(poms, options.environment);
    poms.onRead = ({ group, artifact, version }, packaging) => {
      // Maven looks into the jar of a plugin before it asks for anything else.
      if (packaging === 'maven-plugin') this.#fetchFile(new GraphArtifact(group, artifact, 'jar', '', version), 'first');
    };
  }

  /** Looks ahead from a POM that the tool asks for. */
  enter({ group, artifact, version }: ArtifactCoordinate): void {
    const root = new GraphArtifact(group, artifact, 'jar', '', version);
    if (this.#poms.packagingOf(group, artifact, version) !== null) return;
    void this.#look(root, none, 0);
  }

  /** Looks ahead from the plugin whose version Maven is about to choose. Never rejects. */
  async enterPlugin(group: string, artifact: string): Promise<void> {
    try {
      const version = await this.#poms.resolveVersion(group, artifact, 'RELEASE');
      if (version !== null) this.enter({ group, artifact, version, extension: 'pom', classifier: '' });
    } catch {
      // Maven will ask for the version that it chooses.
    }
  }

  /** Looks ahead from the direct dependencies of a build. Rejects if these cannot be found out. */
  async expect(find: FindExpected): Promise<void> {
    const { dependencies, managed } = await find(this.#poms, this.#options.environment);
    for (const one of managed) if (one.version !== '') this.#managed.set(graphArtifact(one).id, one.version);
    for (const one of dependencies) {
      const artifact = graphArtifact(one);
      if (one.localRoot !== undefined) continue;
      this.#go(artifact, (one.exclusions ?? []).map(graphExclusion), 1);
    }
  }

  /** Whether it has fetched all that it may. What it knows of thousands of POMs is then of no more use. */
  get isDone(): boolean {
    return this.#poms.isExhausted && this.#reading === 0 && this.#fetching === 0;
  }

  end(): void {
    this.#over.abort(new Error('the tool is done'));
    this.#poms.end();
  }

  /** Reads the descriptor, starts the downloads of what it names, and goes on from there. Never rejects. */
  async #look(artifact: GraphArtifact, excluded: readonly GraphExclusion[], depth: number): Promise<void> {
    const label = `${artifact.name}:${artifact.version}`;
    if (this.#isOver || this.#entered.has(label) || this.#entered.size >= mostArtifacts) return;
    this.#entered.add(label);
    this.#reading += 1;
    try {
      const descriptor = await this.#descriptors.run(() => this.#resolver.descriptor(artifact), this.#over.signal);
      if (depth === 0) this.#fetchRoot(artifact);
      this.#follow(descriptor, excluded, depth);
    } catch {
      // The tool will ask for it itself, and see the error.
    } finally {
      this.#reading -= 1;
      if (this.#reading === 0) for (const start of this.#waiting.splice(0)) start();
    }
  }

  /** The POM that the tool asks for first is mostly that of a dependency; parents and BOMs have no file of their own. */
  #fetchRoot(artifact: GraphArtifact): void {
    const { group, artifact: name, version } = artifact;
    const packaging = this.#poms.packagingOf(group, name, version);
    if (packaging !== null && packaging !== 'pom') this.#fetchFile(artifact);
  }

  #follow({ dependencies }: Descriptor, excluded: readonly GraphExclusion[], depth: number): void {
    if (depth >= deepest) return;
    for (const { artifact: declared, scope, optional, exclusions } of dependencies) {
      const artifact = declared.withVersion(this.#managed.get(declared.id) ?? declared.version);
      if (optional === true || !isTransitive(scope) || artifact.localPath !== undefined) continue;
      if (excluded.some((exclusion) => excludes(exclusion, artifact))) continue;
      // Tools read the POMs of all versions that are named, and decide then.
      this.#go(artifact, exclusions.length === 0 ? excluded : [...excluded, ...exclusions], depth + 1);
    }
  }

  /** Fetches a dependency, and looks ahead from it. */
  #go(artifact: GraphArtifact, excluded: readonly GraphExclusion[], depth: number): void {
    if (classifyVersion(artifact.version) === 'range') return void this.#goThroughRange(artifact, excluded, depth);
    this.#fetchFile(artifact);
    void this.#look(artifact, excluded, depth);
  }

  /** Maven reads the POMs of all versions in a range, and takes the newest that nothing else decides. Never rejects. */
  async #goThroughRange(artifact: GraphArtifact, excluded: readonly GraphExclusion[], depth: number): Promise<void> {
    if (this.#isOver || this.#ranges.has(artifact.id) || this.#ranges.size >= mostRanges) return;
    this.#ranges.add(artifact.id);
    try {
      const range = parseVersionRange(artifact.version);
      const known = await this.#poms.versions(artifact.group, artifact.artifact);
      const newest = known
        .filter((version) => range.contains(version))
        .sort(compareVersions)
        .slice(-mostOfRange)
        .reverse();
      for (const [index, version] of newest.entries()) {
        const one = artifact.withVersion(version);
        if (index === 0) this.#fetchFile(one);
        void this.#look(one, excluded, depth);
      }
    } catch {
      // The tool will ask for the versions itself.
    }
  }

  #fetchFile(artifact: GraphArtifact, turn: 'first' | 'after POMs' = 'after POMs'): void {
    if (this.#isOver || this.#seen.has(artifact.id) || this.#seen.size >= mostArtifacts) return;
    this.#seen.add(artifact.id);
    const { group, artifact: name, version, extension, classifier } = artifact;
    const coordinate = { group, artifact: name, version, extension, classifier };
    const fetch = async (): Promise<void> => {
      const address = addressOf(await this.#poms.settle(coordinate));
      if (address !== null) await this.#options.fetch(address);
    };
    this.#fetching += 1;
    const fetched = (): void => void (this.#fetching -= 1);
    const start = (): void => void this.#files.run(fetch, this.#over.signal).then(fetched, fetched);
    // A tool asks for all POMs before the first file: these go first.
    if (this.#reading > 0 && turn !== 'first') this.#waiting.push(start);
    else start();
  }

  get #isOver(): boolean {
    return this.#over.signal.aborted;
  }
}

const none: readonly GraphExclusion[] = [];

function graphArtifact(dependency: Dependency): GraphArtifact {
  const { group, artifact, extension, classifier, version } = completeCoordinate(dependency);
  return new GraphArtifact(group, artifact, extension, classifier, version);
}

function graphExclusion({ group, artifact, classifier = '*', extension = '*' }: Exclusion): GraphExclusion {
  return { group, artifact, classifier, extension };
}

function isTransitive(scope: string): boolean {
  return scope === '' || scope === 'compile' || scope === 'runtime';
}

function excludes({ group, artifact }: GraphExclusion, dependency: GraphArtifact): boolean {
  return (group === '*' || group === dependency.group) && (artifact === '*' || artifact === dependency.artifact);
}
