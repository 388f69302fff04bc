/** Downloads the files of a closure. */
import { Gate } from '../../base/async/gate.js';
import { ClojarsFetchError, isClojarsFetchError } from '../../base/error.js';
import { escapeForDisplay } from '../../base/escape.js';
import type { ArtifactCoordinate } from '../../maven/coordinate/coordinate.js';
import { formatCoordinate } from '../../maven/coordinate/format.js';
import { artifactPath } from '../../maven/coordinate/path.js';
import { validateCoordinate } from '../../maven/coordinate/validate.js';
import { variableHint } from '../../maven/coordinate/variable-hint.js';
import type { FlatNode } from '../../maven/resolver/graph/flatten.js';
import { classifyVersion } from '../../maven/version/request.js';
import type { ResolvedArtifact } from '../artifact.js';
import { resolveArtifactAlone } from '../artifact/resolve-artifact.js';
import type { Context } from '../context.js';
import type { EarlyDownloads } from './early.js';
import { coordinateOf } from './graph-dependency.js';
import type { RepositoryPomSource } from './pom-source.js';

/**
 * Maximum number of files in progress: more than connections can use, but few enough that a closure of 50,000 artifacts can be aborted at
 * once.
 */
const mostAtOnce = 512;

export interface Downloads {
  readonly files: ReadonlyMap<FlatNode, ResolvedArtifact>;
  /** The attachments that exist, in the order of the nodes. */
  readonly attached: readonly ResolvedArtifact[];
  /** Repository paths of the attachments that no repository has. */
  readonly absent: readonly string[];
}

/**
 * Waits for every download, even after a failure, so that a second run has little left to do.
 * @throws ClojarsFetchError the error of the first node that failed, in order
 */
export async function downloadAll(
  context: Context,
  source: RepositoryPomSource,
  nodes: readonly FlatNode[],
  attachments: readonly string[],
  early: EarlyDownloads,
): Promise<Downloads> {
  const gate = new Gate(mostAtOnce);
  const resolve = (coordinate: ArtifactCoordinate): Promise<ResolvedArtifact> =>
    gate.run(() => resolveArtifactAlone(context, coordinate), context.run.signal);
  const fetch = async (flat: FlatNode): Promise<ResolvedArtifact> => {
    const begun = flat.node.artifact && early.fileOf(flat.node.artifact);
    try {
      return await (begun ?? resolve(await settledCoordinate(source, flat)));
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
      return await resolve(coordinate);
    } catch (error) {
      if (context.run.signal.aborted || !isClojarsFetchError(error) || error.code === 'ERR_LOCKFILE') throw error;
      // Most artifacts lack some attachment, and builds do not need them.
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

/** Returns the coordinate to fetch. `RELEASE` and `LATEST` mean the version whose POM was read. */
async function settledCoordinate(source: RepositoryPomSource, { node, parent }: FlatNode): Promise<ArtifactCoordinate> {
  if (node.artifact === null) throw new TypeError('the anonymous root has no file');
  const coordinate = coordinateOf(node.artifact);
  const { group, artifact, version } = coordinate;
  if (version === 'RELEASE' || version === 'LATEST')
    return { ...coordinate, version: (await source.resolveVersion(group, artifact, version)) ?? version };
  // A root's selector was already resolved, so this is a POM's text that happens to carry the mark of one.
  if (classifyVersion(version) === 'selector') throw unusable(coordinate, parent);
  try {
    return validateCoordinate(coordinate);
  } catch (error) {
    if (!isClojarsFetchError(error)) throw error;
    throw unusable(coordinate, parent);
  }
}

/** Returns the error for a coordinate that cannot name a file. The POM that declares it is at fault; roots were checked before. */
function unusable(coordinate: ArtifactCoordinate, parent: FlatNode | null): ClojarsFetchError {
  const shown = escapeForDisplay(formatCoordinate(coordinate), 300);
  const by = parent?.node.artifact ? `, a dependency of ${escapeForDisplay(parent.node.artifact.toString(), 300)},` : '';
  return new ClojarsFetchError('ERR_POM', {
    reason: 'value',
    coordinate: shown,
    message: `${shown}${by} is not the name of any file`,
    hint: variableHint(shown) ?? 'Most often a property has no value. Exclude the dependency, or manage its version.',
  });
}

/** Adds the dependent artifact to a missing file's error, since that is what the user can change. */
function withPath(error: unknown, { parent }: FlatNode): unknown {
  if (parent?.node.artifact == null || !isClojarsFetchError(error) || error.code !== 'ERR_NOT_FOUND') return error;
  const { message, hint } = error;
  return error.with({
    message: `${message}; ${escapeForDisplay(formatCoordinate(coordinateOf(parent.node.artifact)), 300)} depends on it`,
    hint: `Exclude it or manage its version, or add the repository that has it.${hint === undefined ? '' : ` ${hint}`}`,
  });
}

/** Returns the first error, with the number of further failures in its message. */
function withCount(failures: readonly unknown[], of: number): unknown {
  const [first] = failures;
  if (failures.length === 1 || !isClojarsFetchError(first)) return first;
  return first.with({ message: `${first.message}; ${failures.length - 1} more of ${of} artifacts failed` });
}
