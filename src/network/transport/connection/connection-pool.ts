/**
 * Keeps the connections to one origin. Opens sockets one by one, and hands them to a client that speaks HTTP on them. A
 * request that waits for a connection can therefore be given up at once, the protocol is known before the first request,
 * and one place decides how many connections there are.
 */
import type { Socket } from 'node:net';

import { Cancellation, type CancelSignal } from '../../../base/async/cancellation.js';
import { onAbort } from '../../../base/async/on-abort.js';
import { descriptorWaitMs } from '../../../base/disk/free-descriptor.js';
import { OutOfDescriptorsError } from '../contract/failure.js';
import type { HttpConnection } from '../contract/http-connection.js';
import { isTransportError, TransportError } from '../contract/transport.js';
import { closeOf, endConnection } from './end-connection.js';
import { type Lease, type LeaseEnd, type Slot, SlotLease } from './lease.js';
import type { OpenSocket } from './socket.js';

export interface PoolOptions {
  readonly open: (signal: CancelSignal, offerHttp2: boolean) => Promise<OpenSocket>;
  /** Speaks HTTP on the socket. Calls back when the server takes no new requests on it. */
  readonly createClient: (opened: OpenSocket, onLeaving: () => void) => HttpConnection;
  /** Maximum number of HTTP/1.1 connections. */
  readonly concurrency: number;
  /** Offer HTTP/2. The first connection is then made alone: if it is HTTP/2, no other is needed. */
  readonly http2: boolean;
  /** Called when no file descriptor is left: connections that are idle elsewhere should be closed. */
  readonly onShortage: () => void;
}

interface Waiter {
  readonly resolve: (lease: Lease) => void;
  readonly reject: (error: TransportError) => void;
}

const streamsPerConnection = 100;
const http2ConnectionsMax = 4;

export class ConnectionPool {
  readonly #options: PoolOptions;
  readonly #slots = new Set<Slot>();
  readonly #idle: Slot[] = [];
  readonly #waiters = new Set<Waiter>();
  readonly #attempts = new Set<Cancellation>();
  /** Known from the first connection on. */
  #protocol: 'unknown' | 'http1' | 'http2';
  /** Maximum number of HTTP/1.1 connections; lowered if another one cannot be made while some are alive. */
  #ceiling: number;
  #answered = 0;
  /** Attempts that were asked for ahead of requests, and have not ended. */
  #ahead = 0;
  /** When descriptors ran out for a first connection, by performance.now(). */
  #shortSinceMs: number | null = null;
  #retry: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: PoolOptions) {
    this.#options = options;
    this.#protocol = options.http2 ? 'unknown' : 'http1';
    this.#ceiling = options.concurrency;
  }

  /** @throws {TransportError} when no connection can be made, or `aborted`. */
  acquire(signal: CancelSignal): Promise<Lease> {
    if (this.#closed) return Promise.reject(new TransportError('aborted', 'the transport is closed'));
    if (signal.aborted) return Promise.reject(new TransportError('aborted', 'aborted', { cause: signal.reason }));
    const slot = this.#waiters.size === 0 ? this.#freeSlot() : null;
    if (slot) return Promise.resolve(this.#lease(slot));
    return new Promise((resolve, reject) => {
      const stopListening = onAbort(signal, () => {
        this.#waiters.delete(waiter);
        this.#cancelSurplus();
        reject(new TransportError('aborted', 'aborted', { cause: signal.reason }));
      });
      const waiter: Waiter = {
        resolve: (lease) => {
          stopListening();
          resolve(lease);
        },
        reject: (error) => {
          stopListening();
          reject(error);
        },
      };
      this.#waiters.add(waiter);
      this.#pump();
    });
  }

  /** Opens connections until there are this many, for requests that may follow soon. */
  openAhead(connections: number): void {
    this.#ahead = Math.max(this.#ahead, connections - this.#slots.size);
    this.#pump();
  }

  /** Closes idle connections: after a server closed one kept-alive connection, the others are most likely gone too. */
  dropIdle(): void {
    for (const slot of [...this.#idle]) void this.#drop(slot);
    for (const slot of this.#slots) if (slot.http2 && slot.active === 0) void this.#drop(slot);
  }

  /** Number of requests answered so far: distinguishes a server that makes progress from one that refuses everything. */
  get answered(): number {
    return this.#answered;
  }

  /** Whether a request is under way here or waits for a connection. */
  get isBusy(): boolean {
    return this.#waiters.size > 0 || this.#attempts.size > 0 || [...this.#slots].some(({ active }) => active > 0);
  }

  /** Ends every connection and every request. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#retry);
    for (const attempt of this.#attempts) attempt.abort(new Error('the transport is closed'));
    for (const waiter of this.#waiters) waiter.reject(new TransportError('aborted', 'the transport is closed'));
    this.#waiters.clear();
    await Promise.all([...this.#slots].map((slot) => this.#drop(slot)));
  }

  #freeSlot(): Slot | null {
    // Last in, first out: the connection used last is the least likely to have been closed.
    for (let slot = this.#idle.pop(); slot; slot = this.#idle.pop()) {
      if (!slot.socket.destroyed) return slot;
      void this.#drop(slot);
    }
    for (const slot of this.#slots) {
      if (slot.http2 && !slot.draining && slot.active < slot.capacity) {
        if (!slot.socket.destroyed) return slot;
        void this.#drop(slot);
      }
    }
    return null;
  }

  #lease(slot: Slot, reused = true): Lease {
    slot.active += 1;
    // The socket is unreferenced until its first use, which undici does not know.
    if (!slot.used) slot.socket.ref();
    slot.used = true;
    return new SlotLease(slot, reused, this.#takeBack);
  }

  /**
   * Waits for the end of the turn. undici is still handling the end of this answer, or its error, and only afterwards knows
   * whether it must close the socket. If it is destroyed in between, one of its own assertions fails, outside any promise.
   */
  readonly #takeBack = (slot: Slot, end: LeaseEnd): void =>
    queueMicrotask(() => {
      slot.active -= 1;
      if (end === 'released') this.#answered += 1;
      else if (end === 'refused') slot.capacity = Math.max(1, Math.min(slot.capacity, slot.active));
      else slot.draining = true;
      this.#settle(slot);
    });

  #settle(slot: Slot): void {
    if (!this.#slots.has(slot)) return;
    if (slot.socket.destroyed || (slot.draining && slot.active === 0)) void this.#drop(slot);
    else if (!slot.http2) {
      if (this.#slots.size > this.#ceiling) void this.#drop(slot);
      else this.#idle.push(slot);
    }
    this.#pump();
  }

  #pump(): void {
    if (this.#closed) return;
    for (const waiter of this.#waiters) {
      const slot = this.#freeSlot();
      if (!slot) break;
      this.#waiters.delete(waiter);
      waiter.resolve(this.#lease(slot, slot.used));
    }
    const most = this.#protocol === 'unknown' ? 1 : this.#protocol === 'http2' ? http2ConnectionsMax : this.#ceiling;
    while (this.#attempts.size < this.#attemptsWanted() && this.#attempts.size + this.#slots.size < most) this.#attempt();
  }

  #attemptsWanted(): number {
    const perConnection = this.#protocol === 'http1' ? 1 : streamsPerConnection;
    // The first connection of HTTP/2 serves all that was wanted ahead.
    const ahead = this.#protocol === 'http2' ? 0 : this.#ahead;
    return Math.max(ahead, Math.ceil(this.#waiters.size / perConnection));
  }

  #attempt(): void {
    const cancellation = new Cancellation();
    this.#attempts.add(cancellation);
    this.#options.open(cancellation, this.#options.http2).then(
      (opened) => {
        this.#endAttempt(cancellation);
        this.#adopt(opened);
      },
      (error: unknown) => {
        this.#endAttempt(cancellation);
        this.#failed(isTransportError(error) ? error : new TransportError('refused', String(error)));
      },
    );
  }

  #endAttempt(cancellation: Cancellation): void {
    this.#attempts.delete(cancellation);
    this.#ahead = Math.max(0, this.#ahead - 1);
  }

  #adopt(opened: OpenSocket): void {
    const { socket, http2 } = opened;
    if (this.#closed) {
      socket.destroy();
      return;
    }
    this.#shortSinceMs = null;
    this.#protocol = http2 ? 'http2' : 'http1';
    const slot: Slot = {
      client: this.#options.createClient(opened, () => this.#drain(slot)),
      socket,
      http2,
      address: addressOf(socket),
      active: 0,
      used: false,
      draining: false,
      capacity: streamsPerConnection,
      closed: closeOf(socket),
    };
    socket.unref(); // until it is used, it must not keep the process alive
    void slot.closed.then(() => {
      void this.#drop(slot);
      this.#pump();
    });
    this.#slots.add(slot);
    if (!http2) this.#idle.push(slot);
    this.#pump();
  }

  /** Sends no new requests on the connection; requests under way may end. */
  #drain(slot: Slot): void {
    slot.draining = true;
    if (slot.active === 0) void this.#drop(slot);
    this.#pump();
  }

  /** Fails the requests that only this attempt could have served; the others wait for a living connection. */
  #failed(error: TransportError): void {
    if (error instanceof OutOfDescriptorsError) return this.#backOff(error);
    if (error.outcome !== 'aborted') {
      if (this.#slots.size > 0) this.#ceiling = this.#slots.size;
      else this.#rejectWaiters(error);
    }
    this.#pump();
  }

  #rejectWaiters(error: TransportError): void {
    const served = this.#attempts.size * (this.#protocol === 'http1' ? 1 : streamsPerConnection);
    let surplus = this.#waiters.size - served;
    for (const waiter of this.#waiters) {
      if (surplus-- <= 0) break;
      this.#waiters.delete(waiter);
      waiter.reject(error);
    }
  }

  /**
   * Makes do without free descriptors: halves the number of connections, so that the downloads on them can open their files.
   * Without any connection, waits until other pools and files have closed theirs, and tries again.
   */
  #backOff(error: OutOfDescriptorsError): void {
    this.#options.onShortage();
    this.#ceiling = Math.max(1, Math.floor(this.#slots.size / 2));
    for (const slot of [...this.#idle]) if (this.#slots.size > this.#ceiling) void this.#drop(slot);
    if (this.#slots.size > 0 || this.#attempts.size > 0) return this.#pump();
    const nowMs = performance.now();
    this.#shortSinceMs ??= nowMs;
    if (nowMs - this.#shortSinceMs >= descriptorWaitMs) {
      this.#shortSinceMs = null;
      this.#rejectWaiters(error);
    } else {
      clearTimeout(this.#retry);
      this.#retry = setTimeout(() => this.#pump(), 20 + Math.random() * 80);
    }
  }

  #cancelSurplus(): void {
    const attempts = [...this.#attempts];
    for (const attempt of attempts.slice(this.#attemptsWanted())) attempt.abort();
  }

  #drop(slot: Slot): Promise<void> {
    this.#slots.delete(slot);
    const index = this.#idle.indexOf(slot);
    if (index >= 0) this.#idle.splice(index, 1);
    if (this.#slots.size === 0) this.#ceiling = this.#options.concurrency;
    return endConnection(slot);
  }
}

/** Reads the address while the socket is open: a closed one has forgotten it. */
function addressOf({ remoteAddress, remotePort }: Socket): Lease['address'] {
  return remoteAddress === undefined || remotePort === undefined ? undefined : { host: remoteAddress, port: remotePort };
}
