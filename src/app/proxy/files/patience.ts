/** Goes on trying while no mirror can be reached, since no build tool tries again: an answer of 503 ends a build. */
import { linkedAbort } from '../../../base/async/linked-abort.js';
import { steadyNow } from '../../../base/async/steady-now.js';
import { wait } from '../../../base/async/wait.js';
import { type Attempt, ClojarsFetchError, isClojarsFetchError } from '../../../base/error.js';
import { isLoop } from '../http/problem.js';
import { Outage } from './outage.js';

/** The first pause between two tries, and the longest. */
const pauseMs = { first: 250, longest: 2_000 } as const;

export interface Patience {
  /** How long to go on trying. Once bytes arrive, the time limit of the work itself applies instead. */
  readonly patienceMs: number;
  /** Must not jump. Default: {@link steadyNow}. */
  readonly now?: (() => number) | undefined;
  readonly signal: AbortSignal;
  /** Whether to try once only: something else can be served if that fails. Default: false. */
  readonly isOnce?: boolean | undefined;
  /**
   * Asked when the time is up before the work has asked a mirror: true waits on. It waits for its turn behind others, or for the download of
   * another process. Default: never.
   */
  readonly waitsForTurn?: (() => boolean) | undefined;
  /** Shared by requests that are out of reach together; the work says when it ends. Default: one for each request. */
  readonly outage?: Pick<Outage, 'patienceEndsMs' | 'tryMs' | 'failed' | 'answered'> | undefined;
}

/** Told by the work how far it is. */
export interface Progress {
  /** It asks a mirror. */
  readonly asked: () => void;
  /** Bytes have arrived. */
  readonly arrived: () => void;
}

/**
 * Runs the work until it succeeds, fails for a reason that will not pass, or the time is up.
 * @throws whatever the work throws; ERR_UNREACHABLE, `timeout`, if it is still waiting for the first byte at the end
 */
export async function withPatience<T>(
  work: (signal: AbortSignal, progress: Progress) => Promise<T>,
  { patienceMs, now = steadyNow, signal, isOnce = false, waitsForTurn, outage = new Outage() }: Patience,
): Promise<T> {
  const startMs = now();
  const endMs = startMs + outage.tryMs(startMs, patienceMs);
  let pause: number = pauseMs.first;
  let earlier: unknown;
  for (;;) {
    const beganMs = now();
    try {
      return await tryOnce(work, signal, Math.max(0, endMs - beganMs), earlier === undefined ? { waitsForTurn } : { earlier });
    } catch (error) {
      if (signal.aborted) throw error;
      earlier = error;
      if (isOutOfReach(error)) outage.failed(beganMs, now());
      else if (isClojarsFetchError(error) && error.code === 'ERR_NOT_FOUND') outage.answered();
      if (isOnce || !isOutOfReach(error)) throw error;
      // Never longer than this request's own patience, however often the repository answers others.
      const repeatEndMs = Math.min(startMs + patienceMs, outage.patienceEndsMs(now(), patienceMs));
      if (now() + pause >= repeatEndMs) throw error;
    }
    await wait(pause, signal);
    pause = Math.min(pauseMs.longest, 2 * pause);
  }
}

/** How a single try ends. */
export interface TryOptions extends Pick<Patience, 'waitsForTurn'> {
  /** The failure of the try before: it names the mirrors, if this one ends before it has asked any. */
  readonly earlier?: unknown;
}

/** Runs the work once, and ends it if no byte has arrived when the time is up. */
export async function tryOnce<T>(
  work: (signal: AbortSignal, progress: Progress) => Promise<T>,
  signal: AbortSignal,
  remainingMs: number,
  { waitsForTurn, earlier }: TryOptions = {},
): Promise<T> {
  const link = linkedAbort(signal);
  const clock = new TryClock(remainingMs, () => link.abort(), waitsForTurn);
  try {
    return await work(link.signal, clock);
  } catch (error) {
    if (!clock.isOver || signal.aborted) throw error;
    throw earlier !== undefined && attemptsOf(error).length === 0 ? earlier : late(error);
  } finally {
    clock.stop();
    link.release();
  }
}

/** The shortest time until it is looked again whether a try has its turn. */
const leastTurnMs = 250;

/** The clock of one try. It stops with the first byte. If it had to wait for its turn, all of its time is left when it asks a mirror. */
class TryClock implements Progress {
  readonly #remainingMs: number;
  readonly #onOver: () => void;
  readonly #waitsForTurn: () => boolean;
  #timer: NodeJS.Timeout;
  #isAsked = false;
  #hasWaited = false;
  isOver = false;

  constructor(remainingMs: number, onOver: () => void, waitsForTurn: () => boolean = () => false) {
    this.#remainingMs = remainingMs;
    this.#onOver = onOver;
    this.#waitsForTurn = waitsForTurn;
    this.#timer = setTimeout(this.#onTime, remainingMs);
  }

  readonly #onTime = (): void => {
    if (!this.#isAsked && this.#waitsForTurn()) {
      this.#hasWaited = true;
      this.#timer = setTimeout(this.#onTime, Math.max(leastTurnMs, this.#remainingMs));
      return;
    }
    this.isOver = true;
    this.#onOver();
  };

  readonly asked = (): void => {
    if (this.#isAsked) return;
    this.#isAsked = true;
    if (!this.#hasWaited) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#onTime, this.#remainingMs);
  };

  readonly arrived = (): void => {
    this.#isAsked = true;
    this.stop();
  };

  stop(): void {
    clearTimeout(this.#timer);
  }
}

function attemptsOf(error: unknown): readonly Attempt[] {
  return isClojarsFetchError(error) ? error.attempts : [];
}

function late(error: unknown): unknown {
  const attempts = attemptsOf(error);
  const coordinate = isClojarsFetchError(error) ? error.coordinate : undefined;
  return new ClojarsFetchError('ERR_UNREACHABLE', {
    reason: 'timeout',
    coordinate,
    attempts,
    cause: error,
    message: `${coordinate ?? 'the file'}: no mirror answered in time`,
    hint: 'Try again later, add a mirror with --mirror ID=URL, or see `clojars-fetch doctor`.',
  });
}

/** Whether no mirror could be reached: another try may succeed. */
export function isOutOfReach(error: unknown): boolean {
  return isClojarsFetchError(error) && error.code === 'ERR_UNREACHABLE' && !isLoop(error) && !isDenied(error);
}

/** A server that wants other credentials, or forbids the file, will say the same again. */
function isDenied({ attempts }: ClojarsFetchError): boolean {
  const failures = attempts.filter(({ outcome }) => outcome !== 'ok' && outcome !== 'not-found' && outcome !== 'aborted');
  return failures.length > 0 && failures.every(({ status }) => status === 401 || status === 403 || status === 407);
}
