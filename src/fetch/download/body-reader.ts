/** Hands the chunks of a body to its digester and its temporary file. */
import type { AttemptMonitor } from '../../network/mirrors/race.js';
import type { RequestFailure } from '../../network/mirrors/request.js';
import type { TransportAnswer } from '../../network/transport/contract/transport.js';
import { looksLikeHtml } from './looks-like-html.js';
import type { PartialDownload } from './partial-download.js';

interface Reading {
  readonly status: number;
  /** The size of the whole file; null if it is unknown. */
  readonly total: number | null;
  readonly mayBePage: boolean;
  readonly maxBytes: number;
  readonly monitor: AttemptMonitor;
  readonly onBytes: (received: number, total: number | null, last: boolean) => void;
}

export class BodyReader {
  readonly #partial: PartialDownload;
  readonly #reading: Reading;

  constructor(partial: PartialDownload, reading: Reading) {
    this.#partial = partial;
    this.#reading = reading;
  }

  /** Reads to the end: at once, if all of the body has arrived. Returns the mirror's fault; null if there is none. */
  read({ takeWhole, body }: TransportAnswer): Outcome {
    const whole = takeWhole?.() ?? null;
    if (whole === null) return this.#readChunks(body);
    return whole.length === 0 ? null : this.#accept(whole);
  }

  async #readChunks(body: AsyncIterable<Uint8Array>): Promise<RequestFailure | null> {
    for await (const chunk of body) {
      const accepted = this.#accept(chunk);
      const failure = accepted instanceof Promise ? await accepted : accepted;
      if (failure !== null) return failure;
    }
    return null;
  }

  #accept(chunk: Uint8Array): Outcome {
    const { status, mayBePage } = this.#reading;
    if (this.#partial.size === 0 && !mayBePage && looksLikeHtml(chunk)) return pageInstead(status);
    const hashing = this.#partial.digester.update(chunk);
    return hashing ? hashing.then(() => this.#write(chunk)) : this.#write(chunk);
  }

  #write(chunk: Uint8Array): Outcome {
    const partial = this.#partial;
    partial.size += chunk.length;
    this.#reading.monitor.received(chunk.length);
    const writing = partial.temporary.write(chunk, { free: !partial.digester.keepsChunks });
    return writing ? writing.then(() => this.#report()) : this.#report();
  }

  #report(): RequestFailure | null {
    const { status, total, maxBytes, onBytes } = this.#reading;
    const { size } = this.#partial;
    onBytes(size, total, false);
    return size > maxBytes ? { kind: 'failed', outcome: 'too-large', status, detail: `more than ${maxBytes} bytes` } : null;
  }
}

/** A promise if the hash, the disk or the mirror needs time. */
type Outcome = RequestFailure | null | Promise<RequestFailure | null>;

/** The failure of a mirror, or of a network on the way, that answers with a page. */
export function pageInstead(status: number): RequestFailure {
  return { kind: 'failed', outcome: 'not-maven', status, detail: 'an HTML page came instead of the file' };
}
