/**
 * Resolves a closure: computes the graph from POMs, mediates it, and fetches the verified files of the remaining nodes
 * into the local repository.
 *
 * Every POM and artifact is resolved like a single file (resolve-file.ts): group bindings, the order of repositories and
 * the required proofs apply to each node of the graph.
 */
import { statSync } from 'node:fs';

import type { GraphRequest } from '../../local/lockfile/digest.js';
import type { Dependency } from '../../maven/coordinate/coordinate.js';
import { formatLibrary } from '../../maven/coordinate/format.js';
import type { GraphArtifact } from '../../maven/pom/descriptor.js';
import { formatLabel } from '../../maven/pom/label.js';
import type { ProfileEnvironment } from '../../maven/pom/profile.js';
import type { FlatNode, ResolvedGraph } from '../../maven/resolver/graph/flatten.js';
import type { CollectRequest } from '../../maven/resolver/graph/request.js';
import { createGraphResolver } from '../../maven/resolver/resolve-graph.js';
import type { ResolvedArtifact } from '../artifact.js';
import type { Context } from '../context.js';
import { downloadAll, type Downloads } from './download.js';
import { EarlyDownloads } from './early.js';
import { coordinateOf, formatArtifact, toLocalLibraries } from './graph-dependency.js';
import { createRememberingSource, type GraphRules, type RememberingSource } from './lock-trace.js';
import { RootPoms } from './packaging.js';
import { RepositoryPomSource } from './pom-source.js';
import type { DependencyOptions, LocalLibrary, Resolution, ResolutionProblem, ResolvedDependency } from './resolution.js';
import { readRequest } from './roots.js';
import { explainDependency, treeOf } from './tree.js';

const defaultScopes: readonly string[] = ['compile', 'runtime'];

/**
 * @throws ClojarsFetchError ERR_POM, ERR_RANGE, ERR_LIMIT for graphs that cannot be resolved, and any error of a single
 * file. If several files fail, the first in class path order is reported.
 */
export async function resolveDependencies(
  context: Context,
  roots: readonly (string | Dependency)[],
  options: DependencyOptions,
  environment: ProfileEnvironment,
): Promise<Resolution> {
  const closure = new Closure(context, options, environment);
  const { graph, downloads } = await closure.resolve(roots);
  const { files, attached } = downloads;
  const problems = problemsOf(graph);
  for (const { kind, message } of problems) context.run.emit({ type: 'warning', warning: `dependency-${kind}`, message });
  return {
    dependencies: graph.nodes.filter((flat) => !isLocal(flat)).map((flat) => describe(flat, files.get(flat) ?? null)),
    localLibraries: localLibrariesOf(graph),
    poms: pomsOf(graph.sources, closure.source),
    attachments: attached,
    problems,
    cycles: graph.cycles.map(({ path }) => path),
    tree: () => treeOf(graph.root),
    explain: (group, artifact) => explainDependency(graph.root, group, artifact),
  };
}

/** The steps from a request to the downloaded files, for one resolution. */
class Closure {
  readonly source: RepositoryPomSource;
  readonly #context: Context;
  readonly #options: DependencyOptions;
  readonly #environment: ProfileEnvironment;
  readonly #rootPoms: RootPoms;
  /** Set while a lockfile is being made. */
  readonly #remembering: RememberingSource | null;
  readonly #early: EarlyDownloads;

  constructor(context: Context, options: DependencyOptions, environment: ProfileEnvironment) {
    this.source = new RepositoryPomSource(context, options.localPoms);
    this.#context = context;
    this.#options = options;
    this.#environment = environment;
    this.#rootPoms = new RootPoms(this.source);
    this.#remembering = context.run.lock?.recorder ? createRememberingSource(this.#rootPoms) : null;
    this.#early = new EarlyDownloads(context);
  }

  async resolve(roots: readonly (string | Dependency)[]): Promise<{ readonly graph: ResolvedGraph; readonly downloads: Downloads }> {
    const context = this.#context;
    const { attachments = [] } = this.#options;
    const { lock } = context.run;
    const asked = lock ? (await import('./lock-request.js')).graphRequest(roots, this.#options) : null;
    if (lock && asked) lock.checkRequest(asked);
    try {
      const request = await readRequest(context, roots, this.#options, this.#rootPoms);
      const graph = await this.#collect(request);
      const wanted = graph.nodes.filter((flat) => this.#isWanted(flat));
      this.#early.decide(wanted.flatMap(({ node }) => node.artifact ?? []));
      const downloads = await downloadAll(context, this.source, wanted, attachments, this.#early);
      if (asked) await this.#record(asked, request, downloads);
      return { graph, downloads };
    } finally {
      // After an error too: nothing may continue in the background.
      this.#early.decide([]);
      await Promise.all([this.#early.end(), this.source.end()]);
    }
  }

  #collect(request: CollectRequest): Promise<ResolvedGraph> {
    const { download = true, scopes = defaultScopes } = this.#options;
    const onExpected = (artifact: GraphArtifact, rootScope: string): void => {
      if (download && scopes.includes(rootScope) && !this.#isBuiltHere(artifact)) this.#early.expect(artifact);
    };
    const resolver = createGraphResolver(this.#remembering ?? this.#rootPoms, this.#environment);
    return resolver.resolve(request, { ...this.#rules(), recordExcluded: true, onExpected, signal: this.#context.run.signal });
  }

  #rules(): GraphRules {
    return { conflicts: this.#options.conflicts, localLibraries: toLocalLibraries(this.#options) };
  }

  #isBuiltHere({ group, artifact, version }: GraphArtifact): boolean {
    return this.#options.localPoms?.has(formatLabel(group, artifact, version)) === true;
  }

  #isWanted({ node: { artifact, scope } }: FlatNode): boolean {
    const { download = true, scopes = defaultScopes } = this.#options;
    if (!download || scope === 'system' || !scopes.includes(scope)) return false;
    return artifact === null || (artifact.localPath === undefined && !this.#isBuiltHere(artifact));
  }

  /** Records the graph in the lockfile that is being made. */
  async #record(asked: GraphRequest, request: CollectRequest, { files, attached, absent }: Downloads): Promise<void> {
    const { recorder } = this.#context.run.lock ?? {};
    if (!recorder || !this.#remembering) return;
    const { labels, ranges } = await this.#remembering.trace(request, this.#environment, this.#rules(), this.#context.run.signal);
    const read = new Set([...labels, ...this.#rootPoms.labels]);
    recorder.graph({
      request: asked,
      files: [...files.values(), ...attached].map(({ path }) => path),
      poms: [...read].flatMap((label) => this.source.paths.get(label) ?? []),
      labels: read,
      ranges,
      absent,
    });
  }
}

/** Returns the POMs of these labels. An absent POM is reported as a problem instead. */
export function pomsOf(sources: readonly string[], { found }: RepositoryPomSource): readonly ResolvedArtifact[] {
  return [...new Set(sources)].sort().flatMap((label) => found.get(label) ?? []);
}

function describe({ node, depth }: FlatNode, file: ResolvedArtifact | null): ResolvedDependency {
  const { artifact, scope, optional, relocations } = node;
  if (artifact === null) throw new TypeError('the anonymous root is not a dependency');
  return {
    coordinate: formatArtifact(artifact),
    ...coordinateOf(artifact),
    scope,
    optional,
    depth,
    path: file?.path ?? null,
    size: file?.size ?? null,
    sha256: file?.sha256 ?? null,
    repository: file?.repository ?? null,
    mirror: file?.mirror ?? null,
    verification: file?.verification ?? null,
    relocatedFrom: relocations.map(formatArtifact),
  };
}

/** Whether the node is a library on this disk: it is part of the graph, but is not a dependency to fetch. */
function isLocal({ node: { artifact, scope } }: FlatNode): boolean {
  return scope !== 'system' && artifact?.localPath !== undefined;
}

function localLibrariesOf({ nodes }: ResolvedGraph): readonly LocalLibrary[] {
  let position = 0;
  return nodes.flatMap((flat): readonly LocalLibrary[] => {
    const { artifact } = flat.node;
    if (artifact?.localPath === undefined || !isLocal(flat)) {
      position += 1;
      return [];
    }
    const path = artifact.localPath;
    return [{ name: formatLibrary(artifact), path, kind: isFile(path) ? 'jar' : 'folder', position }];
  });
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

function problemsOf({ problems, nodes }: ResolvedGraph): readonly ResolutionProblem[] {
  const ofPoms = problems.flatMap(({ artifact, problem }): ResolutionProblem[] => {
    const { kind, reason, message } = problem;
    if (kind !== 'missing' && kind !== 'invalid') return [];
    const coordinate = formatArtifact(artifact);
    const said = kind === 'missing' ? `${coordinate} has no POM: it` : `${message.replace(/\.$/, '')}; ${coordinate}`;
    return [{ coordinate, kind, reason, message: `${said} is treated as an artifact without dependencies` }];
  });
  const ofNodes = nodes.flatMap((flat): ResolutionProblem[] => {
    const { artifact, scope, relocations, movedTo } = flat.node;
    if (artifact === null || isLocal(flat)) return [];
    if (scope !== 'system' && movedTo === null && relocations.length === 0) return [];
    const coordinate = formatArtifact(artifact);
    const result: ResolutionProblem[] = [];
    if (scope === 'system' || artifact.localPath !== undefined) {
      result.push({
        coordinate,
        kind: 'system',
        reason: 'system',
        message: `${coordinate} has scope system: it is a file on a particular machine${artifact.localPath === undefined ? '' : `, ${artifact.localPath}`}, and is not fetched`,
      });
    }
    if (movedTo !== null) {
      result.push({
        coordinate,
        kind: 'relocated',
        reason: 'relocated',
        message: `${coordinate} has moved to ${formatArtifact(movedTo)}; tools.deps takes the dependencies from there, but the file from the old place`,
      });
    }
    const from = relocations[0];
    if (from !== undefined) {
      const said = artifact.relocationMessage === undefined ? '' : `: ${artifact.relocationMessage}`;
      result.push({
        coordinate,
        kind: 'relocated',
        reason: 'relocated',
        message: `${formatArtifact(from)} has moved to ${coordinate}${said}`,
      });
    }
    return result;
  });
  return [...ofPoms, ...ofNodes];
}
