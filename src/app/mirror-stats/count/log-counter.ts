/** Counts the downloads of logs, line by line. */
import { longestPath, writeDownload } from '../lines/download-path.js';
import { FormatFinder, type LogFormat } from '../lines/find-format.js';
import { LineCutter } from '../lines/line-cutter.js';
import { LogLine } from '../lines/log-line.js';
import type { CountTable } from './count-table.js';

/** The lines of one log. */
export interface ReadLog {
  /** Lines that are not empty. */
  readonly lines: number;
  /** Those of them that have a known form. */
  readonly understood: number;
  /** The forms, in the order of their first lines. */
  readonly formats: readonly LogFormat[];
}

/** Decoding can make three bytes of one. */
const room = 3 * longestPath + 8;

export class LogCounter {
  readonly #table: CountTable;
  readonly #finder = new FormatFinder();
  readonly #line = new LogLine();
  readonly #cutter = new LineCutter((bytes, start, end) => this.#count(bytes, start, end));
  #lines = 0;
  #understood = 0;

  /** @param table takes the counts */
  constructor(table: CountTable) {
    this.#table = table;
  }

  add(piece: Buffer): void {
    this.#cutter.add(piece);
  }

  /** Ends the last line, and says what was read. */
  end(): ReadLog {
    this.#cutter.end();
    return { lines: this.#lines, understood: this.#understood, formats: [...this.#finder.found] };
  }

  #count(bytes: Uint8Array, start: number, end: number): void {
    this.#lines += 1;
    const line = this.#line;
    if (!this.#finder.parse(bytes, start, end, line)) return;
    this.#understood += 1;
    if (!line.isGet || line.status !== 200) return;
    const target = this.#table.reserve(room);
    const textStart = this.#table.textStart;
    const textEnd = writeDownload(line.pathBytes, line.pathStart, line.pathEnd, target, textStart);
    if (textEnd !== -1) this.#table.add(line.day, asUtf8(target, textStart, textEnd), 1);
  }
}

/** Replaces what is not UTF-8, as a reader of the log as text would: otherwise two keys could look the same. Returns the new end. */
function asUtf8(bytes: Uint8Array, start: number, end: number): number {
  for (let at = start; at < end; at++) {
    if ((bytes[at] ?? 0) < 0x80) continue;
    const text = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('utf8');
    return start + Buffer.from(bytes.buffer, bytes.byteOffset + start).write(text, 'utf8');
  }
  return end;
}
