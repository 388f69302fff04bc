/** Writes a result from findings and digests that come in any order. The file appears when it is whole. */
import { createHash, type Hash } from 'node:crypto';
import { rmSync } from 'node:fs';

import { LineReader } from '../../../local/sorted-lines/line-reader.js';
import { LineSorter } from '../../../local/sorted-lines/line-sorter.js';
import { toLineText } from '../../../local/sorted-lines/line-text.js';
import { LineWriter } from '../../../local/sorted-lines/line-writer.js';
import type { DigestLine, EndLine, Finding, PlaceSummary, ResultHeader } from '../contract.js';
import { formatDigest, formatEnd, formatFinding, formatHeader } from './format-lines.js';
import { FindingOrder, pathKey } from './line-order.js';
import { Tally } from './tally.js';

/** The parts of the end of a result that its lines do not tell. */
export interface ResultEnd {
  /** Lines of the plan. */
  readonly files: number;
  readonly places: readonly Omit<PlaceSummary, 'counts'>[];
}

export class ResultWriter {
  readonly #file: string;
  readonly #order: FindingOrder;
  readonly #tally: Tally;
  readonly #findings: LineSorter;
  readonly #digests: LineSorter;
  #digestCount = 0;

  /** @param file absolute; temporary files lie alongside it */
  constructor(file: string, places: ResultHeader['places']) {
    this.#file = file;
    this.#order = new FindingOrder(places);
    this.#tally = new Tally(places);
    this.#findings = new LineSorter(`${file}.findings`);
    this.#digests = new LineSorter(`${file}.digests`);
  }

  add(finding: Finding): void {
    const key = this.#order.keyOf(finding);
    if (key === null) throw new RangeError(`a finding about an unknown place: ${finding.place}`);
    this.#tally.add(finding);
    this.#findings.add(`${key}\t${toLineText(formatFinding(finding))}`);
  }

  addDigest(digest: DigestLine): void {
    this.#digestCount += 1;
    this.#digests.add(`${pathKey(digest.digest)}\t${toLineText(formatDigest(digest))}`);
  }

  /** Writes the file, and returns its last line. Throws `ERR_LOCAL_REPOSITORY`. */
  finish(header: ResultHeader, { files, places }: ResultEnd): EndLine {
    this.#findings.finish();
    this.#digests.finish();
    const lines = new HashedWriter(this.#file);
    try {
      lines.write(toLineText(formatHeader(header)));
      copyLines(`${this.#file}.findings`, 3, lines);
      copyLines(`${this.#file}.digests`, 1, lines);
      const end: EndLine = {
        end: true,
        files,
        digests: this.#digestCount,
        origin: this.#tally.of('origin'),
        places: places.map((place) => ({ ...place, counts: this.#tally.of(place.name) })),
        sha256: lines.sha256(),
      };
      lines.commit(toLineText(formatEnd(end)));
      return end;
    } finally {
      lines.discard();
      this.discard();
    }
  }

  /** Removes the temporary files, if the work ends early. */
  discard(): void {
    this.#findings.discard();
    this.#digests.discard();
    for (const name of ['findings', 'digests']) rmSync(`${this.#file}.${name}`, { force: true });
  }
}

/** Copies sorted lines without the fields of their key. */
function copyLines(file: string, keyFields: number, to: HashedWriter): void {
  const reader = new LineReader(file);
  try {
    for (let line = reader.next(); line !== null; line = reader.next()) {
      let start = 0;
      for (let field = 0; field < keyFields; field += 1) start = line.indexOf('\t', start) + 1;
      to.write(line.slice(start));
    }
  } finally {
    reader.close();
  }
}

/** Writes lines, and computes their digest. */
class HashedWriter {
  readonly #writer: LineWriter;
  readonly #hash: Hash = createHash('sha256');
  #text = '';

  constructor(file: string) {
    this.#writer = new LineWriter(file);
  }

  /** @param line one character for each byte */
  write(line: string): void {
    this.#writer.write(line);
    this.#text += `${line}\n`;
    if (this.#text.length > 64 * 1024) this.#update();
  }

  /** Ends the digest, in hex. */
  sha256(): string {
    this.#update();
    return this.#hash.digest('hex');
  }

  /** Writes the last line, which is not part of the digest. */
  commit(last: string): void {
    this.#writer.write(last);
    this.#writer.commit({ isDurable: true });
  }

  discard(): void {
    this.#writer.discard();
  }

  #update(): void {
    this.#hash.update(this.#text, 'latin1');
    this.#text = '';
  }
}
