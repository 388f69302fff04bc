/** Cuts pieces of a log into lines, in place: only a line that lies in two pieces is copied. */

const lineFeed = 0x0a;
const carriageReturn = 0x0d;

/** The rest of a longer line is dropped. All that is counted stands at its beginning. */
const longestLine = 1 << 21;

/** Called with the bytes that hold the line, and where in them it is, without its line feed. */
export type VisitLine = (bytes: Buffer, start: number, end: number) => void;

export class LineCutter {
  readonly #visit: VisitLine;
  /** The beginning of a line whose end is in a later piece. A Buffer, as pieces are: code for two kinds of bytes is slower. */
  #kept = Buffer.alloc(4096);
  #keptLength = 0;

  constructor(visit: VisitLine) {
    this.#visit = visit;
  }

  add(piece: Buffer): void {
    let start = 0;
    if (this.#keptLength > 0) {
      const end = piece.indexOf(lineFeed);
      this.#keep(end === -1 ? piece : piece.subarray(0, end));
      if (end === -1) return;
      this.end();
      start = end + 1;
    }
    for (let end = piece.indexOf(lineFeed, start); end !== -1; end = piece.indexOf(lineFeed, start)) {
      this.#line(piece, start, end);
      start = end + 1;
    }
    this.#keep(piece.subarray(start));
  }

  /** Takes what is left as the last line. */
  end(): void {
    const length = this.#keptLength;
    this.#keptLength = 0;
    this.#line(this.#kept, 0, length);
  }

  #line(bytes: Buffer, start: number, end: number): void {
    const textEnd = end > start && bytes[end - 1] === carriageReturn ? end - 1 : end;
    if (textEnd > start) this.#visit(bytes, start, textEnd);
  }

  #keep(bytes: Uint8Array): void {
    const length = Math.min(this.#keptLength + bytes.length, longestLine);
    if (length > this.#kept.length) {
      const larger = Buffer.alloc(Math.min(Math.max(length, this.#kept.length * 2), longestLine));
      larger.set(this.#kept.subarray(0, this.#keptLength));
      this.#kept = larger;
    }
    this.#kept.set(bytes.subarray(0, length - this.#keptLength), this.#keptLength);
    this.#keptLength = length;
  }
}
