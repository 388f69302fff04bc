/** Asks one place: politely, as one of two agents, and again after failures that may pass. */
import { wait } from '../../../base/async/wait.js';
import { encodePath } from '../../../maven/coordinate/path.js';
import { parseHttpDate, parseRetryAfter } from '../../../network/transport/contract/retry-after.js';
import { isTransportError, type Transport, type TransportAnswer } from '../../../network/transport/contract/transport.js';
import { createDigester } from '../../../proof/checksum/digest.js';
import type { Politeness } from '../../mirror/source/politeness.js';
import { looksLikePage } from '../compare/looks-like-page.js';
import type { Agent } from '../compare/sample.js';
import type { Evidence } from '../contract.js';
import type { Answer, Look, Question, Reading, Small } from './answer.js';
import type { Slowness, Timed } from './slowness.js';
import type { Vitality } from './vitality.js';

export interface PlaceClientOptions {
  /** Ends with '/'. */
  readonly base: URL;
  readonly transports: Readonly<Record<Agent, Transport>>;
  readonly politeness: Politeness;
  readonly vitality: Vitality;
  readonly slowness: Slowness;
  /** Makes URLs that no cache has seen. */
  readonly nonce: string;
  /** Of the audit. */
  readonly signal: AbortSignal;
  /** Of the requests to this place, which also end when it is given up. */
  readonly placeSignal: AbortSignal;
}

/** How long to stay away from a server that says it is overloaded, but not for how long. */
const standardPauseMs = 1000;
/** Tries after an answer that asks for patience, and after none. */
const mostPatience = 8;
const mostTries = 3;
const retryMs = 250;

interface Reader<Value> {
  readonly read: (answer: TransportAnswer, timed: Timed) => Promise<Value>;
  /** Stands for a file whose server announces more bytes than are allowed; null if there is no such limit. */
  readonly tooLong: (() => Value) | null;
}

type Ask = Question & { readonly isHead?: boolean; readonly asRange?: boolean; readonly maxBytes: number };

export class PlaceClient {
  readonly base: URL;
  readonly #options: PlaceClientOptions;
  /** How far the clock of the place is ahead of ours, from the header Date; null if it never told. */
  #clockAheadMs: number | null = null;

  constructor(options: PlaceClientOptions) {
    this.base = options.base;
    this.#options = options;
  }

  /** Why it was given up, so that it gives no more answers; null if it was not. */
  get goneBecause(): string | null {
    return this.#options.vitality.goneBecause;
  }

  /** The present time by the clock of the place, as far as it is known. */
  now(): number {
    return Date.now() + (this.#clockAheadMs ?? 0);
  }

  /** Returns the URL of a path, for evidence. */
  urlOf(path: string): string {
    const url = this.#urlOf(path);
    url.search = '';
    return url.href;
  }

  /** Asks for the headers alone. */
  async look(question: Question): Promise<Answer<Look>> {
    const head = await this.#ask({ ...question, isHead: true, maxBytes: Number.MAX_SAFE_INTEGER }, looking);
    if (head.kind !== 'none' || ![400, 403, 405, 501].includes(head.evidence.status ?? 0)) return head;
    // Some servers know no such request.
    return this.#ask({ ...question, asRange: true, maxBytes: Number.MAX_SAFE_INTEGER }, looking);
  }

  /** Reads a whole file. A jar is asked for as a range, so that it does not count as a download, unless the question says otherwise. */
  async read(question: Question, maxBytes: number): Promise<Answer<Reading>> {
    const asRange = question.path.endsWith('.jar') && question.asDownload !== true;
    const answer = await this.#ask({ ...question, asRange, maxBytes }, digesting);
    // An empty file has no first byte.
    return answer.evidence.status === 416 ? this.#ask({ ...question, maxBytes }, digesting) : answer;
  }

  readSmall(question: Question, maxBytes: number): Promise<Answer<Small>> {
    return this.#ask({ ...question, maxBytes }, gathering);
  }

  async #ask<Value>(ask: Ask, reader: Reader<Value>): Promise<Answer<Value>> {
    const { vitality, signal } = this.#options;
    for (let tries = 1, patience = 1; ;) {
      if (vitality.goneBecause !== null) return { kind: 'none', evidence: this.#evidence(ask, null, null, vitality.goneBecause) };
      const answer = await this.#once(ask, reader);
      const isBusy = isBusyStatus(answer.evidence.status);
      if (answer.kind !== 'none' || (answer.evidence.status !== null && !isBusy && answer.evidence.status < 500)) {
        vitality.answered();
        return answer;
      }
      if (isBusy ? patience >= mostPatience : tries >= mostTries) {
        await vitality.failed(() => this.#isAlive(), signal);
        return answer;
      }
      if (isBusy) patience += 1;
      else {
        await wait(retryMs * tries, signal);
        tries += 1;
      }
    }
  }

  async #once<Value>(ask: Ask, reader: Reader<Value>): Promise<Answer<Value>> {
    const { transports, politeness, slowness, vitality, signal, placeSignal, nonce } = this.#options;
    const leave = await politeness.enter(signal);
    const timed = slowness.begin();
    const url = this.#urlOf(ask.path);
    if (ask.fresh === true && url.protocol.startsWith('http')) url.searchParams.set('audit', nonce);
    const headers = ask.fresh === true ? { 'cache-control': 'no-cache', pragma: 'no-cache' } : undefined;
    const { isHead, asRange, maxBytes } = ask;
    try {
      const answer = await transports[ask.as].get({ url, maxBytes, isHead, asRange, headers, signal: placeSignal });
      return await this.#judge(ask, answer, reader, timed);
    } catch (error) {
      signal.throwIfAborted();
      if (!isTransportError(error)) throw error;
      if (error.outcome === 'too-large' && reader.tooLong !== null)
        return { kind: 'file', value: reader.tooLong(), evidence: this.#evidence(ask, error.status ?? 200, null, error.outcome) };
      return { kind: 'none', evidence: this.#evidence(ask, error.status, null, vitality.goneBecause ?? error.outcome) };
    } finally {
      timed.end();
      leave();
    }
  }

  async #judge<Value>(ask: Ask, answer: TransportAnswer, reader: Reader<Value>, timed: Timed): Promise<Answer<Value>> {
    const { status, headers } = answer;
    const date = headers['date'] === undefined ? null : parseHttpDate(headers['date'], Date.now());
    if (date !== null) this.#clockAheadMs = date - Date.now();
    if (status === 200 || (status === 206 && isWhole(headers['content-range'])))
      return { kind: 'file', value: await reader.read(answer, timed), evidence: this.#evidence(ask, status, answer, null) };
    answer.cancel();
    const evidence = this.#evidence(ask, status, answer, null);
    if ((status === 404 || status === 410) && answer.isUpstreamBlocked !== true) return { kind: 'missing', evidence };
    if (isBusyStatus(status)) this.#options.politeness.pause(parseRetryAfter(headers['retry-after'], this.now()) ?? standardPauseMs);
    return { kind: 'none', evidence };
  }

  async #isAlive(): Promise<boolean> {
    const answer = await this.#once(
      { path: 'lastsync', as: 'audit', isHead: true, maxBytes: 1024 },
      { read: async () => null, tooLong: () => null },
    );
    return answer.evidence.status !== null && answer.evidence.status < 500 && !isBusyStatus(answer.evidence.status);
  }

  #urlOf(path: string): URL {
    const url = new URL(encodePath(path.replace(/\/$/, '')) + (path.endsWith('/') ? '/' : ''), this.base);
    // The query of a bucket's URL says where the bucket is.
    url.search = this.base.search;
    return url;
  }

  #evidence({ path, as }: Ask, status: number | null, answer: TransportAnswer | null, detail: string | null): Evidence {
    const { etag, 'last-modified': time } = answer?.headers ?? {};
    return { url: this.urlOf(path), as, status, etag, time, detail: detail ?? undefined };
  }
}

function isBusyStatus(status: number | null): boolean {
  return status === 429 || status === 503;
}

function isWhole(range: string | undefined): boolean {
  const [, end, size] = /^bytes 0-(\d+)\/(\d+)$/.exec(range ?? '') ?? [];
  return end !== undefined && Number(end) + 1 === Number(size);
}

async function readLook(answer: TransportAnswer): Promise<Look> {
  const { headers } = answer;
  answer.cancel();
  // Of a range, the header Content-Range tells it; both begin with the first byte.
  const length = /^\d{1,15}$/.test(headers['content-length'] ?? '') ? Number(headers['content-length']) : null;
  const etag = /^"?([0-9a-f]{32})"?$/i.exec(headers['etag'] ?? '')?.[1]?.toLowerCase() ?? null;
  const time = parseHttpDate(headers['last-modified'] ?? '', Date.now());
  return {
    size: length,
    etag,
    time: time === null ? undefined : new Date(time).toISOString(),
    isPage: /^text\/html\b/i.test(headers['content-type'] ?? '') && !/\.html?$/.test(answer.url.pathname),
  };
}

const startBytes = 512;

async function readDigests(answer: TransportAnswer, timed: Timed): Promise<Reading> {
  const digester = createDigester(['md5', 'sha1', 'sha256', 'sha512']);
  let start = Buffer.alloc(0);
  let isTooLong = false;
  try {
    for await (const chunk of answer.body) {
      digester.update(chunk);
      timed.add(chunk.length);
      if (start.length < startBytes) start = Buffer.concat([start, chunk.subarray(0, startBytes)]);
    }
  } catch (error) {
    if (!isTransportError(error) || error.outcome !== 'too-large') throw error;
    isTooLong = true;
  }
  const { md5 = '', sha1 = '', sha256 = '', sha512 = '' } = digester.digests();
  return { size: digester.size, isTooLong, md5, sha1, sha256, sha512, start };
}

async function readSmall(answer: TransportAnswer, timed: Timed): Promise<Small> {
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of answer.body) {
      chunks.push(chunk);
      timed.add(chunk.length);
    }
    return Buffer.concat(chunks);
  } catch (error) {
    if (isTransportError(error) && error.outcome === 'too-large') return null;
    throw error;
  }
}

const looking: Reader<Look> = { read: readLook, tooLong: null };
const gathering: Reader<Small> = { read: readSmall, tooLong: () => null };
const digesting: Reader<Reading> = {
  read: readDigests,
  tooLong: () => ({ size: 0, isTooLong: true, md5: '', sha1: '', sha256: '', sha512: '', start: Buffer.alloc(0) }),
};

/** Whether an answer is a page in place of a file. */
export function isPage(path: string, { start }: Pick<Reading, 'start'>): boolean {
  return looksLikePage(path, start);
}
