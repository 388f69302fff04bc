/**
 * Decides which repositories and mirrors may be asked, and in which order. Pure.
 *
 * Repositories are asked in order and the earliest that has the file wins, so that a file of the same name in a later one
 * is never chosen. A binding (`groups`, `--repo-for`) names the repositories of a group; no other is then asked.
 */
import { ClojarsFetchError } from '../../base/error.js';
import { closestMatch, matchGroup } from '../../maven/coordinate/group-pattern.js';
import { findBuiltIn } from './built-in.js';
import type { Mirror, Repository } from './repository.js';

/** A repository that may be asked for a coordinate. */
export interface RepositoryCandidate {
  readonly repository: Repository;
  /** Whether a binding names this repository for the group. */
  readonly bound: boolean;
}

/**
 * Returns the repositories that may be asked for artifacts of `group`, in order.
 *
 * `repoFor` (group pattern to repository id) is the strongest binding; its closest pattern decides. Then `groups` of
 * the repositories: the ones with the closest pattern of all, in whichever order they are. A group without a binding is
 * asked for in every repository without `groups`. A binding to a repository that does not serve the kind of version
 * leaves no repository to ask: it does not admit the others.
 * @throws {ClojarsFetchError} `ERR_CONFIG`, `bad-value`: `repoFor` names an unknown repository.
 */
export function repositoriesFor(
  group: string,
  isSnapshot: boolean,
  repositories: readonly Repository[],
  repoFor: ReadonlyMap<string, string>,
): readonly RepositoryCandidate[] {
  const serves = (repository: Repository): boolean => (isSnapshot ? repository.snapshots : repository.releases);
  const named = closestMatch(repoFor.keys(), group);
  if (named !== null) {
    const ids = [...repoFor].filter(([pattern]) => matchGroup(pattern, group) === named).map(([, id]) => id);
    const bound = repositories.filter((repository) => ids.includes(repository.id));
    if (bound.length === 0) {
      throw new ClojarsFetchError('ERR_CONFIG', {
        reason: 'bad-value',
        message: `repoFor binds ${group} to an unknown repository: ${ids.join(', ')}`,
        hint: `Known repositories: ${repositories.map((repository) => repository.id).join(', ')}`,
      });
    }
    return bound.filter(serves).map((repository) => ({ repository, bound: true }));
  }
  const matches = repositories.map((repository) => (repository.groups === null ? null : closestMatch(repository.groups, group)));
  const closest = matches.reduce<number | null>((best, match) => (match !== null && (best === null || match > best) ? match : best), null);
  return repositories
    .filter((repository, index) => (closest === null ? repository.groups === null : matches[index] === closest))
    .filter(serves)
    .map((repository) => ({ repository, bound: closest !== null }));
}

/** Evidence of where a coordinate lives, by repository id. */
export interface OriginFacts {
  /** Whether a binding names the later repository. */
  readonly bound: boolean;
  /** The lockfile's repository, null without an entry. */
  readonly lockfile: string | null;
  /** Ids that `_remote.repositories` lists for the file. */
  readonly recorded: readonly string[];
  /** The first-seen record's repository, null without an entry. */
  readonly firstSeen: string | null;
}

/**
 * Whether `later` may answer although `earlier` could not be reached: only if something other than `later` itself says
 * that the file lives there, or for Central and Clojars, since Clojars refuses deploys that shadow Central. Both must be
 * the real ones, by URL: a company's mirror of either does not promise that.
 */
export function mayPassOver(earlier: Repository, later: Repository, facts: OriginFacts): boolean {
  if (facts.bound || facts.lockfile === later.id || facts.firstSeen === later.id) return true;
  if (facts.recorded.includes(later.trackingId)) return true;
  return isBuiltIn(earlier, 'central') && isBuiltIn(later, 'clojars');
}

function isBuiltIn(repository: Repository, id: 'central' | 'clojars'): boolean {
  return repository.id === id && findBuiltIn(repository.id, repository.url) !== null;
}

/**
 * Throws for a repository that settings.xml blocks. Call it when the repository's turn comes: files of earlier ones are
 * not affected.
 * @throws {ClojarsFetchError} `ERR_CONFIG`, `insecure-url`.
 */
export function verifyNotBlocked(repository: Repository): void {
  if (repository.blocked === undefined) return;
  throw new ClojarsFetchError('ERR_CONFIG', {
    reason: 'insecure-url',
    message: `repository ${repository.id} may not be used: ${repository.blocked}`,
    hint: 'Remove the blocking <mirror>, or bind the group to another repository: --repo-for GROUP=ID.',
  });
}

/** Health of an origin (`https://host:port`, or the URL of a folder or bucket), as recorded by the circuits. */
export interface OriginHealth {
  /** The circuit is open: the origin failed a moment ago. */
  readonly open: boolean;
  /** 95th percentile of the time to response headers in milliseconds; null if unknown. */
  readonly p95Ms: number | null;
}

export interface MirrorCandidate {
  readonly mirror: Mirror;
  /** Its circuit is open: asked after all the others. */
  readonly open: boolean;
  readonly p95Ms: number | null;
  /** To be asked only when every origin of the canonical operator has failed or is `open`. */
  readonly lastResort: boolean;
}

/** By the URL objects of mirrors, which do not change: making an origin's text costs as much as a small parse, ten times for each file. */
const origins = new WeakMap<URL, string>();

/** Returns the key that health is kept under: a folder and a bucket have no origin. */
export function originOf(url: URL): string {
  let origin = origins.get(url);
  if (origin === undefined) origins.set(url, (origin = url.origin === 'null' ? url.href : url.origin));
  return origin;
}

/** How far a mirror is behind, as far as that is known. */
export interface MirrorAge {
  readonly hoursBehind: number;
  readonly isStale: boolean;
}

/**
 * Returns a repository's mirrors in the order to ask them: closed circuits before open ones, last resorts last, then by
 * priority, then by speed (unknown after known), then as listed. Mirrors that were caught lying come after all others.
 *
 * @param age of a mirror, for files that change. Those that are known to be stale come after the others, like a mirror that is known to be
 * down; among mirrors of the same priority, those that are fewer hours behind come first. Default: not considered
 */
export function mirrorOrder(
  mirrors: readonly Mirror[],
  health: (origin: string) => OriginHealth,
  age?: (mirror: URL) => MirrorAge | null,
  isCaught?: (mirror: URL) => boolean,
): readonly MirrorCandidate[] {
  const [only] = mirrors;
  if (only !== undefined && mirrors.length === 1) return [{ mirror: only, lastResort: only.lastResort, ...health(originOf(only.url)) }];
  const rank = (candidate: MirrorCandidate): number =>
    (isCaught?.(candidate.mirror.url) === true ? 8 : 0) +
    (candidate.open ? 4 : 0) +
    (candidate.lastResort ? 2 : 0) +
    (age?.(candidate.mirror.url)?.isStale === true ? 1 : 0);
  const hours = (candidate: MirrorCandidate): number => Math.floor(age?.(candidate.mirror.url)?.hoursBehind ?? 0);
  return mirrors
    .map((mirror): MirrorCandidate => ({ mirror, lastResort: mirror.lastResort, ...health(originOf(mirror.url)) }))
    .sort((a, b) => rank(a) - rank(b) || a.mirror.priority - b.mirror.priority || hours(a) - hours(b) || compareSpeed(a.p95Ms, b.p95Ms));
}

function compareSpeed(a: number | null, b: number | null): number {
  if (a === null || b === null) return (a === null ? 1 : 0) - (b === null ? 1 : 0);
  return a - b;
}
