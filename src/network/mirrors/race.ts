/**
 * Hedged attempts at one file: the first verified answer wins, the losers are aborted.
 *
 * Mirrors are asked in order. The next one is asked as well when the current one failed, said 'not here', or is
 * late (headers later than its hedge delay; a small body later than its size explains, another one too slow). A late mirror costs one
 * canary request at a time (health.ts); a failed one costs nothing extra. Built-in third parties wait until every
 * canonical origin has failed or has an open circuit. A 404 never ends a race.
 */
import type { Attempt, AttemptOutcome } from '../../base/error.js';
import type { ClientEvent } from '../../base/event.js';
import type { Health } from './health.js';
import { originOf } from './order.js';
import type { Mirror, Repository } from './repository.js';

/** How one attempt ended. `failed` attempts may carry what a retry or the circuit needs to know. */
export type AttemptResult<T> =
  | { readonly kind: 'won'; readonly value: T; readonly status: number | null }
  | { readonly kind: 'not-found'; readonly status: number | null; readonly detail?: string | undefined }
  | {
      readonly kind: 'failed';
      readonly outcome: AttemptOutcome;
      readonly status: number | null;
      readonly detail?: string | undefined;
      readonly retryAfterMs?: number | undefined;
      /** What failed, where it was not the file itself: its checksum file. */ readonly failedPath?: string | undefined;
    };

/** What an attempt tells the race while it runs. */
export interface AttemptMonitor {
  /** Headers of a 200 or 206 arrived; `bytes` is the announced length. */
  headers(bytes: number | null): void;
  /** So many more bytes of the body came. */
  received(bytes: number): void;
  /**
   * The exchange is over: frees the connection slot. An attempt must call it before it waits for anything that
   * needs a slot of its own (a checksum file), or a hundred attempts would wait for each other.
   */
  transferred(): void;
}

export type AttemptFunction<T> = (mirror: Mirror, monitor: AttemptMonitor, signal: AbortSignal) => Promise<AttemptResult<T>>;

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

/** Bodies up to this size are hedged by their size; larger ones, and those that do not say, by their rate. */
const smallBodyBytes = 1 << 20;
/**
 * 16 KiB/s: a body that comes slower for a while is late. Above the stall rule of the transport and below this, a
 * hostile mirror could otherwise hold a file up until the deadline, with a sound mirror beside it.
 */
const slowBytesPerMs = 16;

interface Running {
  readonly mirror: Mirror;
  readonly controller: AbortController;
  startedMs: number;
  /** False while it waits for a connection: no request was sent yet. */
  sent: boolean;
  late: boolean;
  stopWatching: () => void;
}

export interface RaceOptions<T> {
  readonly repository: Repository;
  /** In the order to ask: see order.ts. */
  readonly mirrors: readonly Mirror[];
  readonly path: string;
  readonly attempt: AttemptFunction<T>;
  readonly health: Health;
  readonly signal: AbortSignal;
  readonly emit: (event: ClientEvent) => void;
}

/** Runs the race to its end. Rejects only with the signal's reason. */
export function race<T>(options: RaceOptions<T>): Promise<RaceResult<T>> {
  const { health, signal, emit, path } = options;
  const repository = options.repository.id;
  const waitingMirrors = [...options.mirrors];
  const running = new Set<Running>();
  const attempts: Attempt[] = [];
  const notFound: Mirror[] = [];
  const failed: { mirror: Mirror; outcome: AttemptOutcome; status: number | null; retryAfterMs?: number | undefined }[] = [];
  /** Canonical mirrors that gave no final answer yet; while there are any, third parties wait. */
  const canonicalOpen = new Set(options.mirrors.filter((mirror) => mirror.canonical && !health.isDemoted(originOf(mirror.url))));

  return new Promise((resolve, reject) => {
    let over = false;

    const finish = (winner: { mirror: Mirror; value: T } | null): void => {
      if (over) return;
      over = true;
      signal.removeEventListener('abort', onAbort);
      for (const other of running) {
        other.stopWatching();
        other.controller.abort();
        if (!other.sent) continue;
        const ms = Math.round(health.now() - other.startedMs);
        record(other.mirror, { outcome: 'aborted', status: null, ms });
        if (winner && other.late) health.outrun(originOf(other.mirror.url), other.startedMs);
      }
      resolve({ winner, attempts, notFound, failed });
    };

    const abandon = (reason: unknown): void => {
      if (over) return;
      over = true;
      signal.removeEventListener('abort', onAbort);
      for (const other of running) {
        other.stopWatching();
        other.controller.abort();
      }
      reject(reason instanceof Error ? reason : new Error('aborted', { cause: reason }));
    };
    const onAbort = (): void => abandon(signal.reason);

    const record = (
      mirror: Mirror,
      end: { outcome: AttemptOutcome; status: number | null; ms: number; detail?: string | undefined },
      failedPath?: string,
    ): void => {
      attempts.push({ mirror: mirror.url.href, ...end, path: failedPath });
      emit({ type: 'attempt-ended', path, repository, mirror: mirror.url.href, ...end });
    };

    /** Other files may have found out meanwhile that a canonical origin is down. */
    const canonicalIsDown = (): boolean => ![...canonicalOpen].some((mirror) => !health.isDemoted(originOf(mirror.url)));

    /** Place of the next mirror that may be asked, -1 when there is none; a hedge spares hosts that said 429. */
    const findNext = (isHedge: boolean): number => {
      const down = canonicalIsDown();
      return waitingMirrors.findIndex((mirror) => (!mirror.lastResort || down) && (!isHedge || health.mayBeHedge(originOf(mirror.url))));
    };

    /** Starts the next mirror that may be asked; false when there is none. */
    const startNext = (from: { mirror: Mirror; outcome: AttemptOutcome | 'slow' } | null): boolean => {
      // With nobody left to wait for, an extra request is no longer one: then a host that said 429 is asked too.
      const at = over ? -1 : findNext(from?.outcome === 'slow' && running.size > 0);
      const mirror = at < 0 ? undefined : waitingMirrors.splice(at, 1)[0];
      if (!mirror) return false;
      if (from) emit({ type: 'failed-over', path, repository, from: from.mirror.url.href, to: mirror.url.href, outcome: from.outcome });
      void run(mirror);
      return true;
    };

    const run = async (mirror: Mirror): Promise<void> => {
      const origin = originOf(mirror.url);
      const entry: Running = {
        mirror,
        controller: new AbortController(),
        startedMs: health.now(),
        sent: false,
        late: false,
        stopWatching: () => undefined,
      };
      running.add(entry);
      let hedged = false;
      const moveOn = (): void => {
        if (hedged || over) return;
        hedged = startNext({ mirror, outcome: 'slow' });
      };
      let timer: NodeJS.Timeout | undefined;
      const whenLate = (): void => {
        entry.late = true;
        if (hedged || over) return;
        // The budget is asked only when there is somebody to spend it on.
        if (findNext(true) >= 0 && (health.isSuspect(origin) || health.mayHedge(origin, entry.startedMs))) moveOn();
        if (!hedged) timer = setTimeout(whenLate, health.hedgeDelay(origin)); // nobody, or no budget: look again later
      };
      const unsubscribe = health.onSuspect(origin, moveOn);
      entry.stopWatching = () => {
        clearTimeout(timer);
        unsubscribe();
      };

      const granted = await health.acquire(origin, entry.controller.signal);
      let holding = granted;
      const transferred = (): void => {
        if (holding) health.release(origin);
        holding = false;
      };
      if (over) return transferred();
      if (!granted) {
        // The mirror fell silent while this request waited for a connection: it goes to the end of the list.
        entry.stopWatching();
        running.delete(entry);
        if (!hedged) hedged = startNext({ mirror, outcome: 'slow' });
        waitingMirrors.push(mirror);
        if (running.size === 0 && !startNext(null)) finish(null);
        return;
      }
      const startedMs = health.now();
      entry.startedMs = startedMs;
      entry.sent = true;
      health.countRequest();
      emit({ type: 'attempt-started', path, repository, mirror: mirror.url.href, hedge: running.size > 1 });
      timer = setTimeout(whenLate, health.hedgeDelay(origin));
      let patient = false;
      let received = 0;
      const watchRate = (): void => {
        const before = received;
        const windowMs = health.rateWindowMs();
        timer = setTimeout(() => (received - before < slowBytesPerMs * windowMs ? whenLate() : watchRate()), windowMs);
      };
      const monitor: AttemptMonitor = {
        received: (bytes) => {
          received += bytes;
        },
        transferred() {
          transferred();
          if (patient) clearTimeout(timer);
          // What follows (a checksum file) may hang as well; the patience with a small body covers it.
          if (patient && !over) timer = setTimeout(whenLate, health.hedgeDelay(origin));
          patient = false;
        },
        headers: (bytes) => {
          clearTimeout(timer);
          patient = bytes === null || bytes > smallBodyBytes;
          // A small body that is overtaken whole was late, headers or not; a large one is judged by its rate.
          if (patient) entry.late = false;
          if (over) return;
          if (bytes === null || patient) watchRate();
          else timer = setTimeout(whenLate, health.bodyPatience(origin, bytes));
        },
      };
      let result: AttemptResult<T>;
      try {
        result = await options.attempt(mirror, monitor, entry.controller.signal);
      } catch (error) {
        // An attempt reports a mirror's faults as results. What it throws (the local disk, a bug) ends the race.
        return abandon(error);
      } finally {
        transferred();
      }
      entry.stopWatching();
      running.delete(entry);
      if (over) return;
      settle(mirror, result, Math.round(health.now() - startedMs), hedged);
    };

    const settle = (mirror: Mirror, result: AttemptResult<T>, ms: number, hedged: boolean): void => {
      const detail = result.kind !== 'won' && result.detail !== undefined ? { detail: result.detail } : {};
      if (result.kind === 'won') {
        record(mirror, { outcome: 'ok', status: result.status, ms });
        finish({ mirror, value: result.value });
        return;
      }
      const outcome = result.kind === 'not-found' ? 'not-found' : result.outcome;
      record(mirror, { outcome, status: result.status, ms, ...detail }, result.kind === 'failed' ? result.failedPath : undefined);
      if (result.kind === 'not-found') notFound.push(mirror);
      else {
        const { retryAfterMs } = result;
        failed.push({ mirror, outcome, status: result.status, retryAfterMs });
      }
      canonicalOpen.delete(mirror);
      // A hedged attempt already has its successor, unless that one has ended too; one that was not hedged hands over now.
      if (!hedged || running.size === 0 || (mirror.canonical && canonicalIsDown())) startNext({ mirror, outcome });
      if (running.size === 0) finish(null);
    };

    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) return onAbort();
    if (!startNext(null)) {
      // Only third parties are left (canonical ones are not to be asked again in this round), or nobody.
      canonicalOpen.clear();
      if (!startNext(null)) finish(null);
    }
  });
}
