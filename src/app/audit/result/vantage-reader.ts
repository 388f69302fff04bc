/** Reads the result of one vantage point, file by file. */
import type { DigestLine, EndLine, Finding, ResultHeader } from '../contract.js';
import { badPart } from './bad-part.js';
import { type ResultLine, ResultReader } from './result-reader.js';

export class VantageReader {
  readonly file: string;
  readonly header: ResultHeader;
  readonly end: EndLine;
  readonly #reader: ResultReader;
  #line: ResultLine | null;

  /** Reads all of the file once, so that nothing is compared that was cut or changed. @throws {ClojarsFetchError} `ERR_CONFIG`, `bad-part` */
  constructor(file: string) {
    this.file = file;
    this.end = endOf(file);
    this.#reader = new ResultReader(file);
    this.header = this.#reader.header;
    this.#line = this.#reader.next();
  }

  /** The key of the next file and place with findings; null after the last. */
  get pair(): string | null {
    return this.#line?.finding == null ? null : pairOf(this.#line.key);
  }

  /** The key of the next file with a digest; null before and after them. */
  get digest(): string | null {
    return this.#line?.digest == null ? null : this.#line.key;
  }

  /** Takes the findings about a file at a place. */
  takeFindings(pair: string): readonly Finding[] {
    const findings: Finding[] = [];
    while (this.#line?.finding != null && pairOf(this.#line.key) === pair) {
      findings.push(this.#line.finding);
      this.#line = this.#reader.next();
    }
    return findings;
  }

  takeDigest(key: string): DigestLine | null {
    if (this.digest !== key) return null;
    const digest = this.#line?.digest ?? null;
    this.#line = this.#reader.next();
    return digest;
  }

  close(): void {
    this.#reader.close();
  }
}

function pairOf(key: string): string {
  return key.slice(0, key.lastIndexOf('\t'));
}

function endOf(file: string): EndLine {
  const reader = new ResultReader(file);
  try {
    if (reader.header.shard !== null) throw badPart(file, `is only the part ${reader.header.shard}`, 'Merge the parts first.');
    return reader.end();
  } finally {
    reader.close();
  }
}
