/** Reads counts that Clojars or this program wrote: `{["group" "artifact"] {"version" 2}, …}`. */
import { ClojarsFetchError } from '../../../base/error.js';

/** Called for each count, in the order of the file. */
export type VisitCount = (group: string, artifact: string, version: string, count: number) => void;

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', f: '\f', b: '\b', '"': '"', '\\': '\\', '/': '/' };

/**
 * Reads a whole file. Anything that is not such a map is an error: counts that are taken for none would be lost for ever.
 * @throws ClojarsFetchError ERR_CONFIG, `unreadable`, with the place in the file
 */
export function readCounts(bytes: Buffer, path: string, visit: VisitCount): void {
  new CountReader(bytes, path).read(visit);
}

class CountReader {
  readonly #bytes: Buffer;
  readonly #path: string;
  #at = 0;

  constructor(bytes: Buffer, path: string) {
    this.#bytes = bytes;
    this.#path = path;
  }

  read(visit: VisitCount): void {
    this.#expect('{');
    while (!this.#skips('}')) {
      this.#expect('[');
      const group = this.#name();
      const artifact = this.#name();
      this.#expect(']');
      this.#expect('{');
      while (!this.#skips('}')) visit(group, artifact, this.#name(), this.#count());
    }
    this.#skipSpace();
    if (this.#at < this.#bytes.length) throw this.#error('nothing more');
  }

  #skipSpace(): void {
    for (; this.#at < this.#bytes.length; this.#at++) {
      const byte = this.#bytes[this.#at] ?? 0;
      if (byte === 0x3b) this.#at = (this.#bytes.indexOf(0x0a, this.#at) + 1 || this.#bytes.length + 1) - 1;
      else if (byte > 0x20 && byte !== 0x2c) return;
    }
  }

  /** Goes past a character if it is next. */
  #skips(character: string): boolean {
    this.#skipSpace();
    const isNext = this.#bytes[this.#at] === character.charCodeAt(0);
    if (isNext) this.#at += 1;
    return isNext;
  }

  #expect(character: string): void {
    if (!this.#skips(character)) throw this.#error(character);
  }

  #name(): string {
    const text = this.#string();
    if (text === '' || text.includes('/') || text.includes('\0')) throw this.#error('a name of Maven');
    return text;
  }

  #string(): string {
    this.#expect('"');
    const start = this.#at;
    let isPlain = true;
    for (; this.#bytes[this.#at] !== 0x22; this.#at++) {
      if (this.#at >= this.#bytes.length) throw this.#error('the end of a string');
      if (this.#bytes[this.#at] !== 0x5c) continue;
      isPlain = false;
      this.#at += 1;
    }
    const text = this.#bytes.toString('utf8', start, this.#at);
    this.#at += 1;
    return isPlain ? text : text.replace(/\\(u[0-9a-fA-F]{4}|[^])/g, (_, escape: string) => this.#unescape(escape));
  }

  #unescape(escape: string): string {
    if (escape.length > 1) return String.fromCharCode(Number.parseInt(escape.slice(1), 16));
    const character = escapes[escape];
    if (character === undefined) throw this.#error('an escape of EDN');
    return character;
  }

  #count(): number {
    this.#skipSpace();
    const start = this.#at;
    let count = 0;
    for (; this.#isDigit(); this.#at++) count = count * 10 + (this.#bytes[this.#at] ?? 0) - 0x30;
    if (this.#bytes[this.#at] === 0x4e) this.#at += 1;
    if (this.#at === start || !Number.isSafeInteger(count)) throw this.#error('a number');
    return count;
  }

  #isDigit(): boolean {
    const byte = this.#bytes[this.#at] ?? 0;
    return byte >= 0x30 && byte <= 0x39;
  }

  #error(expected: string): ClojarsFetchError {
    return new ClojarsFetchError('ERR_CONFIG', {
      reason: 'unreadable',
      path: this.#path,
      message: `${this.#path}: not a map of counts: expected ${expected} at byte ${this.#at}`,
      hint: 'Restore the file from a backup, or move it away to start a new one.',
    });
  }
}
