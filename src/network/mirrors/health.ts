/**
 * What the race knows about origins while a client lives: who is silent, who is quick, and how many requests
 * each may have under way. Circuits (transport/circuit.ts) outlive the process; this does not.
 *
 * A silent mirror must cost one delay, not one per file. So a late request does not by itself send all its
 * siblings elsewhere: it sends one canary to the next mirror. When the canary wins and the late mirror has
 * completed nothing in the meantime, the mirror is `suspect`: every request waiting for it moves on at once,
 * and new ones start elsewhere. Any completed answer clears the suspicion.
 */
import type { AttemptOutcome } from '../../base/error.js';
import type { Circuits } from './circuit.js';
import { mirrorOrder } from './order.js';
import type { Mirror } from './repository.js';

/** Clamp of the hedge delay, in milliseconds, and its value for an unknown mirror (RFC 8305 section 5). */
const hedgeDelayMs = { min: 100, max: 1000, unknown: 250 } as const;

/** Bytes per millisecond assumed of a mirror without history, for the patience with a small body: 256 KiB/s. */
const unknownThroughput = 262;

/** The rate of a body is looked at over so many hedge delays: 5 s where nothing else is said. */
const rateWindowDelays = 20;

/** Extra requests allowed, as a share of all requests; design section 4 says to stay under 5 %. */
const hedgeShare = 0.02;
const hedgeBurst = 2;

/**
 * An origin that completed nothing in so many hedge delays gets canaries beside the budget, one each hedge delay: were
 * the budget spent on canaries that found out nothing, all files would wait until their bodies stall.
 */
const silentDelays = 4;

/** How long a 429 without Retry-After keeps hedges away, in milliseconds. */
const throttleMs = 30_000;

interface Origin {
  lastCompletedMs: number;
  lastCanaryMs: number;
  suspect: boolean;
  throughput: number | null;
  running: number;
  /** Until when it may not be asked merely because another is slow: it said 429, or Retry-After. */
  throttledUntilMs: number;
  readonly queue: { start: () => void; skip: () => void }[];
  readonly waiting: Set<() => void>;
}

export interface Health {
  readonly circuits: Circuits;
  now(): number;
  /** How long to wait for this origin's headers before asking the next mirror as well, in milliseconds. */
  hedgeDelay(origin: string): number;
  /** How long a body of this size may reasonably take, in milliseconds. */
  bodyPatience(origin: string, bytes: number): number;
  /** How long the rate of a large body is looked at before it is called slow, in milliseconds. */
  rateWindowMs(): number;
  isSuspect(origin: string): boolean;
  /** Open circuits and suspects are asked last. */
  isDemoted(origin: string): boolean;
  /**
   * To be asked once for each file when its mirrors are put in order: as {@link isDemoted}, but of all that would ask
   * an origin whose circuit is half-open, one is let through as the probe; the others ask elsewhere until it is over.
   */
  demotes(origin: string): boolean;
  /**
   * Mirrors in the order to ask them, demoted ones last. With `probe`, to be given once per file, a mirror behind a
   * half-open circuit keeps its place for one caller, who becomes the probe, and is demoted for the others.
   */
  inOrder(mirrors: readonly Mirror[], options?: { readonly probe: boolean }): readonly Mirror[];
  /** False for a host that just said 429: it must not get the extra requests that hedging makes. */
  mayBeHedge(origin: string): boolean;
  /** Calls back when the origin becomes suspect; returns the unsubscriber. */
  onSuspect(origin: string, listener: () => void): () => void;
  /**
   * Takes a token of the hedge budget. Without one, a canary is still let through where the origin completed nothing
   * since the attempt that is late began, long ago.
   */
  mayHedge(origin: string, startedMs: number): boolean;
  countRequest(): void;
  /** Resolves to true with a connection slot, to false when the origin became suspect while waiting. */
  acquire(origin: string, signal: AbortSignal): Promise<boolean>;
  release(origin: string): void;
  completed(origin: string, firstByteMs: number, bytes: number, bodyMs: number): void;
  failed(
    origin: string,
    outcome: AttemptOutcome,
    details?: { readonly status?: number | null | undefined; readonly retryAfterMs?: number | undefined },
  ): void;
  /** The canary beat an attempt at `origin` that began at `startedMs`. */
  outrun(origin: string, startedMs: number): void;
}

export function createHealth(options: {
  readonly circuits: Circuits;
  readonly concurrency: number;
  readonly now: () => number;
  /** Hedge delay for an origin without history, in milliseconds. Default 250 (RFC 8305 section 5). */
  readonly unknownDelayMs?: number | undefined;
  readonly onCircuitOpened?: ((origin: string, reason: AttemptOutcome | 'slow', untilMs: number) => void) | undefined;
}): Health {
  const { circuits, concurrency, now, unknownDelayMs = hedgeDelayMs.unknown } = options;
  const origins = new Map<string, Origin>();
  let tokens: number = hedgeBurst;

  const originState = (name: string): Origin => {
    let origin = origins.get(name);
    if (!origin) {
      origin = {
        lastCompletedMs: -Infinity,
        lastCanaryMs: -Infinity,
        suspect: false,
        throughput: null,
        running: 0,
        throttledUntilMs: -Infinity,
        queue: [],
        waiting: new Set(),
      };
      origins.set(name, origin);
    }
    return origin;
  };

  const fail = (
    name: string,
    outcome: AttemptOutcome,
    reason: AttemptOutcome | 'slow',
    details: { status?: number | null | undefined; retryAfterMs?: number | undefined } = {},
  ): void => {
    const wasOpen = circuits.state(name) === 'open';
    const until = circuits.recordFailure(name, outcome, details);
    if (!wasOpen && until !== null) options.onCircuitOpened?.(name, reason, until);
  };

  const hedgeDelay = (name: string): number => {
    const p95 = circuits.p95(name);
    return p95 === null ? unknownDelayMs : Math.min(hedgeDelayMs.max, Math.max(hedgeDelayMs.min, p95));
  };

  const isDemoted = (name: string): boolean => originState(name).suspect || circuits.state(name) === 'open';

  const demotes = (name: string): boolean => {
    if (originState(name).suspect) return true;
    const state = circuits.state(name);
    return state === 'open' || (state === 'half-open' && !circuits.shouldProbe(name));
  };

  return {
    circuits,
    now,
    hedgeDelay,
    bodyPatience(name, bytes) {
      const throughput = originState(name).throughput ?? unknownThroughput;
      return unknownDelayMs + (4 * bytes) / Math.max(throughput, 16);
    },
    rateWindowMs: () => rateWindowDelays * unknownDelayMs,
    isSuspect: (name) => originState(name).suspect,
    demotes,
    inOrder(mirrors, { probe } = { probe: false }) {
      const isOpen = probe ? demotes : isDemoted;
      return mirrorOrder(mirrors, (origin) => ({ open: isOpen(origin), p95Ms: circuits.p95(origin) })).map(({ mirror }) => mirror);
    },
    mayBeHedge: (name) => now() >= originState(name).throttledUntilMs,
    isDemoted,
    onSuspect(name, listener) {
      const { waiting } = originState(name);
      waiting.add(listener);
      return () => void waiting.delete(listener);
    },
    mayHedge(name, startedMs) {
      const origin = originState(name);
      if (tokens >= 1) tokens -= 1;
      else {
        const delayMs = hedgeDelay(name);
        const silent = origin.lastCompletedMs < startedMs && now() - startedMs >= silentDelays * delayMs;
        if (!silent || now() - origin.lastCanaryMs < delayMs) return false;
      }
      origin.lastCanaryMs = now();
      return true;
    },
    countRequest() {
      tokens = Math.min(hedgeBurst + 1, tokens + hedgeShare);
    },
    acquire(name, signal) {
      const origin = originState(name);
      if (signal.aborted) return Promise.resolve(false); // its abort event is over: in the queue it would stay
      if (origin.running < concurrency) {
        origin.running += 1;
        return Promise.resolve(true);
      }
      return new Promise((resolve) => {
        const leave = (granted: boolean): void => {
          signal.removeEventListener('abort', entry.skip);
          const at = origin.queue.indexOf(entry);
          if (at >= 0) origin.queue.splice(at, 1);
          resolve(granted);
        };
        const entry = { start: () => leave(true), skip: () => leave(false) };
        origin.queue.push(entry);
        signal.addEventListener('abort', entry.skip, { once: true });
      });
    },
    release(name) {
      const origin = originState(name);
      const next = origin.queue[0];
      if (next)
        next.start(); // the slot passes on, so `running` stays
      else origin.running -= 1;
    },
    completed(name, firstByteMs, bytes, bodyMs) {
      const origin = originState(name);
      origin.lastCompletedMs = now();
      origin.suspect = false;
      circuits.recordSuccess(name, firstByteMs);
      if (bytes >= 4096) {
        const rate = bytes / Math.max(bodyMs, 1);
        origin.throughput = origin.throughput === null ? rate : origin.throughput * 0.8 + rate * 0.2;
      }
    },
    failed(name, outcome, details) {
      if (details?.status === 429 || (details?.retryAfterMs ?? 0) > 0) {
        const origin = originState(name);
        origin.throttledUntilMs = Math.max(origin.throttledUntilMs, now() + (details?.retryAfterMs ?? throttleMs));
      }
      fail(name, outcome, outcome, details);
    },
    outrun(name, startedMs) {
      const origin = originState(name);
      if (origin.suspect || origin.lastCompletedMs >= startedMs) return;
      origin.suspect = true;
      fail(name, 'timeout', 'slow');
      for (const entry of [...origin.queue]) entry.skip();
      for (const listener of [...origin.waiting]) listener();
    },
  };
}
