/** Fetches all that a project needs through the proxy's own downloads: a tool that asks for it later finds it in the cache. */
import { Gate } from '../../../base/async/gate.js';
import type { EventListener } from '../../../base/event.js';
import { coordinateOf, toGraph, toLocalLibraries } from '../../../fetch/resolution/graph-dependency.js';
import { pomParser } from '../../../fetch/resolution/pom-parser.js';
import type { Reactor } from '../../../maven/build-file/maven/reactor.js';
import type { ProjectModel } from '../../../maven/build-file/model/model.js';
import { formatLabel } from '../../../maven/pom/label.js';
import type { PomSource } from '../../../maven/pom/pom-source.js';
import type { ProfileEnvironment } from '../../../maven/pom/profile.js';
import type { FlatNode, ResolvedGraph } from '../../../maven/resolver/graph/flatten.js';
import { createGraphResolver } from '../../../maven/resolver/resolve-graph.js';
import { builtInRepositories } from '../../../network/mirrors/built-in.js';
import type { Repository } from '../../../network/mirrors/repository.js';
import { dependencyGraph, pluginGraph, type ProjectGraph, repositoriesOf } from '../../project/graphs.js';
import type { ProjectOptions } from '../../project/options.js';
import { readProject } from '../../project/read-project.js';
import { addressOf, type AheadPoms, type FetchAhead } from '../ahead/ahead-poms.js';
import type { Prefetched } from './prefetched.js';

/** Files in progress: more than there are connections. */
const mostAtOnce = 128;

export interface ProjectFilesOptions {
  /** Read through the proxy, so that they are in the cache afterwards. */
  readonly poms: AheadPoms;
  readonly fetch: FetchAhead;
  readonly environment: ProfileEnvironment;
  /** Those that the proxy serves. */
  readonly repositories: readonly Repository[];
  readonly project: Pick<ProjectOptions, 'profiles' | 'aliases' | 'clojure' | 'plugins'>;
  readonly prefetched: Prefetched;
  readonly signal: AbortSignal;
  readonly emit: EventListener;
}

export class ProjectFiles {
  readonly #options: ProjectFilesOptions;
  readonly #gate = new Gate(mostAtOnce);

  constructor(options: ProjectFilesOptions) {
    this.#options = options;
  }

  /**
   * Resolves the project as its tool will, and fetches the files of all its scopes, plugins and modules. A file that fails is noted.
   * @throws ClojarsFetchError as `readProject`; as `Client.resolveDependencies` for a graph that cannot be resolved
   */
  async fetch(file: string): Promise<void> {
    const { project, environment, poms } = this.#options;
    const { model, reactor } = await readProject(file, {
      ...project,
      environment: () => Promise.resolve(environment),
      poms: () => poms,
    });
    await this.#fetchModel(model, reactor);
  }

  async #fetchModel(model: ProjectModel, reactor: Reactor | null): Promise<void> {
    const { project } = this.#options;
    this.#warn(model);
    const graphs = [dependencyGraph(model, reactor, repositoriesOf(model), project), pluginGraph(model, project)];
    for (const graph of graphs) if (graph !== null) await this.#fetchGraph(graph);
    for (const module of model.modules) await this.#fetchModel(module, reactor);
  }

  async #fetchGraph({ roots, options }: ProjectGraph): Promise<void> {
    const { poms, environment, signal } = this.#options;
    const { managed = [], localPoms = new Map<string, Uint8Array>(), conflicts, scopes = [] } = options;
    const request = {
      root: null,
      dependencies: roots.map((root) => toGraph(root, 'compile')),
      managed: managed.map((one) => toGraph(one, '')),
    };
    const resolver = createGraphResolver(localFirst(poms, localPoms), environment);
    const graph: ResolvedGraph = await resolver.resolve(request, { conflicts, localLibraries: toLocalLibraries(options), signal });
    const isWanted = ({ node: { artifact, scope } }: FlatNode): boolean =>
      artifact?.localPath === undefined &&
      scopes.includes(scope) &&
      artifact !== null &&
      !localPoms.has(formatLabel(artifact.group, artifact.artifact, artifact.version));
    await Promise.all(graph.nodes.filter(isWanted).map((flat) => this.#fetchNode(flat)));
  }

  /** Never rejects: the other files are fetched all the same. */
  async #fetchNode({ node: { artifact } }: FlatNode): Promise<void> {
    const { poms, fetch, signal, prefetched } = this.#options;
    if (artifact === null) return;
    try {
      await this.#gate.run(async () => {
        const address = addressOf(await poms.settle(coordinateOf(artifact)));
        if (address !== null) await fetch(address);
      }, signal);
    } catch (error) {
      prefetched.failed(error);
    }
  }

  /** Tells what the build needs besides. */
  #warn({ file, repositories, notOurs, problems }: ProjectModel): void {
    const { emit, repositories: served } = this.#options;
    const canonical = served.flatMap(({ mirrors }) => mirrors.filter((mirror) => mirror.canonical).map((mirror) => mirror.url.href));
    // If other repositories were given in place of the built-in ones, that was meant.
    const known = [...canonical, ...builtInRepositories.flatMap(({ url, mirrors }) => [url, ...mirrors.map((mirror) => mirror.url)])];
    const isServed = (url: string): boolean => known.some((one) => sameUrl(one, url));
    const messages = [
      ...repositories
        .filter(({ url }) => !isServed(url))
        .map(({ id }) => `the proxy has no repository with the URL of ${id}: files that only ${id} has are not fetched`),
      ...notOurs
        .filter(({ kind }) => kind === 'git' || kind === 'opaque')
        .map(({ name }) => `${name} does not come from a Maven repository`),
      ...problems.map(({ message }) => message),
    ];
    for (const message of messages) emit({ type: 'warning', warning: 'prefetch', message: `${file}: ${message}` });
  }
}

function sameUrl(one: string, other: string): boolean {
  return one.replace(/\/+$/, '') === other.replace(/\/+$/, '');
}

/** POMs of the project's own modules are read from this disk. */
function localFirst(poms: PomSource, localPoms: ReadonlyMap<string, Uint8Array>): PomSource {
  return {
    async read(group, artifact, version) {
      const label = formatLabel(group, artifact, version);
      const local = localPoms.get(label);
      return local === undefined ? poms.read(group, artifact, version) : (await pomParser())(local, label);
    },
    versions: (group, artifact) => poms.versions(group, artifact),
    resolveVersion: (group, artifact, version) =>
      localPoms.has(formatLabel(group, artifact, version)) ? Promise.resolve(version) : poms.resolveVersion(group, artifact, version),
  };
}
