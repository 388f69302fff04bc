/**
 * One race for a signature file. It differs from the race for a file (network/mirrors/race.ts) in three ways:
 *
 * - The canonical operator's 'not here' ends it: most files have no signature.
 * - The mirror that turns out to have the file is asked at once, even while other mirrors have not answered.
 * - Once the file has arrived, a mirror that takes longer than the hedge delay is reported to health as late, and the race
 *   ends when only hosts that are down are left.
 */
import { Cancellation, type CancelSignal } from '../../base/async/cancellation.js';
import { onAbort } from '../../base/async/on-abort.js';
import type { Attempt } from '../../base/error.js';
import type { EventListener } from '../../base/event.js';
import { originOf } from '../../network/mirrors/order.js';
import { type AttemptMonitor, type AttemptResult, Race, type RaceResult } from '../../network/mirrors/race.js';
import type { Mirror, Repository } from '../../network/mirrors/repository.js';
import { getSmall, type Network } from '../../network/mirrors/request.js';
import { speakerOf } from '../../network/mirrors/witness.js';
import { signatureMaxBytes } from '../../network/transport/contract/limits.js';

/** The bytes; null if the canonical operator answered 'not here'. */
export interface SignatureHeard {
  readonly mirror: Mirror;
  readonly bytes: Uint8Array | null;
  /** Whether the answer is from the canonical operator. */
  readonly canonical: boolean;
}

export interface RoundResult {
  readonly answer: SignatureHeard | null;
  readonly attempts: readonly Attempt[];
  readonly failed: RaceResult<SignatureHeard>['failed'];
  /** Mirrors that answered, with or without a signature. */
  readonly heard: readonly Mirror[];
  /** Mirrors that were not awaited. */
  readonly skipped: readonly Mirror[];
}

export interface SignatureRoundOptions {
  readonly network: Network;
  readonly repository: Repository;
  readonly path: string;
  /** In the order to ask. */
  readonly mirrors: readonly Mirror[];
  /** Whether to wait for hosts that are down, too. */
  readonly patient: boolean;
  /** How many first-byte times the last mirror gets; `Infinity`: until the deadline. */
  readonly firstBytes: number;
  readonly signal: AbortSignal;
  readonly emit: EventListener;
}

type Answer = AttemptResult<SignatureHeard>;

/** One for all rounds: an error of its own makes a stack trace. */
const raceIsOver = new Error('the race is over');

export class SignatureRound {
  /** Rejects with the signal's reason only. */
  readonly ended: Promise<RoundResult>;
  readonly #options: SignatureRoundOptions;
  readonly #ending = new Cancellation();
  readonly #stopListening: () => void;
  /** Mirrors that have not answered. */
  readonly #open: Set<Mirror>;
  readonly #startedMs: Map<Mirror, number>;
  readonly #asked = new Map<Mirror, Promise<Answer>>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #fromHolder: SignatureHeard | null = null;
  #arrivedFrom: Mirror | null = null;
  /** Whether the round ended early of its own accord. */
  #endedEarly = false;
  #over = false;

  constructor(options: SignatureRoundOptions) {
    const { mirrors, network, signal } = options;
    this.#options = options;
    this.#stopListening = onAbort(signal, () => this.#ending.abort(signal.reason));
    this.#open = new Set(mirrors);
    // The first is asked from the start, though it may wait for a connection.
    this.#startedMs = new Map(mirrors.slice(0, 1).map((mirror) => [mirror, network.health.now()]));
    this.ended = this.#run();
    this.ended.catch(() => undefined); // reported to the caller that awaits it
  }

  /** Asks the mirror that has the file at once. */
  prefer(holder: Mirror): void {
    // The first is asked already, or waits for a connection.
    if (this.#over || holder === this.#options.mirrors[0] || !this.#open.has(holder) || this.#asked.has(holder)) return;
    const answer = this.#askHolder(holder);
    answer.catch(() => undefined); // aborted with the race
    this.#asked.set(holder, answer);
  }

  /** Notes that the file came from this mirror: from now on, others are late. */
  bodyVerified(from: Mirror): void {
    this.#arrivedFrom ??= from;
    for (const mirror of this.#startedMs.keys()) this.#watch(mirror);
  }

  async #run(): Promise<RoundResult> {
    const { mirrors, network, signal } = this.#options;
    const unsubscribe = mirrors.map((mirror) => network.health.onSuspect(originOf(mirror.url), () => this.#endIfOnlyDown()));
    try {
      const result = await this.#race(mirrors, (mirror, monitor, attemptSignal) => this.#attempt(mirror, monitor, attemptSignal));
      const { winner, failed } = result;
      return { answer: winner?.value ?? null, attempts: this.#failuresOf(result), failed, heard: this.#heard(), skipped: [] };
    } catch (error) {
      if (signal.aborted || !this.#endedEarly) throw error;
      const answer = this.#fromHolder;
      return { answer, attempts: [], failed: [], heard: this.#heard(), skipped: answer === null ? [...this.#open] : [] };
    } finally {
      this.#over = true;
      for (const stop of unsubscribe) stop();
      for (const timer of this.#timers) clearTimeout(timer);
      this.#stopListening();
      this.#ending.abort(raceIsOver);
    }
  }

  #race(
    mirrors: readonly Mirror[],
    attempt: (mirror: Mirror, monitor: AttemptMonitor, signal: CancelSignal) => Promise<Answer>,
  ): Promise<RaceResult<SignatureHeard>> {
    const { repository, path, network, emit } = this.#options;
    const { health } = network;
    return new Race<SignatureHeard>({ repository, mirrors, path, health, signal: this.#ending, emit, attempt }).run();
  }

  #attempt(mirror: Mirror, monitor: AttemptMonitor, signal: CancelSignal): Promise<Answer> {
    const known = this.#asked.get(mirror);
    if (known !== undefined) {
      monitor.transferred();
      return known;
    }
    const answer = this.#request(mirror, monitor, signal);
    this.#asked.set(mirror, answer);
    return answer;
  }

  async #request(mirror: Mirror, monitor: AttemptMonitor, signal: CancelSignal): Promise<Answer> {
    const { network, path, firstBytes, repository } = this.#options;
    let times = 0;
    this.#startedMs.set(mirror, network.health.now());
    this.#watch(mirror);
    const answer = await getSmall(network, mirror, path, {
      maxBytes: signatureMaxBytes,
      signal,
      holdsSlot: true,
      isLast: () => monitor.isLast() && (times += 1) < firstBytes,
      onHeaders: (bytes) => monitor.headers(bytes),
    });
    monitor.transferred();
    if (answer.kind === 'failed') return answer;
    this.#open.delete(mirror);
    const { canonical } = speakerOf(mirror, path, answer.answer, repository.mirrors);
    if (answer.kind === 'ok') return { kind: 'won', value: { mirror, bytes: answer.bytes, canonical }, status: answer.answer.status };
    if (canonical) return { kind: 'won', value: { mirror, bytes: null, canonical }, status: answer.status };
    this.#endIfOnlyDown();
    return { kind: 'not-found', status: answer.status };
  }

  async #askHolder(holder: Mirror): Promise<Answer> {
    const { winner, notFound, failed } = await this.#race([holder], (mirror, monitor, signal) => this.#request(mirror, monitor, signal));
    if (winner !== null) {
      this.#fromHolder = winner.value;
      this.#endEarly('the holder of the file answered');
      return { kind: 'won', value: winner.value, status: 200 };
    }
    if (notFound.length > 0) return { kind: 'not-found', status: 404 };
    return { kind: 'failed', outcome: failed[0]?.outcome ?? 'aborted', status: failed[0]?.status ?? null };
  }

  /** Reports to health a mirror that is late although the file has arrived. */
  #watch(mirror: Mirror): void {
    const { patient, network } = this.#options;
    const { health } = network;
    const origin = originOf(mirror.url);
    const began = this.#startedMs.get(mirror);
    if (patient || this.#over || began === undefined || !this.#open.has(mirror)) return;
    if (this.#arrivedFrom === null || originOf(this.#arrivedFrom.url) === origin) return;
    const timer = setTimeout(
      () => {
        this.#timers.delete(timer);
        if (this.#over || !this.#open.has(mirror)) return;
        health.outrun(origin, began);
        this.#endIfOnlyDown();
      },
      Math.max(0, health.hedgeDelay(origin) - (health.now() - began)),
    );
    this.#timers.add(timer);
  }

  #endIfOnlyDown(): void {
    const { patient, network } = this.#options;
    const isDown = (mirror: Mirror): boolean => network.health.isDemoted(originOf(mirror.url));
    if (!patient && !this.#over && this.#open.size > 0 && [...this.#open].every(isDown))
      this.#endEarly('only hosts that are down are left');
  }

  #endEarly(reason: string): void {
    this.#endedEarly = true;
    this.#ending.abort(new Error(reason));
  }

  #heard(): readonly Mirror[] {
    return this.#options.mirrors.filter((mirror) => !this.#open.has(mirror));
  }

  #failuresOf({ attempts }: RaceResult<SignatureHeard>): readonly Attempt[] {
    const { path } = this.#options;
    return attempts.filter(({ outcome }) => outcome !== 'ok' && outcome !== 'aborted').map((one) => ({ path, ...one }));
  }
}
