/** Yields to the event loop from time to time during work that never waits by itself. */
import { setImmediate } from 'node:timers/promises';

/** Longest time between two turns. */
const turnMs = 4;

export class EventLoopTurns {
  #endMs = performance.now() + turnMs;
  #turn: Promise<void> | null = null;

  /** Returns the turn to wait for, the same to every worker; null if none is due. */
  due(): Promise<void> | null {
    if (performance.now() < this.#endMs) return null;
    return (this.#turn ??= setImmediate().then(() => {
      this.#turn = null;
      this.#endMs = performance.now() + turnMs;
    }));
  }
}
