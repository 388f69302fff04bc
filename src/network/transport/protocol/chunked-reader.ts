/** Reads a body in the chunked transfer coding (RFC 9112 section 7.1). */
import { checkFieldLine, MalformedAnswerError } from './answer-head.js';

/** For the line before a chunk with its extensions, and for all lines of the trailer. */
const linesMaxBytes = 16 * 1024;
const lineFeed = 0x0a;
const sizeLine = /^([0-9a-f]{1,12})(?:;[\t\x20-\x7e\x80-\xff]*)?$/i;

export class ChunkedReader {
  readonly #sink: (data: Buffer) => void;
  /** The part of the body that comes next. */
  #next: 'size' | 'data' | 'end of data' | 'trailer' | 'nothing' = 'size';
  /** Bytes of the chunk that are missing. */
  #missing = 0;
  /** The beginning of a line that has not arrived as a whole. */
  #line = '';
  #trailerBytes = 0;
  #isStopped = false;

  constructor(sink: (data: Buffer) => void) {
    this.#sink = sink;
  }

  get isComplete(): boolean {
    return this.#next === 'nothing';
  }

  /** Calls the sink no more. */
  stop(): void {
    this.#isStopped = true;
  }

  /**
   * Takes the next bytes. Returns those after the end of the body; null if there are none.
   * @throws MalformedAnswerError
   */
  push(bytes: Buffer): Buffer | null {
    let at = 0;
    while (at < bytes.length && this.#next !== 'nothing' && !this.#isStopped)
      at = this.#next === 'data' ? this.#readData(bytes, at) : this.#readLine(bytes, at);
    return at < bytes.length && this.#next === 'nothing' ? bytes.subarray(at) : null;
  }

  #readData(bytes: Buffer, at: number): number {
    const end = Math.min(bytes.length, at + this.#missing);
    this.#missing -= end - at;
    if (this.#missing === 0) this.#next = 'end of data';
    this.#sink(bytes.subarray(at, end));
    return end;
  }

  #readLine(bytes: Buffer, at: number): number {
    const found = bytes.indexOf(lineFeed, at);
    const end = found < 0 ? bytes.length : found + 1;
    if (this.#line.length + end - at > linesMaxBytes) throw new MalformedAnswerError('a line of a chunked body is too long');
    this.#line += bytes.toString('latin1', at, end);
    if (found < 0) return end;
    const line = this.#line;
    this.#line = '';
    if (!line.endsWith('\r\n')) throw new MalformedAnswerError('a line feed without a carriage return');
    this.#takeLine(line.slice(0, -2));
    return end;
  }

  #takeLine(line: string): void {
    if (this.#next === 'size') return this.#takeSize(line);
    if (this.#next === 'end of data') {
      if (line !== '') throw new MalformedAnswerError('a chunk is longer than announced');
      this.#next = 'size';
    } else if (line === '') this.#next = 'nothing';
    else {
      checkFieldLine(line);
      this.#trailerBytes += line.length;
      if (this.#trailerBytes > linesMaxBytes) throw new MalformedAnswerError('the trailer is too long');
    }
  }

  #takeSize(line: string): void {
    const size = sizeLine.exec(line)?.[1];
    if (size === undefined) throw new MalformedAnswerError('not a valid size of a chunk');
    this.#missing = Number.parseInt(size, 16);
    this.#next = this.#missing === 0 ? 'trailer' : 'data';
  }
}
