/**
 * Asks repositories for one file ahead of their turn, and hands out their results in turn.
 *
 * Each repository is asked when its turn comes. If the one before it stays silent, and may be skipped for it (Central for Clojars, or a
 * record names the later one), it is asked earlier: its verified file is held as a temporary until the earlier repository says 'not here'
 * or its patience ends, and discarded if the earlier one has the file. Other pairs are never asked ahead: the later answer could not be
 * used, and a private name would have been revealed to a stranger.
 */
import { Cancellation } from '../../base/async/cancellation.js';
import { linkedAbort } from '../../base/async/linked-abort.js';
import { onAbort } from '../../base/async/on-abort.js';
import { settlesWithin } from '../../base/async/settles-within.js';
import type { ClientEvent, EventListener } from '../../base/event.js';
import type { FirstSeen } from '../../local/ledger/first-seen.js';
import type { Health } from '../../network/mirrors/health.js';
import { originOf, type RepositoryCandidate } from '../../network/mirrors/order.js';
import type { Repository } from '../../network/mirrors/repository.js';
import type { Network } from '../../network/mirrors/request.js';
import { type Context, withRun } from '../context.js';
import { fetchFile } from '../download/fetch-file.js';
import type { FetchResult } from '../download/file-request.js';
import type { SignatureReviewer } from '../signature/signature-review.js';
import { reviewerFor, reviewSubjectOf } from '../signature/signature-subject.js';
import type { WantedFile } from '../wanted-file.js';

/** How long a repository may stay silent before the next one is asked as well: the attempt delay of RFC 8305 section 5. */
const aheadMs = 250;
/** How long to wait for a silent repository once the next one's file is verified. */
const patienceMs = 1_000;
/**
 * Maximum number of files of one client that are asked for ahead of turn. If the earlier repository is dead, these few files discover it
 * and record it for all others; if it is merely slow at times, no more than these are requested twice.
 */
const mostAhead = 4;

export interface RepositoryTurnsOptions {
  /** In the order to use. */
  readonly ordered: readonly RepositoryCandidate[];
  readonly network: Network;
  /** The file's entry in the first-seen record. */
  readonly firstSeen: FirstSeen | null;
  /** Whether the later repository's answer may be used if the earlier one cannot be reached. */
  readonly canPass: (earlier: Repository, later: RepositoryCandidate) => boolean;
}

/** A verified file that lost to an earlier repository's file. */
export interface UnusedFile {
  readonly repository: string;
  readonly sha256: string | undefined;
}

interface Turn {
  readonly cancellation: Cancellation;
  /** Stops following the operation's signal. */
  readonly release: () => void;
  readonly startedMs: number;
  readonly answer: Promise<FetchResult>;
  result: FetchResult | null;
  isHandedOut: boolean;
  readonly progress: TurnProgress;
}

export class RepositoryTurns {
  readonly #context: Context;
  readonly #wanted: WantedFile;
  readonly #options: RepositoryTurnsOptions;
  readonly #health: Health;
  readonly #turns = new Map<number, Turn>();

  constructor(context: Context, wanted: WantedFile, options: RepositoryTurnsOptions) {
    this.#context = context;
    this.#wanted = wanted;
    this.#options = options;
    this.#health = options.network.health;
  }

  /** Returns the result of the repository at this position; `silent` if it was given up in favour of the next one's verified file. */
  async result(position: number): Promise<FetchResult | 'silent'> {
    const { ordered, canPass } = this.#options;
    const candidate = ordered[position];
    if (!candidate) throw new RangeError(`no repository at ${position}`);
    const turn = this.#begin(position, candidate);
    const next = ordered[position + 1];
    const mayPass = next !== undefined && next.repository.blocked === undefined && canPass(candidate.repository, next);
    if (mayPass && (await this.#isGivenUp(turn, candidate.repository, () => this.#begin(position + 1, next)))) {
      const origins = turn.progress.waitingFor();
      turn.cancellation.abort(new Error('skipped for the next repository'));
      // Recorded in health, so that the next files do not wait for it again.
      for (const origin of origins) this.#health.outrun(origin, turn.startedMs);
      return 'silent';
    }
    const result = await turn.answer;
    turn.isHandedOut = true;
    return result;
  }

  /** Ends what still runs, and discards and returns the files that were not used. A file handed out belongs to its receiver. */
  async close(): Promise<readonly UnusedFile[]> {
    for (const { cancellation, release, result } of this.#turns.values()) {
      if (result === null) cancellation.abort();
      release();
    }
    const unused: UnusedFile[] = [];
    for (const [position, { answer, isHandedOut }] of this.#turns) {
      if (isHandedOut) continue;
      const result = await answer.catch(() => null);
      if (result?.kind !== 'fetched') continue;
      unused.push({ repository: this.#options.ordered[position]?.repository.id ?? '', sha256: result.file.digests.sha256 });
      await result.file.temporary.discard();
    }
    return unused;
  }

  #begin(position: number, { repository, bound }: RepositoryCandidate): Turn {
    const known = this.#turns.get(position);
    if (known) return known;
    const { store, route, run } = this.#context;
    const { network, ordered, firstSeen } = this.#options;
    const {
      path,
      coordinate,
      group,
      maxBytes,
      policy,
      pin,
      checksumExempt,
      check,
      mayBePage,
      snapshot,
      mayBeAbsent,
      follower,
      alsoDigest,
    } = this.#wanted;
    const cancellation = new Cancellation();
    const release = onAbort(run.signal, () => cancellation.abort(run.signal.reason));
    const progress = new TurnProgress(run.emit);
    const startedMs = this.#health.now();
    const answer = fetchFile(network, {
      repository,
      path,
      coordinate,
      // Progress counts attempts at the file itself: events about its signature bypass it.
      signatures: this.#reviewer(repository, cancellation),
      maxBytes,
      policy,
      pin,
      firstSeen: snapshot ? null : firstSeen,
      checksumExempt,
      check,
      mayBePage,
      mayBeAbsent,
      eager: position === ordered.length - 1 || bound || route.groupHomes.get(group) === repository.id,
      createTemporary: () => store.local.createTemporary(path),
      follower,
      alsoDigest,
      signal: cancellation,
      emit: progress.emit,
    });
    const turn: Turn = { cancellation, release, startedMs, answer, result: null, isHandedOut: false, progress };
    answer.then(
      (result) => (turn.result = result),
      () => undefined, // reported by `result`
    );
    this.#turns.set(position, turn);
    return turn;
  }

  /** The reviewer of the file's signatures, whose requests end with the turn; null if they are not checked. */
  #reviewer(repository: Repository, cancellation: Cancellation): SignatureReviewer | null {
    if (reviewSubjectOf(this.#wanted) === null) return null;
    const { signal } = linkedAbort(cancellation);
    return reviewerFor(withRun(this.#context, { signal }), this.#wanted, { repository });
  }

  /** Waits for the answer. Returns true if it did not come while the next repository's verified file waited long enough. */
  async #isGivenUp(turn: Turn, repository: Repository, askNext: () => Turn): Promise<boolean> {
    const health = this.#health;
    const { prefetching } = this.#context.route;
    const answered = turn.answer.then(
      () => true,
      () => true,
    );
    const delayMs = Math.max(aheadMs, ...turn.progress.waitingFor().map((origin) => health.hedgeDelay(origin)));
    do {
      if (await settlesWithin(answered, delayMs)) return false;
    } while (!turn.progress.isSilent() || (prefetching.running >= mostAhead && !isDown(repository, health)));
    prefetching.running += 1;
    try {
      const hasFile = askNext().answer.then(
        ({ kind }) => kind === 'fetched',
        () => false,
      );
      if (!(await Promise.race([answered.then(() => false), hasFile]))) return false;
      do {
        if (await settlesWithin(answered, isDown(repository, health) ? 0 : patienceMs)) return false;
      } while (!turn.progress.isSilent());
      return true;
    } finally {
      prefetching.running -= 1;
    }
  }
}

/** Follows the attempts of one turn by their events. */
class TurnProgress {
  /** Mirrors that were asked and have not answered. */
  readonly #waitingFor = new Set<string>();
  /** Mirrors whose bytes are arriving. */
  readonly #delivering = new Set<string>();
  readonly emit: EventListener;

  constructor(emit: EventListener) {
    this.emit = (event) => {
      this.#note(event);
      emit(event);
    };
  }

  /** Origins that were asked and have not answered. */
  waitingFor(): readonly string[] {
    return [...this.#waitingFor].map((mirror) => originOf(new URL(mirror)));
  }

  isSilent(): boolean {
    return this.#delivering.size === 0;
  }

  #note(event: ClientEvent): void {
    if (event.type === 'attempt-started') this.#waitingFor.add(event.mirror);
    else if (event.type === 'bytes') {
      this.#waitingFor.delete(event.mirror);
      this.#delivering.add(event.mirror);
    } else if (event.type === 'attempt-ended') {
      this.#waitingFor.delete(event.mirror);
      this.#delivering.delete(event.mirror);
    }
  }
}

/** Whether every origin except the last resorts is known to be down: then the repository may be asked last. */
export function isDown({ mirrors }: Repository, health: Health): boolean {
  const own = mirrors.filter(({ lastResort }) => !lastResort);
  return own.length > 0 && own.every(({ url }) => health.isDemoted(originOf(url)));
}
