/** Reads single files over http: one polite request each, without counting as a download. */
import { encodePath } from '../../../maven/coordinate/path.js';
import { showUrl } from '../../../network/transport/contract/failure.js';
import { parseHttpDate, parseRetryAfter } from '../../../network/transport/contract/retry-after.js';
import { ServerClock } from '../../../network/transport/contract/server-clock.js';
import { isTransportError, type Transport, type TransportAnswer } from '../../../network/transport/contract/transport.js';
import type { Politeness } from './politeness.js';
import { readWhole } from './read-text.js';
import { type OpenOptions, type SourceBody, SourceError } from './source.js';

export interface HttpFilesOptions {
  /** Ends with '/'. */
  readonly base: URL;
  readonly transport: Transport;
  readonly politeness: Politeness;
  /** Learns the time from the answers. Default: a clock of its own. */
  readonly clock?: ServerClock | undefined;
}

/** How long to stay away from a server that says it is overloaded, but not for how long. */
const standardPauseMs = 1000;
const transientOutcomes: ReadonlySet<string> = new Set(['refused', 'reset', 'dns', 'timeout', 'stalled', 'truncated', 'io']);

export class HttpFiles {
  readonly base: URL;
  readonly #transport: Transport;
  readonly #politeness: Politeness;
  readonly #clock: ServerClock;

  constructor({ base, transport, politeness, clock = new ServerClock() }: HttpFilesOptions) {
    this.base = base;
    this.#transport = transport;
    this.#politeness = politeness;
    this.#clock = clock;
  }

  now(): number {
    return this.#clock.now();
  }

  /** Whether no answer has told the time so far. */
  get isTimeless(): boolean {
    return this.#clock.aheadMs === null;
  }

  /** Null for 404 and 410. @throws {SourceError} @throws the signal's reason */
  open(key: string, options: OpenOptions): Promise<SourceBody | null> {
    return this.openUrl(new URL(key === '' ? '' : encodePath(key.replace(/\/$/, '')) + (key.endsWith('/') ? '/' : ''), this.base), options);
  }

  /** Does as {@link HttpFiles.open}, for a URL of any server. */
  async openUrl(url: URL, options: OpenOptions): Promise<SourceBody | null> {
    const leave = await this.#politeness.enter(options.signal);
    try {
      const answer = await this.#ask(url, options);
      const body = this.#judge(url, answer);
      if (body === null) {
        leave();
        return null;
      }
      return {
        body: this.#read(answer, leave, options.signal),
        cancel() {
          answer.cancel();
          leave();
        },
      };
    } catch (error) {
      leave();
      throw toSourceError(error, options.signal);
    }
  }

  /** Returns when a file last changed, in epoch milliseconds, by its header; null if it is missing or has none. @throws {SourceError} */
  async dateOf(key: string, signal: AbortSignal): Promise<number | null> {
    const leave = await this.#politeness.enter(signal);
    const url = new URL(encodePath(key), this.base);
    try {
      const answer = await this.#ask(url, { maxBytes: Number.MAX_SAFE_INTEGER, signal });
      const modified = this.#judge(url, answer)?.headers['last-modified'];
      answer.cancel();
      return modified === undefined ? null : (parseHttpDate(modified, Date.now()) ?? null);
    } catch (error) {
      throw toSourceError(error, signal);
    } finally {
      leave();
    }
  }

  /** Reads a whole document of any server; null if it is missing. @throws {SourceError} */
  readUrl(url: URL, maxBytes: number, signal: AbortSignal): Promise<Buffer | null> {
    return readWhole(() => this.openUrl(url, { maxBytes, signal }), '', { maxBytes, signal });
  }

  /** Asks for jars as a range from their first byte: Clojars counts answers with status 200, and a mirror's copies are not downloads. */
  async #ask(url: URL, { maxBytes, signal }: OpenOptions): Promise<TransportAnswer> {
    const asRange = url.pathname.endsWith('.jar');
    const answer = await this.#transport.get({ url, maxBytes, signal, asRange });
    // An empty file has no first byte.
    if (!asRange || answer.status !== 416) return answer;
    answer.cancel();
    return this.#transport.get({ url, maxBytes, signal });
  }

  #judge(url: URL, answer: TransportAnswer): TransportAnswer | null {
    const { status, headers } = answer;
    this.#clock.learn(answer);
    if (status === 200 || (status === 206 && isWhole(headers['content-range']))) return answer;
    answer.cancel();
    if (status === 404 || status === 410) return null;
    const retryAfterMs = parseRetryAfter(headers['retry-after'], this.now());
    const isTransient = status === 429 || status === 408 || status >= 500;
    if (status === 429 || status === 503) this.#politeness.pause(retryAfterMs ?? standardPauseMs);
    throw new SourceError(`${showUrl(url)}: HTTP status ${status}`, isTransient, retryAfterMs);
  }

  async *#read(answer: TransportAnswer, leave: () => void, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of answer.body) {
        const pause = this.#politeness.spend(chunk.length, signal);
        if (pause !== null) await pause;
        yield chunk;
      }
    } catch (error) {
      throw toSourceError(error, signal);
    } finally {
      leave();
    }
  }
}

function isWhole(range: string | undefined): boolean {
  const [, end, size] = /^bytes 0-(\d+)\/(\d+)$/.exec(range ?? '') ?? [];
  return end !== undefined && Number(end) + 1 === Number(size);
}

function toSourceError(error: unknown, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason;
  if (!isTransportError(error)) return error;
  return new SourceError(error.message, transientOutcomes.has(error.outcome), null, { cause: error });
}
