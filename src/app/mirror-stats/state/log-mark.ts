/** Recognizes a log that was counted before: under another name, compressed, or longer than it was. */
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** How far a log was counted. */
export interface LogMark {
  /** SHA-256 of the first line, which has a time and an address. */
  readonly first: string;
  /** Length of what was counted, unpacked. */
  readonly bytes: number;
  /** Checksum of these bytes. */
  readonly crc32: number;
}

/** Longer first lines are told apart by their beginning. */
const longestFirst = 4096;
const lineFeed = 0x0a;

/** Makes the mark of a log from its pieces. */
export class LogMarker {
  #first = Buffer.alloc(0);
  #bytes = 0;
  #crc32 = 0;
  #linesBytes = 0;
  #linesCrc32 = 0;

  add(piece: Buffer): void {
    if (!this.hasFirst) this.#first = Buffer.concat([this.#first, piece.subarray(0, longestFirst - this.#first.length)]);
    const linesEnd = piece.lastIndexOf(lineFeed) + 1;
    if (linesEnd > 0) {
      this.#linesCrc32 = crc32(piece.subarray(0, linesEnd), this.#crc32);
      this.#linesBytes = this.#bytes + linesEnd;
    }
    this.#crc32 = crc32(piece.subarray(linesEnd), linesEnd > 0 ? this.#linesCrc32 : this.#crc32);
    this.#bytes += piece.length;
  }

  /** Whether the first line is known. */
  get hasFirst(): boolean {
    return this.#first.length === longestFirst || this.#first.includes(lineFeed);
  }

  /** Digest of the first line. */
  get first(): string {
    const end = this.#first.indexOf(lineFeed);
    return createHash('sha256')
      .update(end === -1 ? this.#first : this.#first.subarray(0, end))
      .digest('hex');
  }

  /** @param withLast whether a last line without an end was counted; if not, it may be the beginning of one that is still being written */
  mark(withLast: boolean): LogMark {
    const { first } = this;
    return withLast ? { first, bytes: this.#bytes, crc32: this.#crc32 } : { first, bytes: this.#linesBytes, crc32: this.#linesCrc32 };
  }
}

/**
 * Returns the longest of the marks that describes a beginning of the log, or null.
 * @param marks those with the first line of the log
 */
export async function findMark(pieces: AsyncIterable<Buffer>, marks: readonly LogMark[]): Promise<LogMark | null> {
  const ascending = [...marks].sort((one, other) => one.bytes - other.bytes);
  let found: LogMark | null = null;
  let [bytes, sum, next] = [0, 0, 0];
  for await (const piece of pieces) {
    let start = 0;
    for (let mark = ascending[next]; mark !== undefined && mark.bytes <= bytes + piece.length - start; mark = ascending[++next]) {
      const part = piece.subarray(start, start + mark.bytes - bytes);
      sum = crc32(part, sum);
      bytes += part.length;
      start += part.length;
      if (sum === mark.crc32) found = mark;
    }
    sum = crc32(piece.subarray(start), sum);
    bytes += piece.length - start;
    if (next === ascending.length) break;
  }
  return found;
}
