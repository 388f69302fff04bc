import { ConnectionSlots } from './connection-slots.js';

/** Bytes per millisecond assumed of a mirror without history, for the patience with a small body: 256 KiB/s. */
const unknownThroughput = 262;
/** Smaller bodies measure latency rather than throughput. */
const measuredBodyBytes = 4096;

/** The known facts about one origin while the client lives. Times are epoch milliseconds. */
export class OriginState {
  readonly slots: ConnectionSlots;
  /** Called when the origin becomes suspect. */
  readonly suspectListeners = new Set<() => void>();
  suspect = false;
  /** Whether connections were opened before it was asked. */
  isConnectedAhead = false;
  /** Whether third parties are asked because it does not answer. */
  isSilent = false;
  /** Whether the user knows that the origin is silent and still awaited. */
  toldSilent = false;
  /** How many bodies trickled since the origin last completed one. */
  trickles = 0;
  lastCompletedMs = -Infinity;
  lastCanaryMs = -Infinity;
  /** When a file that may not exist last waited for the origin in vain. */
  lastAwaitedMs = -Infinity;
  /** Until when the origin gets no hedges: it answered 429, or with Retry-After. */
  throttledUntilMs = -Infinity;
  #bytesPerMs: number | null = null;

  constructor(concurrency: number) {
    this.slots = new ConnectionSlots(concurrency);
  }

  /** Four times as long as a body of this size should take, in milliseconds. */
  bodyPatience(bytes: number): number {
    return (4 * bytes) / Math.max(this.#bytesPerMs ?? unknownThroughput, 16);
  }

  measureBody(bytes: number, ms: number): void {
    if (bytes < measuredBodyBytes) return;
    const rate = bytes / Math.max(ms, 1);
    this.#bytesPerMs = this.#bytesPerMs === null ? rate : this.#bytesPerMs * 0.8 + rate * 0.2;
  }
}
