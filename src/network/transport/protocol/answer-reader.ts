/** Reads one answer of HTTP/1.1 from the bytes of a connection, as they arrive. */
import { type AnswerHead, MalformedAnswerError, parseAnswerHead } from './answer-head.js';
import { ChunkedReader } from './chunked-reader.js';

/** Hears about an answer. */
export interface AnswerSink {
  /** Also called for interim answers (status 1xx), of which no body follows. */
  head(head: AnswerHead): void;
  data(bytes: Buffer): void;
}

/** As much as Node's own parser allows, for all headers of an answer. */
const headMaxBytes = 16 * 1024;
const interimMax = 1_000;
const headEnd = '\r\n\r\n';
const protocol = 'HTTP/1.';
const carriageReturn = 0x0d;
const lineFeed = 0x0a;

export class AnswerReader {
  readonly #isHead: boolean;
  readonly #sink: AnswerSink;
  /** The beginning of a head that has not arrived as a whole. */
  #begun: Buffer | null = null;
  #interims = 0;
  /** Null until the body begins. */
  #head: AnswerHead | null = null;
  /** Of a body with a length, the bytes that are missing. */
  #missing = 0;
  #chunks: ChunkedReader | null = null;
  #isComplete = false;
  #isStopped = false;

  constructor(isHead: boolean, sink: AnswerSink) {
    this.#isHead = isHead;
    this.#sink = sink;
  }

  get isComplete(): boolean {
    return this.#isComplete;
  }

  /** How long the connection may be idle after this answer, in milliseconds; 0 if it must not be used again. */
  get keepAliveMs(): number {
    return this.#head?.keepAliveMs ?? 0;
  }

  /** Calls the sink no more. */
  stop(): void {
    this.#isStopped = true;
    this.#chunks?.stop();
  }

  /**
   * Takes the next bytes. Returns those after the end of the answer, which belong to no request; null if there are none.
   * @throws MalformedAnswerError
   */
  push(bytes: Buffer): Buffer | null {
    let rest: Buffer | null = bytes;
    while (this.#head === null && rest !== null && !this.#isStopped) rest = this.#readHead(rest);
    return rest === null || this.#isStopped ? null : this.#readBody(rest);
  }

  /** The server has closed the connection. Returns whether the answer is complete with that. */
  end(): boolean {
    if (this.#head?.body.kind === 'close') this.#isComplete = true;
    return this.#isComplete;
  }

  /** Returns the bytes after the head, which may be none; null if it has not arrived as a whole. */
  #readHead(chunk: Buffer): Buffer | null {
    const bytes = withoutEmptyLines(this.#begun === null ? chunk : Buffer.concat([this.#begun, chunk]));
    const end = bytes.indexOf(headEnd);
    if (end > headMaxBytes || (end < 0 && bytes.length > headMaxBytes + headEnd.length))
      throw new MalformedAnswerError(`more than ${headMaxBytes} bytes of headers`);
    this.#begun = end < 0 ? bytes : null;
    if (end < 0) return checkBeginning(bytes);
    this.#accept(parseAnswerHead(bytes.toString('latin1', 0, end), this.#isHead));
    return bytes.subarray(end + headEnd.length);
  }

  #accept(head: AnswerHead): void {
    if (head.status === 101) throw new MalformedAnswerError('another protocol, which was not asked for');
    if (head.status < 200) {
      this.#interims += 1;
      if (this.#interims > interimMax) throw new MalformedAnswerError(`more than ${interimMax} interim answers`);
    } else {
      this.#head = head;
      this.#missing = head.body.kind === 'length' ? head.body.bytes : Number.POSITIVE_INFINITY;
      if (head.body.kind === 'chunked') this.#chunks = new ChunkedReader((data) => this.#sink.data(data));
    }
    this.#sink.head(head);
  }

  #readBody(bytes: Buffer): Buffer | null {
    if (this.#chunks !== null) {
      const rest = this.#chunks.push(bytes);
      this.#isComplete = this.#chunks.isComplete;
      return rest;
    }
    const own = bytes.length <= this.#missing ? bytes : bytes.subarray(0, this.#missing);
    this.#missing -= own.length;
    if (own.length > 0) this.#sink.data(own);
    this.#isComplete = this.#missing === 0;
    return own.length === bytes.length ? null : bytes.subarray(own.length);
  }
}

/** Refuses at once what is not HTTP: the end of its head would be waited for in vain. */
function checkBeginning(bytes: Buffer): null {
  const beginning = bytes.toString('latin1', 0, protocol.length);
  if (!protocol.startsWith(beginning)) throw new MalformedAnswerError('no status line of HTTP/1.1');
  return null;
}

/** Servers of old send an empty line after a body, which then comes before the next answer. */
function withoutEmptyLines(bytes: Buffer): Buffer {
  let at = 0;
  while (bytes[at] === carriageReturn && bytes[at + 1] === lineFeed) at += 2;
  return at === 0 ? bytes : bytes.subarray(at);
}
