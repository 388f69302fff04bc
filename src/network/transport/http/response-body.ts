/** Carries the bytes of an answer from the socket to their reader, with back-pressure. */
import { TransportError } from '../contract/transport.js';

/** Controls the connection on behalf of the reader. */
export interface Flow {
  pause(): void;
  resume(): void;
  /** Ends the request and with it the connection (HTTP/2: the stream). */
  abort(error: TransportError): void;
}

interface Waiting {
  readonly resolve: (result: IteratorResult<Uint8Array, undefined>) => void;
  readonly reject: (error: TransportError) => void;
}

const pauseAtBytes = 512 * 1024;
const resumeAtBytes = 128 * 1024;
const smallChunkBytes = 1024;
const gatherBytes = 64 * 1024;

/** Written by hand, without node:stream or a generator: thousands of small answers a second pass through it. */
export class ResponseBody implements AsyncIterableIterator<Uint8Array, undefined> {
  readonly #flow: Flow;
  #chunks: Uint8Array[] = [];
  #first = 0;
  #bufferedBytes = 0;
  #waiting: Waiting | null = null;
  #error: TransportError | null = null;
  #state: 'open' | 'ended' | 'left' = 'open';
  #paused = false;
  #isRead = false;

  constructor(flow: Flow) {
    this.#flow = flow;
  }

  /** True while the connection waits for the reader. */
  get paused(): boolean {
    return this.#paused;
  }

  push(chunk: Uint8Array): void {
    if (this.#state !== 'open' || this.#error) return;
    if (this.#waiting) {
      const { resolve } = this.#waiting;
      this.#waiting = null;
      resolve({ done: false, value: chunk });
      return;
    }
    this.#chunks.push(chunk);
    this.#bufferedBytes += chunk.length;
    if (this.#bufferedBytes >= pauseAtBytes && !this.#paused) {
      this.#paused = true;
      this.#flow.pause();
    }
  }

  end(): void {
    if (this.#state === 'open' && !this.#error) this.#state = 'ended';
    this.#waiting?.resolve({ done: true, value: undefined });
    this.#waiting = null;
  }

  /** @param keep whether bytes that came before the failure are still handed out: the download may resume after them. */
  fail(error: TransportError, keep: boolean): void {
    if (this.#state !== 'open' || this.#error) return;
    this.#error = error;
    if (!keep) this.#clear();
    this.#waiting?.reject(error);
    this.#waiting = null;
  }

  next(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.#isRead = true;
    const chunk = this.#take();
    if (chunk) {
      this.#bufferedBytes -= chunk.length;
      if (this.#first === this.#chunks.length || this.#first > 64) {
        this.#chunks = this.#chunks.slice(this.#first);
        this.#first = 0;
      }
      if (this.#paused && this.#bufferedBytes <= resumeAtBytes) {
        this.#paused = false;
        this.#flow.resume();
      }
      return Promise.resolve({ done: false, value: chunk });
    }
    if (this.#error) return Promise.reject(this.#error);
    if (this.#state !== 'open') return Promise.resolve({ done: true, value: undefined });
    if (this.#waiting) return Promise.reject(new TypeError('the body is already being read'));
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
  }

  /** Returns the whole body if all of it is here and none of it was read, else null: most small answers come in one piece. */
  takeWhole(): Uint8Array | null {
    if (this.#state !== 'ended' || this.#isRead || this.#error !== null) return null;
    const [only] = this.#chunks;
    const whole = this.#chunks.length === 1 && only !== undefined ? only : Buffer.concat(this.#chunks);
    this.#isRead = true;
    this.#clear();
    return whole;
  }

  /** Called when the reader leaves the loop early. */
  return(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.cancel();
    return Promise.resolve({ done: true, value: undefined });
  }

  /** Ends the answer. A waiting reader gets an error: a body that was cut off here must not look whole. */
  cancel(): void {
    if (this.#state !== 'open' || this.#error) {
      this.#clear();
      return;
    }
    const error = new TransportError('aborted', 'the answer was dropped');
    this.fail(error, false);
    this.#flow.abort(error);
  }

  /** Discards the rest of the answer but keeps the connection. */
  drain(): void {
    if (this.#state !== 'open' || this.#error) return;
    this.#state = 'left';
    this.#clear();
    if (this.#paused) {
      this.#paused = false;
      this.#flow.resume();
    }
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Takes the next chunk. Joins small ones: otherwise a server that sends single bytes would cost a thousand times as much. */
  #take(): Uint8Array | undefined {
    const chunk = this.#chunks[this.#first];
    if (chunk === undefined) return undefined;
    let end = this.#first + 1;
    if (chunk.length < smallChunkBytes) {
      for (let total = chunk.length; end < this.#chunks.length && total < gatherBytes; end++) total += this.#chunks[end]?.length ?? 0;
    }
    const taken = end === this.#first + 1 ? chunk : Buffer.concat(this.#chunks.slice(this.#first, end));
    this.#first = end;
    return taken;
  }

  #clear(): void {
    this.#chunks = [];
    this.#first = 0;
    this.#bufferedBytes = 0;
  }
}
