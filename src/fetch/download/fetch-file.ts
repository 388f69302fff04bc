/**
 * Fetches one file of one repository: races its mirrors, and hands over a verified temporary file.
 *
 * Every attempt runs the whole way (body, checksum, verdict), so the first *verified* answer wins the race, and a lying mirror only costs
 * time. Another round starts only if every mirror failed for temporary reasons.
 */
import { Cancellation } from '../../base/async/cancellation.js';
import { onAbort } from '../../base/async/on-abort.js';
import type { Attempt } from '../../base/error.js';
import { Race, type RaceOptions, type RaceResult } from '../../network/mirrors/race.js';
import type { Mirror } from '../../network/mirrors/repository.js';
import type { Network } from '../../network/mirrors/request.js';
import { isTransient } from '../../network/mirrors/transient.js';
import { AnotherRound, moreRounds } from '../rounds.js';
import { attempt, discardPartial } from './attempt.js';
import { ClaimCollector } from './claims.js';
import type { FetchedFile, FetchNothing, FetchResult, FileRequest } from './file-request.js';
import type { FileState } from './file-state.js';

/** A longer Retry-After is left to the user; a build does not wait for it. */
const longestWaitMs = 5_000;
/** Mirrors whose waiting times differ by at most this are asked in the same round. */
const togetherMs = 500;

/** Ends the questions about a file that is decided. One for all files: a signal makes an error of its own otherwise. */
const decided = new Error('the file is decided');

/** Races the mirrors of one repository for one file. Rejects only on abort and on faults of the local disk. */
export async function fetchFile(network: Network, request: FileRequest): Promise<FetchResult> {
  const { signal } = request;
  const rounds = new FileRounds(network, request);
  try {
    signal.throwIfAborted();
    const first = rounds.conclude(await new Race(rounds.next()).run());
    const file =
      first instanceof AnotherRound
        ? await moreRounds(first, async () => rounds.conclude(await new Race(rounds.next()).run()), signal)
        : first;
    if (signal.aborted) await file?.temporary.discard();
    signal.throwIfAborted();
    return file === null ? rounds.nothing() : { kind: 'fetched', file, attempts: rounds.attempts };
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    await rounds.close();
  }
}

type Failure = RaceResult<FetchedFile>['failed'][number];

/** The rounds for one file: the mirrors to ask in each, and the results so far. */
class FileRounds {
  readonly attempts: Attempt[] = [];
  readonly #request: FileRequest;
  readonly #network: Network;
  readonly #state: FileState;
  /** Checksum questions outlive attempts, but not the file. */
  readonly #questions = new Cancellation();
  readonly #stopListening: () => void;
  #mirrors: readonly Mirror[];
  /** When a mirror that failed may be asked again. */
  readonly #dueMs = new Map<Mirror, number>();
  #firstFailure: FetchNothing['firstFailure'] = null;

  constructor(network: Network, request: FileRequest) {
    const { repository, path, signal, eager } = request;
    this.#request = request;
    this.#network = network;
    this.#stopListening = onAbort(signal, () => this.#questions.abort(signal.reason));
    this.#mirrors = network.health.inOrder(repository.mirrors, { probe: true });
    this.#state = {
      request,
      network,
      claims: new ClaimCollector({ network, path, repository, signal: this.#questions }),
      eager,
      partial: null,
      lastBytesMs: -Infinity,
      canonicalNotFound: false,
      trustedNotFound: false,
      rejections: [],
    };
  }

  next(): RaceOptions<FetchedFile> {
    const { repository, path, signal, emit, mayBeAbsent } = this.#request;
    return {
      repository,
      mirrors: this.#mirrors,
      path,
      health: this.#network.health,
      signal,
      emit,
      mayBeAbsent,
      attempt: (mirror, monitor, attemptSignal) => attempt(this.#state, mirror, monitor, attemptSignal),
      connectAhead: ({ url }, connections) => this.#network.transport.connectAhead?.(url, connections),
      onDecided: () => this.#questions.abort(decided),
      discard: (file) => file.temporary.discard(),
    };
  }

  /** Returns the verified file, null if asking again is useless, or a request for another round. */
  conclude({ winner, attempts, failed }: RaceResult<FetchedFile>): FetchedFile | AnotherRound | null {
    this.attempts.push(...attempts);
    if (winner) return winner.value;
    const worst = failed.find(({ mirror }) => mirror.canonical) ?? failed[0] ?? null;
    this.#firstFailure ??= worst && { outcome: worst.outcome, status: worst.status };
    this.#state.eager = false; // a mirror that just failed is asked only for the file at first
    this.#scheduleAgain(failed);
    if (this.#dueMs.size === 0) return null;
    this.#state.claims.forgetFailures();
    return new AnotherRound(this.#chooseMirrors());
  }

  nothing(): FetchNothing {
    const { claims, canonicalNotFound, rejections } = this.#state;
    // A failed attempt may already be listed with the checksum file that it failed at.
    const isListed = ({ mirror, path }: Attempt): boolean =>
      this.attempts.some((listed) => listed.mirror === mirror && listed.path === path);
    return {
      kind: 'none',
      attempts: [...this.attempts, ...claims.failures().filter((failure) => !isListed(failure))],
      canonicalNotFound,
      trustedNotFound: this.#isAbsentAtTrusted,
      allNotFound: this.#firstFailure === null,
      rejections,
      firstFailure: this.#firstFailure,
    };
  }

  async close(): Promise<void> {
    this.#stopListening();
    this.#questions.abort(decided);
    await discardPartial(this.#state);
  }

  /** A mirror that began to send the file has it. */
  get #isAbsentAtTrusted(): boolean {
    const hasBegun = (): boolean => this.attempts.some(({ outcome }) => outcome === 'truncated' || outcome === 'stalled');
    return this.#request.mayBeAbsent === true && this.#state.trustedNotFound && !hasBegun();
  }

  #scheduleAgain(failed: readonly Failure[]): void {
    for (const mirror of this.#mirrors) this.#dueMs.delete(mirror);
    if (this.#state.canonicalNotFound || this.#isAbsentAtTrusted) return;
    const nowMs = this.#network.health.now();
    for (const failure of failed) if (mayPass(failure)) this.#dueMs.set(failure.mirror, nowMs + (failure.retryAfterMs ?? 0));
  }

  /**
   * Chooses the mirrors of the next round: those that are due first. Mirrors that asked for a longer wait are left for a later round.
   * Returns how long to wait for the chosen ones.
   */
  #chooseMirrors(): number {
    const nowMs = this.#network.health.now();
    const soonMs = Math.max(nowMs, Math.min(...this.#dueMs.values())) + togetherMs;
    const due = [...this.#dueMs].filter(([, dueMs]) => dueMs <= soonMs);
    this.#mirrors = due.map(([mirror]) => mirror);
    return Math.max(0, ...due.map(([, dueMs]) => dueMs - nowMs));
  }
}

function mayPass({ outcome, status, retryAfterMs }: Failure): boolean {
  return retryAfterMs === undefined ? isTransient({ outcome, status }) : retryAfterMs <= longestWaitMs;
}
