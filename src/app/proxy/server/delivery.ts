/** Hands a body to one client piece by piece: the next only when the last has left this process, so that a slow reader costs one piece. */
import { TLSSocket } from 'node:tls';

import type { ProxyResponse } from './response.js';

export class Delivery {
  readonly #response: ProxyResponse;
  readonly #stallMs: number;
  #wake: (() => void) | null = null;

  /** @param stallMs how long a client may take nothing before it is cut */
  constructor(response: ProxyResponse, stallMs: number) {
    this.#response = response;
    this.#stallMs = stallMs;
    response.once('close', this.#onEvent);
  }

  readonly #onEvent = (): void => {
    const wake = this.#wake;
    this.#wake = null;
    wake?.();
  };

  /** Whether the client has gone, or was cut. */
  get isOver(): boolean {
    return this.#response.destroyed;
  }

  /** Sends a piece. Resolves when it has left; the buffer may then be used again. Returns false if the client has gone. */
  async write(piece: Uint8Array): Promise<boolean> {
    if (this.isOver) return false;
    const left = this.#next();
    this.#response.bodyBytes += piece.length;
    this.#response.write(piece, this.#onEvent);
    await left;
    return !this.isOver;
  }

  /** Sends the last piece, and resolves when it has left or the client has gone. */
  async end(piece?: Uint8Array): Promise<void> {
    if (this.isOver) return;
    const left = this.#next();
    if (piece !== undefined) this.#response.bodyBytes += piece.length;
    this.#response.end(piece, this.#onEvent);
    await left;
  }

  /** Resolves when everything that was handed over has left. */
  async flushed(): Promise<void> {
    if (this.isOver || this.#response.writableFinished) return;
    const left = this.#next();
    this.#response.once('finish', this.#onEvent);
    await left;
  }

  /** Cuts the connection: the client must not take what it has for the whole. */
  cut(): void {
    const { socket } = this.#response;
    // A TLS connection cannot be reset; without its closing message it is as clearly cut.
    if (socket === null || socket instanceof TLSSocket) this.#response.destroy();
    else socket.resetAndDestroy();
  }

  /** Waits for the next event. The socket's own clock restarts whenever the client takes a byte, and cuts the connection otherwise. */
  async #next(): Promise<void> {
    const { socket } = this.#response;
    socket?.setTimeout(this.#stallMs);
    await new Promise<void>((resolve) => (this.#wake = resolve));
    // Time that passes before the next piece is there is not the client's.
    if (!this.#response.writableEnded) socket?.setTimeout(0);
  }
}
