/**
 * Fetches a file that is not yet in the local repository: races its mirrors, verifies it, places it.
 *
 * Repositories are used in order, and the earliest that has the file wins. A later one's answer counts only after every earlier one said
 * 'not here', or if evidence besides the later repository places the file there. For repositories that are asked ahead of their turn, see
 * repository-turns.ts.
 */
import { type Attempt, ClojarsFetchError } from '../../base/error.js';
import type { FirstSeen } from '../../local/ledger/first-seen.js';
import { isCompared } from '../../network/mirrors/comparison.js';
import type { Health } from '../../network/mirrors/health.js';
import { mayPassOver, type RepositoryCandidate, verifyNotBlocked } from '../../network/mirrors/order.js';
import type { Repository } from '../../network/mirrors/repository.js';
import type { Network } from '../../network/mirrors/request.js';
import type { Context, Store } from '../context.js';
import type { FetchedFile, FetchResult } from '../download/file-request.js';
import type { ResolvedFile, WantedFile } from '../wanted-file.js';
import { compareFile, type UsedFile, warnOfConfusion } from './compare-file.js';
import { absent, failureFor, unreachable } from './failure.js';
import { placeFile } from './place-file.js';
import { isDown, RepositoryTurns, type UnusedFile } from './repository-turns.js';

/** Fetches, verifies and places the file. Throws as resolveFile. The caller holds the lock of the path. */
export async function fromRepositories(
  context: Context,
  wanted: WantedFile,
  candidates: readonly RepositoryCandidate[],
): Promise<ResolvedFile> {
  const search = new RepositorySearch(context, wanted, candidates);
  const leave = await search.enter();
  try {
    return await search.run(leave);
  } finally {
    leave();
    await search.close();
  }
}

/**
 * The search for one file. In short asynchronous functions: V8 counts each of them from its beginning at every `await`, and a long one
 * looks hot to it after some hundred files. Optimizing it then takes more time than all its runs.
 */
class RepositorySearch {
  readonly #context: Context;
  readonly #wanted: WantedFile;
  readonly #candidates: readonly RepositoryCandidate[];
  readonly #attempts: Attempt[] = [];
  readonly #passed: PassedOver[] = [];
  #ordered: readonly RepositoryCandidate[] = [];
  #canPass: PassingRule = () => false;
  #turns: RepositoryTurns | null = null;
  #used: (UsedFile & { readonly sha256: string | undefined; readonly later: readonly RepositoryCandidate[] }) | null = null;

  constructor(context: Context, wanted: WantedFile, candidates: readonly RepositoryCandidate[]) {
    this.#context = context;
    this.#wanted = wanted;
    this.#candidates = candidates;
  }

  /** Waits until the first repository may be asked. Returns the function that lets the next file in. */
  enter(): Promise<() => void> {
    const { network, run } = this.#context;
    const [first] = this.#candidates;
    if (first === undefined) throw absent([], this.#wanted.path, this.#wanted.coordinate, []);
    return network.gate(first.repository.id).enter(run.signal, run.foresight);
  }

  /** @param leave lets the next file in, as soon as this one was fetched */
  async run(leave: () => void): Promise<ResolvedFile> {
    const turns = await this.#begin();
    for (let position = 0; position < this.#ordered.length; position += 1) {
      this.#checkTurn(position);
      const fetched = this.#consider(position, await turns.result(position));
      if (fetched === null) continue;
      leave();
      return this.#place(fetched);
    }
    throw noneHasIt(this.#ordered, this.#passed, this.#wanted, this.#attempts);
  }

  async close(): Promise<void> {
    const unused = (await this.#turns?.close()) ?? [];
    const used = this.#used;
    if (used !== null) compareWithLater(this.#context, this.#wanted, used, used.later, unused);
  }

  async #begin(): Promise<RepositoryTurns> {
    const { network, store } = this.#context;
    const { path } = this.#wanted;
    const firstSeen = await store.firstSeen.check(path);
    // The tracking file matters only where one repository may be skipped for another.
    const recorded = this.#candidates.length > 1 ? await recordedIds(store, path) : [];
    return this.#createTurns(await network.open(), firstSeen, recorded);
  }

  #createTurns(network: Network, firstSeen: FirstSeen | null, recorded: readonly string[]): RepositoryTurns {
    const wanted = this.#wanted;
    const lockfile = this.#context.run.lock?.file(wanted.path)?.repository ?? null;
    this.#ordered = arrange(this.#context, wanted, this.#candidates, network.health);
    this.#canPass = passingRule(this.#candidates, { lockfile, recorded, firstSeen: firstSeen?.repository ?? null });
    const options = { ordered: this.#ordered, network, firstSeen, canPass: this.#canPass };
    return (this.#turns = new RepositoryTurns(this.#context, wanted, options));
  }

  /** Throws if the repository whose turn it is must not be asked. */
  #checkTurn(position: number): void {
    const candidate = this.#ordered[position];
    if (candidate === undefined) return;
    verifyNotBlocked(candidate.repository);
    const blocking = this.#passed.find((earlier) => !this.#canPass(earlier.repository, candidate));
    if (blocking) throw passedOverError(blocking.repository, candidate.repository, this.#wanted, blocking.error);
  }

  /** Returns the repository's file, or null if the next one is to be asked. Throws if none may be asked after this one. */
  #consider(position: number, result: FetchResult | 'silent'): Fetched | null {
    const repository = this.#ordered[position]?.repository;
    if (repository === undefined) return null;
    const { path, coordinate } = this.#wanted;
    if (result === 'silent') {
      const message = `${repository.id} does not answer and was skipped for ${coordinate}`;
      this.#context.run.emit({ type: 'warning', warning: 'repository-passed-over', message, path });
      this.#passed.push({ repository, error: unreachable([repository], coordinate, [], 'timeout') });
      return null;
    }
    if (result.kind === 'fetched') return { position, repository, file: result.file };
    this.#attempts.push(...result.attempts);
    const error = failureFor(repository, path, coordinate, result);
    if (error.code === 'ERR_UNREACHABLE') this.#passed.push({ repository, error });
    else if (error.code !== 'ERR_NOT_FOUND' || error.reason !== 'absent') throw error;
    return null;
  }

  async #place({ position, repository, file }: Fetched): Promise<ResolvedFile> {
    const { sha1 = '', sha256 } = file.digests;
    this.#context.route.groupHomes.set(this.#wanted.group, repository.id);
    this.#used = { repository, sha1, sha256, later: this.#ordered.slice(position + 1) };
    if (this.#wanted.isStillWanted !== undefined) await discardUnwanted(this.#wanted, file);
    return placeFile(this.#context, this.#wanted, repository, file);
  }
}

/** A repository's verified file. */
interface Fetched {
  readonly position: number;
  readonly repository: Repository;
  readonly file: FetchedFile;
}

/** Whether an answer of the later repository may be used although the earlier one did not answer. */
type PassingRule = (earlier: Repository, later: RepositoryCandidate) => boolean;

/** A repository that could not be reached, and why. */
interface PassedOver {
  readonly repository: Repository;
  readonly error: ClojarsFetchError;
}

function passingRule(candidates: readonly RepositoryCandidate[], facts: Omit<Parameters<typeof mayPassOver>[2], 'bound'>): PassingRule {
  const place = (repository: Repository): number => candidates.findIndex((candidate) => candidate.repository === repository);
  return (earlier, { repository, bound }) => place(earlier) >= place(repository) || mayPassOver(earlier, repository, { ...facts, bound });
}

async function discardUnwanted({ isStillWanted, coordinate }: WantedFile, { temporary }: FetchedFile): Promise<void> {
  if (isStillWanted === undefined || (await isStillWanted())) return;
  await temporary.discard();
  throw new ClojarsFetchError('ERR_ABORTED', { reason: 'unwanted', coordinate, message: `${coordinate} is not needed after all` });
}

/** Returns the error if no repository has the file: unreachable if one that may have it could not be reached, otherwise absent. */
function noneHasIt(
  ordered: readonly RepositoryCandidate[],
  passed: readonly PassedOver[],
  { path, coordinate }: WantedFile,
  attempts: readonly Attempt[],
): ClojarsFetchError {
  const repositories = ordered.map(({ repository }) => repository);
  const [first] = passed;
  if (first === undefined) return absent(repositories, path, coordinate, attempts);
  if (ordered.length === 1) return first.error;
  const outcome = first.error.attempts.find((attempt) => attempt.outcome !== 'not-found')?.outcome ?? 'timeout';
  const silent = passed.map(({ repository }) => repository);
  return unreachable(silent, coordinate, attempts, outcome);
}

/**
 * Warns of different files under the same name in later repositories. With a pin this is unnecessary: it already identifies the right file.
 */
function compareWithLater(
  context: Context,
  wanted: WantedFile,
  used: UsedFile & { readonly sha256: string | undefined },
  later: readonly RepositoryCandidate[],
  unused: readonly UnusedFile[],
): void {
  const own = { repository: used.repository.id, digest: used.sha256 };
  for (const { repository, sha256 } of unused)
    if (sha256 !== used.sha256) warnOfConfusion(context.run, wanted, 'sha256', own, { repository, digest: sha256 });
  const { comparisons } = context.run;
  if (comparisons === null || used.sha1 === '' || wanted.pin !== null) return;
  const reported = unused.map(({ repository }) => repository);
  for (const { repository } of later) {
    if (!reported.includes(repository.id) && isCompared(used.repository, repository, comparisons.mode))
      comparisons.begin((signal) => compareFile(context, wanted, used, repository, comparisons, signal));
  }
}

/**
 * Returns the order to ask in. A repository moves ahead of the one before it if the other may be skipped for it (Central for Clojars, or a
 * binding), and it had the group before or every origin of the other (except last resorts) is known to be down. The repository that a
 * lockfile names for the file comes first: the checksum is pinned, whichever repository serves it.
 */
function arrange(
  context: Context,
  wanted: WantedFile,
  candidates: readonly RepositoryCandidate[],
  health: Health,
): readonly RepositoryCandidate[] {
  const home = context.route.groupHomes.get(wanted.group);
  const facts = { bound: false, lockfile: null, recorded: [], firstSeen: null };
  const locked = context.run.lock?.file(wanted.path)?.repository;
  const result = [...candidates].sort((a, b) => Number(b.repository.id === locked) - Number(a.repository.id === locked));
  if (result[0]?.repository.id === locked) return result;
  for (let at = 1; at < result.length; at += 1) {
    const later = result[at];
    const earlier = result[at - 1];
    if (!later || !earlier) continue;
    const better = home === later.repository.id || (isDown(earlier.repository, health) && !isDown(later.repository, health));
    if (better && mayPassOver(earlier.repository, later.repository, facts)) {
      result[at - 1] = later;
      result[at] = earlier;
    }
  }
  return result;
}

async function recordedIds({ local }: Store, path: string): Promise<readonly string[]> {
  const origins = await local.origins(path);
  return origins.kind === 'remote' ? origins.repositoryIds : [];
}

function passedOverError(earlier: Repository, later: Repository, wanted: WantedFile, cause: ClojarsFetchError): ClojarsFetchError {
  return new ClojarsFetchError('ERR_UNREACHABLE', {
    reason: cause.reason,
    coordinate: wanted.coordinate,
    attempts: cause.attempts,
    cause,
    message: `${wanted.coordinate}: ${earlier.id} comes before ${later.id} and cannot be reached; the answer of ${later.id} is not used, since ${earlier.id} may have the file`,
    hint: `If ${wanted.group} belongs to ${later.id}, bind it: --repo-for ${wanted.group}=${later.id}`,
  });
}
