/** One client's connection: its requests are handled one after the other, however many it sends at once. */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';

import type { ProxyResponse } from './response.js';

/** More requests than this may not wait on one connection. No build tool sends a second one before it has the first answer. */
const maxWaiting = 256;

export type Exchange = readonly [request: IncomingMessage, response: ProxyResponse];

export class Connection {
  readonly #socket: Socket;
  readonly #handle: (...exchange: Exchange) => Promise<void>;
  readonly #waiting: Exchange[] = [];
  #current: ProxyResponse | null = null;
  #isClosing = false;
  #isRefused = false;

  /** @param handle must not reject */
  constructor(socket: Socket, handle: (...exchange: Exchange) => Promise<void>) {
    this.#socket = socket;
    this.#handle = handle;
  }

  /** Handles a request now, or after those before it. */
  add(request: IncomingMessage, response: ProxyResponse): void {
    if (this.#isRefused) return;
    if (this.#current !== null) {
      if (this.#waiting.length < maxWaiting) this.#waiting.push([request, response]);
      else this.destroy();
      return;
    }
    void this.#run(request, response);
  }

  async #run(...first: Exchange): Promise<void> {
    for (let next: Exchange | undefined = first; next !== undefined; next = this.#waiting.shift()) {
      [, this.#current] = next;
      await this.#handle(...next);
      if (this.#socket.destroyed) this.#waiting.length = 0;
    }
    this.#current = null;
    if (this.#isClosing) this.#socket.destroySoon();
  }

  /** Ends the connection after the request that is being handled. Requests that wait are not handled. */
  close(): void {
    this.#isClosing = true;
    this.#waiting.length = 0;
    if (this.#current === null) this.#socket.destroySoon();
    else this.#current.shouldKeepAlive = false;
  }

  destroy(): void {
    this.#waiting.length = 0;
    this.#socket.destroy();
  }

  /**
   * Sends a last answer on a connection whose input makes no sense, and closes it. What the client is still sending is read for a moment:
   * a reset would keep it from reading the answer.
   */
  refuse(answer: string): void {
    if (this.#isRefused) return;
    this.#isRefused = true;
    // A request before it is being answered: this answer would end up in the middle of that one.
    if (this.#current !== null) return this.close();
    if (!this.#socket.writable) return this.destroy();
    this.#socket.end(answer);
    const timer = setTimeout(() => this.#socket.destroy(), lingerMs);
    this.#socket.once('close', () => clearTimeout(timer));
    this.#socket.resume();
  }
}

const lingerMs = 500;
