/**
 * Hedged attempts at one file: the first verified answer wins, the losers are aborted.
 *
 * Mirrors are asked in order. The next one is asked as well when the current one failed, answered 'not found', or is
 * late: its headers later than the hedge delay, a small body later than its size explains, or a large body too slow. A
 * late mirror costs one canary request at a time (health.ts); a failed one costs nothing extra. Built-in third
 * parties wait for the canonical origins (canonical-origins.ts). A 404 never ends a race; with `mayBeAbsent`, it limits the waiting for
 * mirrors that do not answer.
 */
import type { CancelSignal } from '../../base/async/cancellation.js';
import { isDeadlineError } from '../../base/async/deadline-error.js';
import { onAbort } from '../../base/async/on-abort.js';
import type { Attempt, AttemptOutcome } from '../../base/error.js';
import type { ClientEvent } from '../../base/event.js';
import { type AttemptMonitor, AttemptWatch, type Hedges } from './attempt-watch.js';
import { CanonicalOrigins } from './canonical-origins.js';
import type { Health } from './health.js';
import { originOf } from './order.js';
import type { Mirror, Repository } from './repository.js';

export type { AttemptMonitor } from './attempt-watch.js';

/** How one attempt ended. `failed` attempts may carry what a retry or the circuit needs to know. */
export type AttemptResult<T> =
  | { readonly kind: 'won'; readonly value: T; readonly status: number | null }
  | {
      readonly kind: 'not-found';
      readonly status: number | null;
      readonly detail?: string | undefined;
      /** Whether a trusted mirror said so, and not merely passed it on. */
      readonly trusted?: boolean | undefined;
    }
  | {
      readonly kind: 'failed';
      readonly outcome: AttemptOutcome;
      readonly status: number | null;
      readonly detail?: string | undefined;
      readonly retryAfterMs?: number | undefined;
      /** The path of the checksum file, if that request failed and not the file's own. */
      readonly failedPath?: string | undefined;
    };

export type AttemptFunction<T> = (mirror: Mirror, monitor: AttemptMonitor, signal: CancelSignal) => Promise<AttemptResult<T>>;

export interface RaceResult<T> {
  readonly winner: { readonly mirror: Mirror; readonly value: T } | null;
  readonly attempts: readonly Attempt[];
  readonly notFound: readonly Mirror[];
  readonly failed: readonly {
    readonly mirror: Mirror;
    readonly outcome: AttemptOutcome;
    readonly status: number | null;
    readonly retryAfterMs?: number | undefined;
  }[];
}

export interface RaceOptions<T> {
  readonly repository: Repository;
  /** In the order to ask: see order.ts. */
  readonly mirrors: readonly Mirror[];
  readonly path: string;
  readonly attempt: AttemptFunction<T>;
  readonly health: Health;
  readonly signal: CancelSignal;
  readonly emit: (event: ClientEvent) => void;
  /**
   * Whether the file may well not exist: build tools ask for many optional files. Once a mirror has said 'not here', one that is known to be
   * out of reach is asked only now and then; and once a trusted one has, a silent one is not awaited for long. Default false.
   */
  readonly mayBeAbsent?: boolean | undefined;
  /** Opens this many connections to a mirror that may be asked soon. Default: none. */
  readonly connectAhead?: ((mirror: Mirror, connections: number) => void) | undefined;
  /** Called once the race is decided: ends the work that its attempts share and may still wait for. */
  readonly onDecided?: (() => void) | undefined;
  /** Disposes of a value that another attempt beat to it. With it, the race ends only when its losers have ended. */
  readonly discard?: ((value: T) => Promise<void>) | undefined;
}

interface Winner<T> {
  readonly mirror: Mirror;
  readonly value: T;
}

export class Race<T> implements Hedges {
  readonly #options: RaceOptions<T>;
  readonly #waiting: Mirror[];
  /** Attempts under way, and how each will end; null while it waits for a connection. */
  readonly #running = new Map<AttemptWatch, Promise<AttemptResult<T>> | null>();
  readonly #attempts: Attempt[] = [];
  readonly #notFound: Mirror[] = [];
  readonly #failed: RaceResult<T>['failed'][number][] = [];
  /** Attempts that were given up while others ran on. */
  readonly #givenUp: Promise<AttemptResult<T>>[] = [];
  /** Whether a trusted mirror said 'not here'. */
  #isProbablyAbsent = false;
  /** Third parties wait for these. */
  readonly #canonical: CanonicalOrigins;
  /** Runs while third parties wait, and no attempt looks for another mirror. */
  #silenceTimer: NodeJS.Timeout | undefined;
  #resolve: (result: RaceResult<T>) => void = () => undefined;
  #reject: (reason: unknown) => void = () => undefined;
  #stopListening: () => void = () => undefined;
  #over = false;

  constructor(options: RaceOptions<T>) {
    const { mirrors, health } = options;
    this.#options = options;
    this.#waiting = [...mirrors];
    this.#canonical = new CanonicalOrigins(mirrors, health);
  }

  get isOver(): boolean {
    return this.#over;
  }

  get hasOthers(): boolean {
    return this.#options.mirrors.length > 1;
  }

  /** Runs the race to its end. Rejects with the signal's reason, or with what an attempt threw. */
  run(): Promise<RaceResult<T>> {
    const { signal } = this.#options;
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      this.#stopListening = onAbort(signal, () => void this.#abandon(signal.reason));
      if (this.#over || this.#startNext(null)) return;
      // Only third parties are left, since this round does not ask the canonical ones again, or no mirror at all.
      this.#canonical.clear();
      if (!this.#startNext(null)) void this.#finish(null);
    });
  }

  canHedge(): boolean {
    return this.#findNext({ isHedge: true }) >= 0;
  }

  isAnyLeft(): boolean {
    return this.#over || this.#waiting.length > 0;
  }

  connectAhead(silent: string): void {
    const { connectAhead, health } = this.#options;
    const next = this.#over ? undefined : this.#waiting[this.#findNext({ isHedge: true })];
    if (next !== undefined && health.mayConnectAhead(originOf(next.url))) connectAhead?.(next, health.connectionsAhead(silent));
  }

  hedge(from: Mirror): boolean {
    return this.#startNext({ mirror: from, outcome: 'slow' });
  }

  /** Returns the index of the next mirror that may be asked, or -1. A hedge spares hosts that answered 429. */
  #findNext({ isHedge }: { readonly isHedge: boolean }): number {
    const { health } = this.#options;
    const down = this.#canonical.areDown();
    return this.#waiting.findIndex(
      (mirror) => (!this.#isLastResort(mirror) || down) && (!isHedge || health.mayBeHedge(originOf(mirror.url))),
    );
  }

  /** A mirror that was caught lying waits for the canonical origins, too, and comes after the other last resorts. */
  #isLastResort({ lastResort, url }: Mirror): boolean {
    return lastResort || this.#options.health.isCaught(url);
  }

  /** Starts the next mirror that may be asked; false if none is left. */
  #startNext(from: { readonly mirror: Mirror; readonly outcome: AttemptOutcome | 'slow' } | null): boolean {
    if (this.#over) return false;
    // With no attempt under way, the request is not an extra one: a host that answered 429 may be asked too.
    const mirror = this.#takeNext({ isHedge: from?.outcome === 'slow' && this.#running.size > 0 });
    if (!mirror) return false;
    if (from) {
      const { emit, path, repository } = this.#options;
      const to = mirror.url.href;
      emit({ type: 'failed-over', path, repository: repository.id, from: from.mirror.url.href, to, outcome: from.outcome });
    }
    if (this.#isLastResort(mirror)) this.#canonical.noteSilence();
    void this.#run(new AttemptWatch(mirror, this.#options.health, this));
    return true;
  }

  #takeNext(hedge: { readonly isHedge: boolean }): Mirror | null {
    for (;;) {
      const at = this.#findNext(hedge);
      const mirror = at < 0 ? undefined : this.#waiting.splice(at, 1)[0];
      if (mirror === undefined) return null;
      if (!this.#isHopeless(mirror)) return mirror;
      this.#attempts.push({ mirror: mirror.url.href, outcome: 'timeout', status: null, ms: 0, detail: 'not asked: it is out of reach' });
      this.#fail(mirror, { outcome: 'timeout', status: null });
    }
  }

  /** Whether to leave out a mirror behind an open circuit, since another one has answered already. */
  #isHopeless({ url }: Mirror): boolean {
    const { mayBeAbsent = false, health } = this.#options;
    return mayBeAbsent && this.#notFound.length > 0 && !health.mayAwait(originOf(url));
  }

  async #run(watch: AttemptWatch): Promise<void> {
    const { emit, path, repository, attempt } = this.#options;
    this.#running.set(watch, null);
    if (this.#isProbablyAbsent) this.#limitSilence(watch);
    const granted = await watch.acquire();
    if (this.#over || watch.isStopped) return this.#leave(watch);
    if (!granted) return this.#putBack(watch);
    watch.start();
    this.#canonical.started(watch);
    emit({ type: 'attempt-started', path, repository: repository.id, mirror: watch.mirror.url.href, hedge: this.#running.size > 1 });
    if (this.#over) return this.#leave(watch); // a listener aborted
    let result: AttemptResult<T>;
    try {
      const ending = attempt(watch.mirror, watch, watch.signal);
      this.#running.set(watch, ending);
      result = await ending;
    } catch (error) {
      // An attempt reports a mirror's faults as results. What it throws (the local disk, a bug) ends the race.
      return await this.#abandon(error);
    } finally {
      watch.releaseSlot();
    }
    const isGivenUp = watch.isStopped;
    watch.stop();
    if (this.#over || isGivenUp) return; // settled as a loser
    this.#apply(watch, result);
  }

  #leave(watch: AttemptWatch): void {
    watch.stop();
    watch.releaseSlot();
  }

  /** Moves a mirror to the end of the list, since it fell silent while its request waited for a connection. */
  #putBack(watch: AttemptWatch): void {
    watch.stop();
    this.#running.delete(watch);
    watch.moveOn();
    this.#waiting.push(watch.mirror);
    if (this.#running.size === 0 && !this.#startNext(null)) void this.#finish(null);
  }

  #apply(watch: AttemptWatch, result: AttemptResult<T>): void {
    const { mirror } = watch;
    const { status } = result;
    if (result.kind === 'won') {
      this.#record(watch, { outcome: 'ok', status });
      if (this.#over) return; // a listener aborted just now: the value was settled as that of a loser
      this.#running.delete(watch);
      void this.#finish({ mirror, value: result.value });
      return;
    }
    this.#running.delete(watch);
    const outcome = result.kind === 'not-found' ? 'not-found' : result.outcome;
    this.#record(watch, { outcome, status, detail: result.detail }, result.kind === 'failed' ? result.failedPath : undefined);
    if (result.kind === 'not-found') this.#noteAbsence(mirror, result);
    else this.#fail(mirror, { outcome, status, retryAfterMs: result.retryAfterMs });
    // A hedged attempt has a successor already, unless that one has ended too. Without a successor, it hands over now.
    if (!watch.hedged || this.#running.size === 0 || (mirror.canonical && this.#canonical.areDown())) this.#startNext({ mirror, outcome });
    if (this.#running.size === 0) void this.#finish(null);
    else if (mirror.canonical) this.#limitCanonicalSilence({ mirror, outcome });
  }

  /** The attempts that are left at canonical origins may have asked this mirror because they were late, and look for no other. */
  #limitCanonicalSilence(from: { readonly mirror: Mirror; readonly outcome: AttemptOutcome }): void {
    const downAtMs = this.#waiting.some((mirror) => this.#isLastResort(mirror)) ? this.#canonical.downAtMs() : null;
    if (downAtMs === null || this.#over) return;
    clearTimeout(this.#silenceTimer);
    this.#silenceTimer = setTimeout(() => this.#canonical.areDown() && this.#startNext(from), downAtMs - this.#options.health.now());
  }

  #fail(mirror: Mirror, failure: Omit<RaceResult<T>['failed'][number], 'mirror'>): void {
    this.#failed.push({ mirror, ...failure });
    this.#canonical.settled(mirror);
  }

  #noteAbsence(mirror: Mirror, { trusted = false }: Extract<AttemptResult<T>, { kind: 'not-found' }>): void {
    this.#notFound.push(mirror);
    this.#canonical.settled(mirror);
    if (this.#options.mayBeAbsent !== true || !trusted || this.#isProbablyAbsent) return;
    this.#isProbablyAbsent = true;
    for (const running of this.#running.keys()) this.#limitSilence(running);
  }

  /** Gives an attempt up if it has no answer by the time that is granted to its mirror. One that sends the file has it. */
  #limitSilence(watch: AttemptWatch): void {
    const { health } = this.#options;
    watch.limitSilence(health.silencePatience(watch.origin), () => {
      if (this.#over) return;
      const ending = this.#running.get(watch) ?? null;
      if (ending !== null) this.#givenUp.push(ending);
      watch.abort();
      if (watch.sent) health.gaveUp(watch.origin, watch.startedMs);
      this.#apply(watch, { kind: 'failed', outcome: 'timeout', status: null, detail: 'no answer while a trusted mirror said: not here' });
    });
  }

  #record(
    { mirror, startedMs }: AttemptWatch,
    { outcome, status, detail }: { readonly outcome: AttemptOutcome; readonly status: number | null; readonly detail?: string | undefined },
    failedPath?: string,
  ): void {
    const { health, emit, path, repository } = this.#options;
    const ms = Math.round(health.now() - startedMs);
    const end = detail === undefined ? { outcome, status, ms } : { outcome, status, ms, detail };
    this.#attempts.push({ mirror: mirror.url.href, ...end, path: failedPath });
    emit({ type: 'attempt-ended', path, repository: repository.id, mirror: mirror.url.href, ...end });
  }

  async #finish(winner: Winner<T> | null): Promise<void> {
    if (this.#over) return;
    this.#end();
    for (const loser of this.#running.keys()) {
      loser.abort();
      if (!loser.sent) continue;
      this.#record(loser, { outcome: 'aborted', status: null });
      if (winner && loser.late) this.#options.health.outrun(loser.origin, loser.startedMs);
    }
    if (winner) this.#options.onDecided?.();
    try {
      await this.#settleLosers();
    } catch (error) {
      return this.#reject(error);
    }
    this.#resolve({ winner, attempts: this.#attempts, notFound: this.#notFound, failed: this.#failed });
  }

  async #abandon(reason: unknown): Promise<void> {
    if (this.#over) return;
    this.#end();
    for (const loser of this.#running.keys()) {
      loser.abort();
      if (isDeadlineError(reason) && loser.sent) this.#record(loser, { outcome: 'timeout', status: null });
      // Otherwise each of many optional files would wait for the mirror until the patience with that file ends.
      if (this.#options.mayBeAbsent === true && loser.sent && loser.isSilent) this.#options.health.gaveUp(loser.origin, loser.startedMs);
    }
    if (isDeadlineError(reason)) reason.attempts.push(...this.#attempts);
    this.#options.onDecided?.();
    await this.#settleLosers().catch(() => undefined); // the first error is the one to report
    this.#reject(reason instanceof Error ? reason : new Error('aborted', { cause: reason }));
  }

  #end(): void {
    this.#over = true;
    this.#stopListening();
    clearTimeout(this.#silenceTimer);
  }

  /** Discards late wins: two attempts may win in the same turn, or one just as the caller gave up. */
  async #settleLosers(): Promise<void> {
    const { discard } = this.#options;
    if (discard === undefined || this.#running.size + this.#givenUp.length === 0) return;
    for (const ending of [...this.#running.values(), ...this.#givenUp]) {
      const result = await ending?.catch(() => null);
      if (result?.kind === 'won') await discard(result.value);
    }
  }
}
