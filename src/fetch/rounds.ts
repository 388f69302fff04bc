/** Repeats a round of requests to servers whose failures may be temporary. */
import pRetry from 'p-retry';

import type { CancelSignal } from '../base/async/cancellation.js';
import { linkedAbort } from '../base/async/linked-abort.js';
import { wait } from '../base/async/wait.js';

/** Rounds after the first. */
const retries = 2;
const firstPauseMs = 200;

/** Returned by a round to request another one. An error only because p-retry does not repeat on anything else. */
export class AnotherRound extends Error {
  readonly waitMs: number;

  /** @param waitMs how long servers asked to be left alone; added to the usual pause */
  constructor(waitMs = 0) {
    super('every server failed');
    this.waitMs = waitMs;
  }
}

/**
 * Runs rounds until one has a result, with a longer pause after each; null if the last one asks for another. Rejects
 * with what a round threw, or with the signal's reason. A result is returned even if the signal aborts at the same
 * moment: it belongs to the caller.
 */
export async function inRounds<T>(round: () => Promise<T | AnotherRound>, signal: CancelSignal): Promise<T | null> {
  signal.throwIfAborted();
  let first: T | AnotherRound | null;
  try {
    first = await round();
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
  return first instanceof AnotherRound ? moreRounds(first, round, signal) : first;
}

/** Goes on after a first round that asked for another. Nearly every file is done with the first, and spared all this. */
export async function moreRounds<T>(first: AnotherRound, round: () => Promise<T | AnotherRound>, signal: CancelSignal): Promise<T | null> {
  const link = linkedAbort(signal);
  const results: T[] = [];
  let outcome: T | AnotherRound | null = first;
  try {
    await pRetry(
      async () => {
        outcome ??= await round();
        const ended = outcome;
        outcome = null;
        if (ended instanceof AnotherRound) throw ended;
        results.push(ended);
      },
      {
        retries,
        minTimeout: firstPauseMs,
        factor: 2,
        randomize: true,
        signal: link.signal,
        shouldRetry: ({ error }) => error instanceof AnotherRound,
        onFailedAttempt: ({ error, retriesLeft }) =>
          error instanceof AnotherRound && retriesLeft > 0 ? wait(error.waitMs, signal) : undefined,
      },
    );
  } catch (error) {
    if (results.length === 0) {
      signal.throwIfAborted();
      if (!(error instanceof AnotherRound)) throw error;
    }
  } finally {
    link.release();
  }
  return results[0] ?? null;
}
