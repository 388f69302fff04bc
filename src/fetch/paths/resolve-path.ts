/** Fetches one file of one repository by its path: what a build tool asks a Maven repository for. */
import { Foresight } from '../../base/async/foresight.js';
import { ClojarsFetchError } from '../../base/error.js';
import type { ArtifactCoordinate } from '../../maven/coordinate/coordinate.js';
import { formatCoordinate } from '../../maven/coordinate/format.js';
import { coordinateError } from '../../maven/coordinate/validate.js';
import type { PomModel } from '../../maven/pom/model.js';
import { repositoriesFor, type RepositoryCandidate } from '../../network/mirrors/order.js';
import type { Repository } from '../../network/mirrors/repository.js';
import { wantedFile } from '../artifact.js';
import { resolveFile } from '../artifact/resolve-file.js';
import type { Context } from '../context.js';
import type { BodyFollower } from '../download/body-follower.js';
import type { ResolvedFile, WantedFile } from '../wanted-file.js';

export interface PathRequest {
  readonly repository: Repository;
  /** Repository path of an artifact's file: a POM, a signature or Gradle's `.module` too, but no checksum file. */
  readonly path: string;
  /** The path's coordinate, from `parseArtifactPath`: with the timestamp if the file's name has one. */
  readonly coordinate: ArtifactCoordinate;
  /** Told about the download if the file is large. Default: not followed. */
  readonly follower?: BodyFollower | undefined;
  /** Told the model of a POM that was parsed to be checked. */
  readonly onPom?: ((sha256: string, model: PomModel) => void) | undefined;
  /** As in WantedFile. Default: none. */
  readonly alsoDigest?: WantedFile['alsoDigest'];
  /**
   * `ahead` waits behind files that a tool waits for; a {@link Foresight} too, until it says that the file is needed. Default: `tool`.
   */
  readonly priority?: 'tool' | 'ahead' | Foresight | undefined;
}

/**
 * Returns the file from the local repository of the context; otherwise fetches it from this repository alone, verifies it under the policy
 * of its group, and places it. Fetches nothing besides: no POM of a jar, and no metadata of a snapshot.
 *
 * @throws ClojarsFetchError as resolveFile; ERR_NOT_FOUND, `absent`, without a request if the group is bound to another repository, or the
 * repository does not serve this kind of version; ERR_COORDINATE if the path is not that of the coordinate, or is a checksum file's
 */
export async function resolvePath(context: Context, request: PathRequest): Promise<ResolvedFile> {
  const { path, coordinate } = request;
  const wanted: WantedFile = {
    ...wantedFile(context, coordinate, null),
    follower: request.follower,
    alsoDigest: request.alsoDigest,
    mayBeAbsent: true,
  };
  if (wanted.path !== path) throw coordinateError('malformed', path, `it is not the path of ${formatCoordinate(coordinate)}`);
  if (/\.(?:md5|sha1|sha256|sha512)$/.test(path)) throw coordinateError('malformed', path, 'checksum files are not fetched as files');
  return fetchAlone(narrowed(context, request, wanted), request, wanted);
}

/** Returns the context whose only repository is the one of the request. Throws if that may not be asked for the file. */
function narrowed(context: Context, { repository, priority = 'tool' }: PathRequest, wanted: WantedFile): Context {
  const { route } = context;
  const isKnown = route.repositories.some(({ id }) => id === repository.id);
  const repositories = isKnown ? route.repositories : [...route.repositories, repository];
  const candidates = repositoriesFor(wanted.group, wanted.snapshot, repositories, route.repoFor);
  if (!candidates.some((candidate) => candidate.repository.id === repository.id)) throw notAsked(repository, wanted, candidates);
  const run = priority === 'tool' ? context.run : { ...context.run, foresight: priority === 'ahead' ? new Foresight() : priority };
  return { ...context, run, route: { ...route, repositories: [repository], repoFor: unbound } };
}

const unbound: ReadonlyMap<string, string> = new Map();

function notAsked({ id }: Repository, { group, snapshot, coordinate }: WantedFile, owners: readonly RepositoryCandidate[]) {
  const [owner] = owners;
  return new ClojarsFetchError('ERR_NOT_FOUND', {
    reason: 'absent',
    coordinate,
    message:
      owner?.bound === true
        ? `${coordinate}: ${id} is not asked for it, since ${group} is bound to ${owners.map(({ repository }) => repository.id).join(', ')}`
        : `${coordinate}: ${id} is not asked for it, since it serves no ${snapshot ? 'snapshots' : 'releases'} of ${group}`,
    hint: `If ${group} belongs to ${id}, bind it: --repo-for ${group}=${id}`,
  });
}

async function fetchAlone(context: Context, { coordinate, onPom }: PathRequest, wanted: WantedFile) {
  const { group, artifact, version, extension, classifier } = coordinate;
  if (extension !== 'pom' || classifier !== '') return resolveFile(context, wanted);
  const [{ PomCheck }, { resolvePom }] = await Promise.all([import('../resolution/pom-check.js'), import('../resolution/resolve-pom.js')]);
  const check = new PomCheck(group, artifact, version);
  const file = await resolvePom(context, wanted, check);
  const model = check.modelOf(file.sha256);
  if (model !== null) onPom?.(file.sha256, model);
  return file;
}
