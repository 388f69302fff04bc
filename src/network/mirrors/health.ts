/**
 * The race's knowledge of origins while a client lives: which are silent, which are quick, and how many requests each may have under way.
 * Circuits (circuit.ts) outlive the process; this does not.
 *
 * A silent mirror must cost one delay, not one per file. So a late request does not by itself send all its siblings elsewhere: it sends one
 * canary to the next mirror. If the canary wins, and the late mirror has completed nothing in the meantime, the mirror is `suspect`: every
 * request that waits for it moves on at once, and new ones start elsewhere. Any completed answer clears the suspicion.
 */
import type { CancelSignal } from '../../base/async/cancellation.js';
import type { AttemptOutcome } from '../../base/error.js';
import type { CaughtMirrors } from './audit-witness.js';
import type { Circuits, FailureDetails } from './circuit.js';
import type { Freshness } from './freshness.js';
import { HedgeBudget } from './hedge-budget.js';
import { mirrorOrder } from './order.js';
import { OriginState } from './origin-state.js';
import type { Mirror } from './repository.js';

/** Limits of the hedge delay, in milliseconds, and its value for an unknown mirror (RFC 8305 section 5). */
const hedgeDelayMs = { min: 100, max: 1000, unknown: 250 } as const;

/** A small body usually comes with its headers: it gets at least this part of a hedge delay after them, 100 ms by default. */
const shortestArrival = 0.4;

/** The rate of a body is measured over this many hedge delays: 5 s by default. */
const rateWindowDelays = 20;

/**
 * An origin that completed nothing in this many hedge delays gets canaries beyond the budget, one per hedge delay. If the
 * budget were spent on canaries that found out nothing, all files would wait until their bodies stall.
 */
const silentDelays = 4;

/**
 * How long a mirror may be silent once a trusted one has said 'not here', and a canonical one while third parties wait for it; a mirror that
 * is known to be slow, twice the time it usually takes.
 */
const silenceMs = 1_000;

/** While a circuit is open, a file that may not exist waits for the origin at most once in this time. */
const awaitEveryMs = 10_000;

/**
 * So many bodies that trickle at the same time make an origin suspect at once: to wait for a canary would cost each file of a closure
 * another two round trips.
 */
const tricklesAtOnce = 4;

/** How long a 429 without Retry-After keeps hedges away, in milliseconds. */
const throttleMs = 30_000;

/** Enough to keep a process busy while further connections are made. Those to a slow but sound mirror are opened in vain. */
const connectionsAheadMax = 24;

export interface HealthOptions {
  readonly circuits: Circuits;
  /** Requests that each origin may have under way. */
  readonly concurrency: number;
  readonly now: () => number;
  /** Results of earlier checks. Default: none. */
  readonly freshness?: Freshness | undefined;
  /** Mirrors that trusted audits caught lying. Default: none. */
  readonly caught?: CaughtMirrors | undefined;
  /**
   * Keep the slot of an attempt until it ends, beyond its body: for a low limit on open files, since the attempt also holds a
   * file. Small files then need no slot, or attempts would wait for each other. Default false.
   */
  readonly keepsSlots?: boolean | undefined;
  /** Hedge delay for an origin without history, in milliseconds. Default 250 (RFC 8305 section 5). */
  readonly unknownDelayMs?: number | undefined;
  readonly onCircuitOpened?: ((origin: string, reason: AttemptOutcome | 'slow', untilMs: number) => void) | undefined;
  /** Called once for an origin that has been silent for long and is still awaited; again only after it has answered. */
  readonly onSilent?: ((origin: string, silentMs: number) => void) | undefined;
}

/** See {@link Health.inOrder}. */
interface OrderOptions {
  readonly probe?: boolean | undefined;
  readonly changes?: boolean | undefined;
}

export class Health {
  readonly circuits: Circuits;
  readonly now: () => number;
  /** See {@link HealthOptions.keepsSlots}. */
  readonly keepsSlots: boolean;
  /** Results of earlier checks; undefined without any. */
  readonly freshness: Freshness | undefined;
  /** Mirrors that trusted audits caught lying; undefined without audits. */
  readonly caught: CaughtMirrors | undefined;
  readonly #concurrency: number;
  readonly #unknownDelayMs: number;
  readonly #onCircuitOpened: HealthOptions['onCircuitOpened'];
  readonly #onSilent: HealthOptions['onSilent'];
  readonly #origins = new Map<string, OriginState>();
  readonly #budget = new HedgeBudget();

  constructor(options: HealthOptions) {
    this.keepsSlots = options.keepsSlots ?? false;
    this.circuits = options.circuits;
    this.now = options.now;
    this.freshness = options.freshness;
    this.caught = options.caught;
    this.#concurrency = options.concurrency;
    this.#unknownDelayMs = options.unknownDelayMs ?? hedgeDelayMs.unknown;
    this.#onCircuitOpened = options.onCircuitOpened;
    this.#onSilent = options.onSilent;
  }

  /** How long to wait for this origin's headers before asking the next mirror as well, in milliseconds. */
  hedgeDelay(origin: string): number {
    const p95 = this.circuits.p95(origin);
    return p95 === null ? this.#unknownDelayMs : Math.min(hedgeDelayMs.max, Math.max(hedgeDelayMs.min, p95));
  }

  /** Whether the origin has never answered, in this process or an earlier one: its hedge delay is a guess. */
  isUnknown(origin: string): boolean {
    return this.circuits.p95(origin) === null;
  }

  /** Whether to connect to the origin before it is asked: true once. */
  mayConnectAhead(origin: string): boolean {
    const state = this.#state(origin);
    if (state.isConnectedAhead) return false;
    state.isConnectedAhead = true;
    return true;
  }

  /** How many connections to open to the next mirror, in case the requests that this origin has under way move there. */
  connectionsAhead(silent: string): number {
    return Math.min(connectionsAheadMax, this.#state(silent).slots.taken);
  }

  /** How long a body of this size and its checksum may reasonably take after the headers, in milliseconds. */
  bodyPatience(origin: string, bytes: number): number {
    return this.#unknownDelayMs + this.#state(origin).bodyPatience(bytes);
  }

  /** How long a small body alone may reasonably take after the headers, in milliseconds: not longer than they took. */
  arrivalPatience(origin: string, bytes: number, firstByteMs: number): number {
    return Math.max(shortestArrival * this.#unknownDelayMs, firstByteMs) + this.#state(origin).bodyPatience(bytes);
  }

  /** How long the rate of a large body is measured before the body is called slow, in milliseconds. */
  rateWindowMs(): number {
    return rateWindowDelays * this.#unknownDelayMs;
  }

  isSuspect(origin: string): boolean {
    return this.#state(origin).suspect;
  }

  /** Whether the origin is asked last: it is suspect, or its circuit is open. */
  isDemoted(origin: string): boolean {
    return this.#state(origin).suspect || this.circuits.state(origin) === 'open';
  }

  /**
   * As {@link isDemoted}, to be asked once per file: of all callers that would ask an origin whose circuit is half-open, one
   * is let through as the probe, and the others ask elsewhere until its result is known.
   */
  demotes(origin: string): boolean {
    return this.circuits.state(origin) === 'half-open' ? !this.circuits.shouldProbe(origin) : this.isDemoted(origin);
  }

  /**
   * Returns the mirrors in the order to ask them, demoted ones last. With `probe`, to be given once per file, a mirror
   * behind a half-open circuit keeps its place for one caller, which becomes the probe; see {@link demotes}. With `changes`, for a file
   * that may change, mirrors that are known to be stale come after the others. Mirrors that were caught lying come last.
   */
  inOrder(mirrors: readonly Mirror[], { probe = false, changes = false }: OrderOptions = {}): readonly Mirror[] {
    const { freshness } = this;
    const candidates = mirrorOrder(
      mirrors,
      (origin) => ({ open: probe ? this.demotes(origin) : this.isDemoted(origin), p95Ms: this.circuits.p95(origin) }),
      changes && freshness !== undefined ? (mirror) => freshness.of(mirror) : undefined,
      this.caught && ((mirror) => this.isCaught(mirror)),
    );
    return candidates.map(({ mirror }) => mirror);
  }

  /** Whether a trusted audit caught the mirror lying. */
  isCaught(mirror: URL): boolean {
    return this.caught !== undefined && this.caught.of(mirror).length > 0;
  }

  /** Returns false for a host that just answered 429: it must not get the extra requests that hedging makes. */
  mayBeHedge(origin: string): boolean {
    return this.now() >= this.#state(origin).throttledUntilMs;
  }

  /** Calls back when the origin becomes suspect. Returns the function that stops this. */
  onSuspect(origin: string, listener: () => void): () => void {
    const { suspectListeners } = this.#state(origin);
    suspectListeners.add(listener);
    return () => void suspectListeners.delete(listener);
  }

  /**
   * Takes a token of the hedge budget. Without one, a canary is still let through if the origin has completed nothing
   * since the late attempt began, a long time ago.
   */
  mayHedge(origin: string, startedMs: number): boolean {
    const state = this.#state(origin);
    if (!this.#budget.take()) {
      const delayMs = this.hedgeDelay(origin);
      const isSilent = state.lastCompletedMs < startedMs && this.now() - startedMs >= silentDelays * delayMs;
      if (!isSilent || this.now() - state.lastCanaryMs < delayMs) return false;
    }
    state.lastCanaryMs = this.now();
    return true;
  }

  countRequest(): void {
    this.#budget.countRequest();
  }

  /** Resolves to true with a connection slot, to false if the signal aborts or the origin becomes suspect first. */
  acquire(origin: string, signal: CancelSignal): Promise<boolean> {
    return this.#state(origin).slots.acquire(signal);
  }

  release(origin: string): void {
    this.#state(origin).slots.release();
  }

  completed(origin: string, firstByteMs: number, bytes: number, bodyMs: number): void {
    const state = this.#state(origin);
    state.lastCompletedMs = this.now();
    state.suspect = false;
    state.isSilent = false;
    state.toldSilent = false;
    state.trickles = 0;
    state.measureBody(bytes, bodyMs);
    this.circuits.recordSuccess(origin, firstByteMs);
  }

  failed(origin: string, outcome: AttemptOutcome, details: FailureDetails = {}): void {
    const { status, retryAfterMs } = details;
    if (status === 429 || (retryAfterMs ?? 0) > 0) {
      const state = this.#state(origin);
      state.throttledUntilMs = Math.max(state.throttledUntilMs, this.now() + (retryAfterMs ?? throttleMs));
    }
    if (outcome === 'timeout') this.#state(origin).lastAwaitedMs = this.now();
    this.#recordFailure(origin, outcome, outcome, details);
  }

  /** Reports a request that began at `startedMs`, has no answer, and is still awaited. */
  stillSilent(origin: string, startedMs: number): void {
    const state = this.#state(origin);
    if (state.toldSilent) return;
    state.toldSilent = true;
    this.#onSilent?.(origin, this.now() - startedMs);
  }

  /** How long to wait for this origin once a trusted mirror has said 'not here', or while third parties wait, in milliseconds. */
  silencePatience(origin: string): number {
    return Math.max(silenceMs, 2 * (this.circuits.p95(origin) ?? 0));
  }

  /**
   * Whether a file that may not exist, or that others can prove, may wait for this origin: not while its circuit is open or it is known to
   * be silent, except now and then.
   */
  mayAwait(origin: string): boolean {
    const state = this.#state(origin);
    if (this.circuits.state(origin) !== 'open' && !state.isSilent) return true;
    const sinceMs = this.now() - state.lastAwaitedMs;
    if (sinceMs >= 0 && sinceMs < awaitEveryMs) return false;
    state.lastAwaitedMs = this.now();
    return true;
  }

  /** Whether an answer of the origin was completed at this time or later. */
  hasCompleted(origin: string, sinceMs: number): boolean {
    return this.#state(origin).lastCompletedMs >= sinceMs;
  }

  /** Records that third parties are asked because the origin does not answer. Its next answer ends this. */
  noteSilence(origin: string): void {
    const state = this.#state(origin);
    state.isSilent = true;
    state.lastAwaitedMs = this.now();
  }

  /** Records that an attempt which began at `startedMs` was given up without an answer. */
  gaveUp(origin: string, startedMs: number): void {
    const state = this.#state(origin);
    if (state.lastCompletedMs >= startedMs) return;
    state.lastAwaitedMs = this.now();
    this.#recordFailure(origin, 'timeout', 'timeout');
  }

  /** Records that the canary beat an attempt at `origin` that began at `startedMs`. */
  outrun(origin: string, startedMs: number): void {
    this.#suspect(origin, startedMs);
  }

  /** Records that a small body, of an attempt that began at `startedMs` and could move on, has brought next to nothing. */
  trickled(origin: string, startedMs: number): void {
    const state = this.#state(origin);
    if (state.lastCompletedMs >= startedMs) return;
    state.trickles += 1;
    if (state.trickles >= tricklesAtOnce) this.#suspect(origin, startedMs);
  }

  #suspect(origin: string, startedMs: number): void {
    const state = this.#state(origin);
    // Many attempts report the same silence. Of a suspect origin, only a probe's is news.
    if ((state.suspect && this.circuits.state(origin) !== 'half-open') || state.lastCompletedMs >= startedMs) return;
    state.suspect = true;
    this.#recordFailure(origin, 'timeout', 'slow');
    state.slots.skipWaiting();
    for (const listener of [...state.suspectListeners]) listener();
  }

  #recordFailure(origin: string, outcome: AttemptOutcome, reason: AttemptOutcome | 'slow', details?: FailureDetails): void {
    const wasOpen = this.circuits.state(origin) === 'open';
    const until = this.circuits.recordFailure(origin, outcome, details);
    if (!wasOpen && until !== null) this.#onCircuitOpened?.(origin, reason, until);
  }

  #state(origin: string): OriginState {
    let state = this.#origins.get(origin);
    if (!state) {
      state = new OriginState(this.#concurrency);
      this.#origins.set(origin, state);
    }
    return state;
  }
}
