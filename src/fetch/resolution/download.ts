/** The files of a closure, all at once: the connections a host allows bound it. */
import { ClojarsFetchError, isClojarsFetchError } from '../../base/error.js';
import { escapeForDisplay } from '../../base/escape.js';
import type { ArtifactCoordinate } from '../../maven/coordinate/coordinate.js';
import { formatCoordinate } from '../../maven/coordinate/format.js';
import { artifactPath } from '../../maven/coordinate/path.js';
import { validateCoordinate } from '../../maven/coordinate/validate.js';
import type { FlatNode } from '../../maven/resolver/flatten.js';
import { classifyVersion } from '../../maven/version/request.js';
import type { ResolvedArtifact } from '../artifact.js';
import { resolveArtifactAlone } from '../artifact/resolve-artifact.js';
import type { Context } from '../context.js';
import type { EarlyDownloads } from './early.js';
import { coordinateOf } from './graph-dependency.js';
import type { RepositoryPomSource } from './pom-source.js';

export interface Downloads {
  readonly files: ReadonlyMap<FlatNode, ResolvedArtifact>;
  /** What was there of the classifiers asked for besides, in the order of the nodes. */
  readonly attached: readonly ResolvedArtifact[];
  /** Repository paths of those that nobody has. */
  readonly absent: readonly string[];
}

/**
 * All downloads end before this does, good or bad, so that a second run has little left to do.
 * @throws ClojarsFetchError that of the first node in order
 */
export async function downloadAll(
  context: Context,
  source: RepositoryPomSource,
  nodes: readonly FlatNode[],
  attachments: readonly string[],
  early: EarlyDownloads,
): Promise<Downloads> {
  const fetch = async (flat: FlatNode): Promise<ResolvedArtifact> => {
    const begun = flat.node.artifact && early.fileOf(flat.node.artifact);
    try {
      return await (begun ?? resolveArtifactAlone(context, await settledCoordinate(source, flat)));
    } catch (error) {
      throw withPath(error, flat);
    }
  };
  const absent: string[] = [];
  const attach = async (flat: FlatNode, classifier: string): Promise<ResolvedArtifact | null> => {
    const { artifact } = flat.node;
    if (artifact === null || artifact.extension !== 'jar' || artifact.classifier !== '') return null;
    const coordinate = { ...(await settledCoordinate(source, flat)), classifier };
    try {
      return await resolveArtifactAlone(context, coordinate);
    } catch (error) {
      if (context.run.signal.aborted || !isClojarsFetchError(error) || error.code === 'ERR_LOCKFILE') throw error;
      // Most artifacts lack one or the other; nothing that is built needs them.
      const isAbsent = error.reason === 'absent';
      if (isAbsent && classifyVersion(coordinate.version) === 'exact') absent.push(artifactPath(coordinate));
      if (!isAbsent) context.run.emit({ type: 'warning', warning: 'attachment', message: error.message });
      return null;
    }
  };
  const [fetched, attached] = await Promise.all([
    Promise.allSettled(nodes.map(fetch)),
    Promise.allSettled(nodes.flatMap((flat) => attachments.map((classifier) => attach(flat, classifier)))),
  ]);
  const files = new Map<FlatNode, ResolvedArtifact>();
  const failures: unknown[] = [];
  fetched.forEach((outcome, index) => {
    const flat = nodes[index];
    if (outcome.status === 'rejected') failures.push(outcome.reason);
    else if (flat !== undefined) files.set(flat, outcome.value);
  });
  if (failures.length > 0) throw withCount(failures, nodes.length);
  const found: ResolvedArtifact[] = [];
  for (const outcome of attached) {
    if (outcome.status === 'rejected') throw outcome.reason;
    if (outcome.value !== null) found.push(outcome.value);
  }
  return { files, attached: found, absent };
}

/** `RELEASE` and `LATEST` of a graph stand for what its POM was read of. */
async function settledCoordinate(source: RepositoryPomSource, { node, parent }: FlatNode): Promise<ArtifactCoordinate> {
  if (node.artifact === null) throw new TypeError('the anonymous root has no file');
  const coordinate = coordinateOf(node.artifact);
  const { group, artifact, version } = coordinate;
  if (version === 'RELEASE' || version === 'LATEST')
    return { ...coordinate, version: (await source.resolveVersion(group, artifact, version)) ?? version };
  // Only what a user writes is a selector; a root's was resolved.
  if (classifyVersion(version) === 'selector') throw unusable(coordinate, parent);
  try {
    return validateCoordinate(coordinate);
  } catch (error) {
    if (!isClojarsFetchError(error)) throw error;
    throw unusable(coordinate, parent);
  }
}

/** What is no name of a file is a fault of the POM that it came from; a root was checked before. */
function unusable(coordinate: ArtifactCoordinate, parent: FlatNode | null): ClojarsFetchError {
  const shown = escapeForDisplay(formatCoordinate(coordinate), 300);
  const by = parent?.node.artifact ? `, a dependency of ${escapeForDisplay(parent.node.artifact.toString(), 300)},` : '';
  return new ClojarsFetchError('ERR_POM', {
    reason: 'value',
    coordinate: shown,
    message: `${shown}${by} is not the name of any file`,
    hint: 'Most often a property has no value. Exclude the dependency, or manage its version.',
  });
}

/** What is not there was asked for by somebody: that is what a person can change. */
function withPath(error: unknown, { parent }: FlatNode): unknown {
  if (parent?.node.artifact == null || !isClojarsFetchError(error) || error.code !== 'ERR_NOT_FOUND') return error;
  const { message, hint } = error;
  return error.with({
    message: `${message}; ${escapeForDisplay(formatCoordinate(coordinateOf(parent.node.artifact)), 300)} depends on it`,
    hint: `Exclude it or manage its version, or add the repository that has it.${hint === undefined ? '' : ` ${hint}`}`,
  });
}

/** The first error, which says how many more there are. */
function withCount(failures: readonly unknown[], of: number): unknown {
  const [first] = failures;
  if (failures.length === 1 || !isClojarsFetchError(first)) return first;
  return first.with({ message: `${first.message}; ${failures.length - 1} more of ${of} artifacts failed` });
}
