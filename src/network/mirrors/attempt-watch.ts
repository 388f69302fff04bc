/** One attempt of a race: its connection slot, its abort signal, and the clock that notices when it is late. */
import { Cancellation, type CancelSignal } from '../../base/async/cancellation.js';
import type { Health } from './health.js';
import { originOf } from './order.js';
import type { Mirror } from './repository.js';

/** The reports of a running attempt to the race. */
export interface AttemptMonitor {
  /** Headers of a 200 or 206 arrived; `bytes` is the announced length. */
  headers(bytes: number | null): void;
  /** This many more bytes of the body arrived. */
  received(bytes: number): void;
  /**
   * The exchange is over: frees the connection slot. An attempt must call it before it waits for anything that needs another slot (a
   * checksum file); otherwise a hundred attempts would wait for each other.
   */
  transferred(): void;
  /** Whether no other mirror is left to ask: then a slow first byte is awaited. */
  isLast(): boolean;
}

/** How a late attempt asks the race for another mirror. */
export interface Hedges {
  readonly isOver: boolean;
  /** Whether a mirror is left that may be asked because an attempt is late. */
  canHedge(): boolean;
  /** Connects to the next mirror, which may be asked soon: this origin gives no sign of life. */
  connectAhead(silent: string): void;
  /** Starts the next mirror; false if none is left. */
  hedge(from: Mirror): boolean;
  /** Whether the race has a second mirror at all. */
  readonly hasOthers: boolean;
  /** Whether a mirror is left to start. */
  isAnyLeft(): boolean;
}

/** Bodies up to this size are late by their size; larger ones, and bodies of unknown length, by their rate. */
const smallBodyBytes = 1 << 20;
/**
 * 16 KiB/s: a body slower than this for a whole window is late. Otherwise a hostile mirror could stay just above the
 * transport's stall limit and delay a file until the deadline, although a sound mirror is available.
 */
const slowBytesPerMs = 16;

/** A server that sends less of a small body at first sends it piece by piece, and is late in half the time. */
const wholeChunkBytes = 512;

/** Less than any network packet carries in the middle of a body: a server that has sent no more when it is late trickles. */
const trickleBytes = 128;

/** Delays are rounded up to a multiple of this: node:timers keeps one list for each length, and a few lists are cheap. */
const timerStepMs = 16;

export class AttemptWatch implements AttemptMonitor {
  readonly mirror: Mirror;
  readonly origin: string;
  readonly #health: Health;
  readonly #hedges: Hedges;
  readonly #cancellation = new Cancellation();
  readonly #unsubscribe: () => void;
  #startedMs: number;
  /** False while the attempt waits for a connection: no request was sent yet. */
  #sent = false;
  #late = false;
  #hedged = false;
  #holdsSlot = false;
  #judgedByRate = false;
  /** Of a small body, from its headers on. */
  #arrival: { readonly bytes: number; readonly arrivalMs: number; readonly patienceMs: number } | null = null;
  #hasHeaders = false;
  #isTransferred = false;
  #isStopped = false;
  #received = 0;
  #timer: NodeJS.Timeout | undefined;
  #silenceTimer: NodeJS.Timeout | undefined;

  constructor(mirror: Mirror, health: Health, hedges: Hedges) {
    this.mirror = mirror;
    this.origin = originOf(mirror.url);
    this.#health = health;
    this.#hedges = hedges;
    this.#startedMs = health.now();
    this.#unsubscribe = health.onSuspect(this.origin, () => this.moveOn());
  }

  get signal(): CancelSignal {
    return this.#cancellation;
  }

  get startedMs(): number {
    return this.#startedMs;
  }

  get sent(): boolean {
    return this.#sent;
  }

  get late(): boolean {
    return this.#late;
  }

  /** Whether the race has asked another mirror because of this attempt. */
  get hedged(): boolean {
    return this.#hedged;
  }

  /** Whether no headers of a body have come. */
  get isSilent(): boolean {
    return !this.#hasHeaders;
  }

  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** Waits for a connection slot; false if the mirror fell silent in the meantime. */
  async acquire(): Promise<boolean> {
    this.#holdsSlot = await this.#health.acquire(this.origin, this.signal);
    return this.#holdsSlot;
  }

  /** Starts the clock: the request is sent now. */
  start(): void {
    this.#startedMs = this.#health.now();
    this.#sent = true;
    this.#health.countRequest();
    const delayMs = this.#health.hedgeDelay(this.origin);
    if (!this.#health.isUnknown(this.origin)) return this.#lateAfter(delayMs);
    // All files would wait for the handshake with the next mirror, which takes a round trip or more.
    this.#lateAfter(delayMs / 2, () => {
      this.#hedges.connectAhead(this.origin);
      this.#lateAfter(delayMs - (this.#health.now() - this.#startedMs));
    });
  }

  /** Asks the next mirror as well, once. */
  moveOn(): void {
    if (this.#hedged || this.#hedges.isOver) return;
    this.#hedged = this.#hedges.hedge(this.mirror);
  }

  /** Calls back if there are no headers of a body within this time of the start. */
  limitSilence(ms: number, onEnd: () => void): void {
    if (this.#hasHeaders) return;
    this.#silenceTimer = setTimeout(onEnd, Math.max(0, ms - (this.#health.now() - this.#startedMs)));
  }

  headers(bytes: number | null): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#silenceTimer);
    this.#hasHeaders = true;
    this.#judgedByRate = bytes === null || bytes > smallBodyBytes;
    // A small body that another mirror delivered first was late, whether its headers were or not. A large one is judged by its rate.
    if (this.#judgedByRate) this.#late = false;
    if (this.#hedges.isOver) return;
    if (bytes === null || this.#judgedByRate) this.#watchRate();
    else this.#watchArrival(bytes);
  }

  received(bytes: number): void {
    const isFirst = this.#received === 0;
    this.#received += bytes;
    if (!isFirst || this.#isStopped || this.#arrival === null || bytes >= Math.min(this.#arrival.bytes, wholeChunkBytes)) return;
    clearTimeout(this.#timer);
    if (this.#health.isUnknown(this.origin)) this.#hedges.connectAhead(this.origin);
    this.#lateUnlessArrived(this.#arrival.arrivalMs / 2, this.#arrival.patienceMs);
  }

  transferred(): void {
    this.#isTransferred = true;
    if (!this.#health.keepsSlots) this.releaseSlot();
    if (!this.#judgedByRate) return;
    // The next request (for a checksum file) may hang as well. After a small body, the patience with the body covers it.
    this.#judgedByRate = false;
    clearTimeout(this.#timer);
    if (!this.#hedges.isOver) this.#lateAfter(this.#health.hedgeDelay(this.origin));
  }

  isLast(): boolean {
    return !this.#hedges.isAnyLeft();
  }

  releaseSlot(): void {
    if (this.#holdsSlot) this.#health.release(this.origin);
    this.#holdsSlot = false;
  }

  /** Stops the clock. */
  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#silenceTimer);
    this.#unsubscribe();
  }

  abort(): void {
    this.stop();
    this.#cancellation.abort();
  }

  /** Without another mirror, it makes no difference when the attempt is late. */
  #lateAfter(ms: number, whenLate = (): void => this.#whenLate()): void {
    if (this.#hedges.hasOthers) this.#timer = setTimeout(whenLate, Math.ceil(ms / timerStepMs) * timerStepMs);
  }

  /** A small body that trickles is late before its checksum could be. */
  #watchArrival(bytes: number): void {
    const patienceMs = this.#health.bodyPatience(this.origin, bytes);
    const arrivalMs = this.#health.arrivalPatience(this.origin, bytes, this.#health.now() - this.#startedMs);
    if (arrivalMs >= patienceMs) return this.#lateAfter(patienceMs);
    this.#arrival = { bytes, arrivalMs, patienceMs };
    this.#lateUnlessArrived(arrivalMs, patienceMs);
  }

  #lateUnlessArrived(arrivalMs: number, patienceMs: number): void {
    this.#lateAfter(arrivalMs, () =>
      // A busy process runs its timers before it reads what has arrived in the meantime.
      setImmediate(() => {
        if (this.#isStopped) return;
        if (this.#isTransferred) this.#lateAfter(patienceMs - arrivalMs);
        else {
          this.#noteTrickle();
          this.#whenLate();
        }
      }),
    );
  }

  #noteTrickle(): void {
    if (this.#received === 0 || this.#received >= trickleBytes || this.#hedges.isOver || !this.#hedges.canHedge()) return;
    this.#health.trickled(this.origin, this.#startedMs);
  }

  #whenLate(): void {
    this.#late = true;
    if (this.#hedged || this.#hedges.isOver) return;
    // Look for a mirror first: a token of the hedge budget is spent only if one can be asked.
    if (this.#hedges.canHedge() && (this.#health.isSuspect(this.origin) || this.#health.mayHedge(this.origin, this.#startedMs)))
      this.moveOn();
    if (!this.#hedged) this.#lateAfter(this.#health.hedgeDelay(this.origin)); // no mirror or no budget: look again later
  }

  #watchRate(): void {
    if (!this.#hedges.hasOthers) return;
    const before = this.#received;
    const windowMs = this.#health.rateWindowMs();
    this.#timer = setTimeout(() => {
      if (this.#received - before < slowBytesPerMs * windowMs) this.#whenLate();
      else this.#watchRate();
    }, windowMs);
  }
}
