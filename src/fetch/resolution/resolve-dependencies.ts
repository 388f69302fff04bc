/**
 * Resolves a closure: computes the graph from POMs, mediates it, and fetches the verified files of the remaining nodes
 * into the local repository.
 *
 * Every POM and artifact is resolved like a single file (resolve-file.ts): group bindings, the order of repositories and
 * the required proofs apply to each node of the graph.
 */
import type { Dependency } from '../../maven/coordinate/coordinate.js';
import type { GraphArtifact } from '../../maven/pom/descriptor.js';
import { formatLabel } from '../../maven/pom/label.js';
import type { ProfileEnvironment } from '../../maven/pom/profile.js';
import type { FlatNode } from '../../maven/resolver/flatten.js';
import { createGraphResolver, type ResolvedGraph } from '../../maven/resolver/resolve-graph.js';
import type { ResolvedArtifact } from '../artifact.js';
import type { Context } from '../context.js';
import { downloadAll, type Downloads } from './download.js';
import { EarlyDownloads } from './early.js';
import { coordinateOf, formatArtifact } from './graph-dependency.js';
import { graphRequest } from './lock-request.js';
import { createRememberingSource } from './lock-trace.js';
import { createRootPoms } from './packaging.js';
import { RepositoryPomSource } from './pom-source.js';
import type { DependencyOptions, Resolution, ResolutionProblem, ResolvedDependency } from './resolution.js';
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
  const { download = true, scopes = defaultScopes, conflicts = 'nearest', attachments = [] } = options;
  const { lock } = context.run;
  const asked = lock ? graphRequest(roots, options) : null;
  if (lock && asked) lock.checkRequest(asked);
  const source = new RepositoryPomSource(context, options.localPoms);
  const rootPoms = createRootPoms(source);
  const remembering = lock?.recorder ? createRememberingSource(rootPoms.source) : null;
  const isBuiltHere = ({ group, artifact, version }: GraphArtifact): boolean =>
    options.localPoms?.has(formatLabel(group, artifact, version)) === true;
  const early = new EarlyDownloads(context);
  const onExpected = (artifact: GraphArtifact, rootScope: string): void => {
    if (download && scopes.includes(rootScope) && !isBuiltHere(artifact)) early.expect(artifact);
  };
  const isWanted = ({ node }: FlatNode): boolean =>
    download &&
    (node.artifact === null || !isBuiltHere(node.artifact)) &&
    node.artifact?.localPath === undefined &&
    node.scope !== 'system' &&
    scopes.includes(node.scope);
  let graph: ResolvedGraph;
  let downloads: Downloads;
  try {
    const request = await readRequest(context, roots, options, rootPoms.extensionOf);
    graph = await createGraphResolver(remembering ?? rootPoms.source, environment).resolve(request, {
      conflicts,
      recordExcluded: true,
      onExpected,
    });
    const wanted = graph.nodes.filter(isWanted);
    early.decide(wanted.flatMap(({ node }) => node.artifact ?? []));
    downloads = await downloadAll(context, source, wanted, attachments, early);
    if (lock?.recorder && remembering && asked) {
      const { labels, ranges } = await remembering.trace(request, environment, conflicts);
      const read = new Set([...labels, ...rootPoms.labels()]);
      lock.recorder.graph({
        request: asked,
        files: [...downloads.files.values(), ...downloads.attached].map(({ path }) => path),
        poms: [...read].flatMap((label) => source.paths.get(label) ?? []),
        labels: read,
        ranges,
        absent: downloads.absent,
      });
    }
  } finally {
    // Also after an error: nothing may continue in the background.
    early.decide([]);
    await Promise.all([early.end(), source.end()]);
  }
  const { files, attached } = downloads;
  const problems = problemsOf(graph);
  for (const { kind, message } of problems) context.run.emit({ type: 'warning', warning: `dependency-${kind}`, message });
  return {
    dependencies: graph.nodes.map((flat) => describe(flat, files.get(flat) ?? null)),
    poms: pomsOf(graph.sources, source),
    attachments: attached,
    problems,
    cycles: graph.cycles.map(({ path }) => path),
    tree: () => treeOf(graph.root),
    explain: (group, artifact) => explainDependency(graph.root, group, artifact),
  };
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

function problemsOf({ problems, nodes }: ResolvedGraph): readonly ResolutionProblem[] {
  const ofPoms = problems.flatMap(({ artifact, problem }): ResolutionProblem[] => {
    const { kind, reason, message } = problem;
    if (kind !== 'missing' && kind !== 'invalid') return [];
    const coordinate = formatArtifact(artifact);
    const said = kind === 'missing' ? `${coordinate} has no POM: it` : `${message.replace(/\.$/, '')}; ${coordinate}`;
    return [{ coordinate, kind, reason, message: `${said} is taken to depend on nothing` }];
  });
  const ofNodes = nodes.flatMap(({ node: { artifact, scope, relocations } }): ResolutionProblem[] => {
    if (artifact === null) return [];
    const coordinate = formatArtifact(artifact);
    const result: ResolutionProblem[] = [];
    if (scope === 'system' || artifact.localPath !== undefined) {
      result.push({
        coordinate,
        kind: 'system',
        reason: 'system',
        message: `${coordinate} has scope system: it is a file of some machine${artifact.localPath === undefined ? '' : `, ${artifact.localPath}`}, and is not fetched`,
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
