/** Runs one call of the public API: its deadline, its comparisons, and the error that an abort becomes. */
import { setMaxListeners } from 'node:events';

import type { CancelSignal } from '../../base/async/cancellation.js';
import { DeadlineError, isDeadlineError } from '../../base/async/deadline-error.js';
import { type LinkedAbort, linkedAbort } from '../../base/async/linked-abort.js';
import { onAbort } from '../../base/async/on-abort.js';
import { ClojarsFetchError, isClojarsFetchError } from '../../base/error.js';
import type { Context } from '../../fetch/context.js';
import { createComparisons } from '../../fetch/repositories/comparisons.js';
import type { Session } from './session.js';

/** Options of every call. */
export interface OperationOptions {
  /** Ends only this call, with ERR_ABORTED; the signal's reason is the `cause`. */
  readonly signal?: AbortSignal | undefined;
  /** Time limit for this call, in milliseconds, 1 to 86,400,000. Default: that of the client. */
  readonly timeoutMs?: number | undefined;
}

/** A call of the public API. */
export interface OperationCall {
  readonly session: Promise<Session>;
  /** The subject of the call in error messages. */
  readonly subject: string;
  readonly signals: readonly AbortSignal[];
  /** Default: that of the session. */
  readonly timeoutMs?: number | undefined;
}

/** Does as {@link runBounded}, with the deadline of the call or else of the session. Comparisons get a short grace period after the work. */
export async function runOperation<T>(
  { session, subject, signals, timeoutMs }: OperationCall,
  work: (context: Context) => Promise<T>,
): Promise<T> {
  const opened = await session;
  const { configuration } = opened;
  const deadline = new Deadline(signals, timeoutMs ?? configuration.timeoutMs);
  const { signal } = deadline;
  const comparisons = createComparisons(configuration.trust.compareRepositories, signal);
  try {
    signal.throwIfAborted();
    const result = await endsSoonAfterAbort(work(opened.context({ signal, comparisons })), signal);
    await comparisons.finish();
    return result;
  } catch (error) {
    await comparisons.abandon();
    throw deadline.explain(error, subject);
  } finally {
    deadline.clear();
  }
}

/**
 * Runs `work` until it ends, the deadline passes (ERR_UNREACHABLE, timeout) or one of the signals aborts
 * (ERR_ABORTED, with the signal's reason as cause).
 * @param timeoutMs for the whole work
 */
export async function runBounded<T>(
  subject: string,
  signals: readonly CancelSignal[],
  timeoutMs: number,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const deadline = new Deadline(signals, timeoutMs);
  try {
    deadline.signal.throwIfAborted();
    return await endsSoonAfterAbort(work(deadline.signal), deadline.signal);
  } catch (error) {
    throw deadline.explain(error, subject);
  } finally {
    deadline.clear();
  }
}

/** How long aborted work may take to clean up and report its state. */
const graceMs = 700;

/** Waits for the work; after an abort only for the grace period, so that a forgotten wait does not block the caller. */
async function endsSoonAfterAbort<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  let stopListening = (): void => undefined;
  const late = new Promise<never>((_resolve, reject) => {
    stopListening = onAbort(signal, () => {
      timer = setTimeout(() => reject(abortReason(signal)), graceMs);
    });
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
    stopListening();
  }
}

function abortReason({ reason }: AbortSignal): Error {
  return reason instanceof Error ? reason : new Error('aborted', { cause: reason });
}

/** Aborts its signal when the time is up or one of the given signals aborts. */
class Deadline {
  readonly #link: LinkedAbort;
  readonly #timeoutMs: number;
  readonly #timer: NodeJS.Timeout;
  #hasPassed = false;

  constructor(signals: readonly CancelSignal[], timeoutMs: number) {
    this.#link = linkedAbort(...signals);
    // Hundreds of calls may share a signal, and hundreds of requests the deadline's: that is not a leak to warn about.
    setMaxListeners(0, this.signal, ...signals.filter((signal) => signal instanceof AbortSignal));
    this.#timeoutMs = timeoutMs;
    this.#timer = setTimeout(() => {
      this.#hasPassed = true;
      this.#link.abort(new DeadlineError());
    }, timeoutMs);
  }

  get signal(): AbortSignal {
    return this.#link.signal;
  }

  /** Turns an error of the work into one of the public API. */
  explain(error: unknown, subject: string): unknown {
    if (!this.signal.aborted) return error;
    const reason: unknown = this.signal.reason;
    const awaited = isDeadlineError(reason) ? reason.attempts : [];
    const attempts = isClojarsFetchError(error) ? error.attempts : awaited;
    if (!this.#hasPassed) {
      return new ClojarsFetchError('ERR_ABORTED', {
        reason: 'signal',
        coordinate: subject,
        attempts,
        cause: reason,
        message: `${subject}: aborted`,
      });
    }
    return new ClojarsFetchError('ERR_UNREACHABLE', {
      reason: 'timeout',
      coordinate: subject,
      attempts,
      cause: error,
      message: `${subject}: not done within ${this.#timeoutMs} ms`,
      hint: 'Try again, add a mirror, or allow more time with --timeout SECONDS.',
    });
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.#link.release();
  }
}
