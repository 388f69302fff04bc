/** One client's connection: its requests are handled one after the other, however many it sends at once. */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';

import type { AllowedHead } from '../http/allowed-head.js';
import type { ProxyResponse } from './response.js';

/** More requests than this may not wait on one connection. No build tool sends a second one before it has the first answer. */
const maxWaiting = 256;

/** Handles a request. Returns null if nothing is left to wait for. Must neither throw nor reject. */
export type HandleExchange = (connection: Connection, request: IncomingMessage, response: ProxyResponse) => Promise<void> | null;

type Exchange = readonly [request: IncomingMessage, response: ProxyResponse];

export class Connection {
  /** The last request that was checked and let through. */
  allowed: AllowedHead | null = null;
  readonly #socket: Socket;
  readonly #handle: HandleExchange;
  readonly #waiting: Exchange[] = [];
  #current: ProxyResponse | null = null;
  #isClosing = false;
  #isRefused = false;

  constructor(socket: Socket, handle: HandleExchange) {
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
    const answering = this.#begin(request, response);
    if (answering === null) this.#end();
    else void this.#goOn(answering);
  }

  #begin(request: IncomingMessage, response: ProxyResponse): Promise<void> | null {
    this.#current = response;
    return this.#handle(this, request, response);
  }

  /** Handles the requests that wait, after the present one. */
  async #goOn(answering: Promise<void>): Promise<void> {
    await answering;
    for (let next = this.#next(); next !== undefined; next = this.#next()) await this.#begin(...next);
    this.#end();
  }

  #next(): Exchange | undefined {
    if (this.#socket.destroyed) this.#waiting.length = 0;
    return this.#waiting.shift();
  }

  #end(): void {
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
