/** Lends a place on a connection to one request. */
import type { Socket } from 'node:net';

import type { HttpConnection } from '../contract/http-connection.js';

/** A place on a connection for one request. Give it back once, by `release`, `refused` or `discard`. */
export interface Lease {
  readonly client: HttpConnection;
  /** True if the connection was idle before: the server may have closed it in the meantime. */
  readonly reused: boolean;
  readonly http2: boolean;
  /** Where the connection leads: the server, or the proxy. */
  readonly address: { readonly host: string; readonly port: number } | undefined;
  /** True once the server sent GOAWAY: a request without an answer was most likely not processed. */
  readonly isLeaving: boolean;
  /** The answer was read to its end. */
  release(): void;
  /** The server did not process the request. Other requests on the connection go on. */
  refused(): void;
  /** Broken, aborted, or no longer to be trusted. An HTTP/2 connection ends after its other requests. */
  discard(): void;
}

/** A connection, as its pool knows it. */
export interface Slot {
  readonly client: HttpConnection;
  readonly socket: Socket;
  readonly http2: boolean;
  readonly address: Lease['address'];
  active: number;
  used: boolean;
  draining: boolean;
  /** Most requests at the same time; lowered when the server refuses one. */
  capacity: number;
  /** Settles once the socket has closed and its listeners know it. */
  readonly closed: Promise<void>;
}

/** How a request left its connection. */
export type LeaseEnd = 'released' | 'refused' | 'discarded';

export class SlotLease implements Lease {
  readonly client: HttpConnection;
  readonly http2: boolean;
  readonly reused: boolean;
  readonly #slot: Slot;
  readonly #takeBack: (slot: Slot, end: LeaseEnd) => void;
  #isReturned = false;

  constructor(slot: Slot, reused: boolean, takeBack: (slot: Slot, end: LeaseEnd) => void) {
    this.client = slot.client;
    this.http2 = slot.http2;
    this.reused = reused;
    this.#slot = slot;
    this.#takeBack = takeBack;
  }

  get address(): Lease['address'] {
    return this.#slot.address;
  }

  get isLeaving(): boolean {
    return this.#slot.draining;
  }

  release(): void {
    this.#end('released');
  }

  refused(): void {
    this.#end('refused');
  }

  discard(): void {
    this.#end('discarded');
  }

  #end(end: LeaseEnd): void {
    if (this.#isReturned) return;
    this.#isReturned = true;
    this.#takeBack(this.#slot, end);
  }
}
