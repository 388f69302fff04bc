/** Writes a result from findings and digests that come in any order. The file appears when it is whole. */
import { rmSync } from 'node:fs';

import { HashedLineWriter } from '../../../local/sorted-lines/hashed-line-writer.js';
import { LineReader } from '../../../local/sorted-lines/line-reader.js';
import { LineSorter } from '../../../local/sorted-lines/line-sorter.js';
import { toLineText } from '../../../local/sorted-lines/line-text.js';
import type { DigestLine, EndLine, Finding, PlaceSummary, ResultHeader } from '../contract.js';
import { DigestLines } from './digest-lines.js';
import { formatEnd, formatFinding, formatHeader } from './format-lines.js';
import { FindingOrder } from './line-order.js';
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
  readonly #digests: DigestLines;

  /** @param file absolute; temporary files lie alongside it */
  constructor(file: string, places: ResultHeader['places']) {
    this.#file = file;
    this.#order = new FindingOrder(places);
    this.#tally = new Tally(places);
    this.#findings = new LineSorter(`${file}.findings`);
    this.#digests = new DigestLines(`${file}.digests`);
  }

  add(finding: Finding): void {
    const key = this.#order.keyOf(finding);
    if (key === null) throw new RangeError(`a finding about an unknown place: ${finding.place}`);
    this.#findings.add(`${key}\t${toLineText(formatFinding(finding))}`);
  }

  addDigest(digest: DigestLine): void {
    this.#digests.add(digest);
  }

  /** Writes the file, and returns its last line. Throws `ERR_LOCAL_REPOSITORY`. */
  finish(header: ResultHeader, { files, places }: ResultEnd): EndLine {
    this.#findings.finish();
    this.#digests.finish();
    const lines = new HashedLineWriter(this.#file);
    try {
      lines.write(toLineText(formatHeader(header)));
      this.#copyFindings(lines);
      lines.copy(`${this.#file}.digests`);
      const end: EndLine = {
        end: true,
        files,
        digests: this.#digests.count,
        origin: this.#tally.of('origin'),
        places: places.map((place) => ({ ...place, counts: this.#tally.of(place.name) })),
        sha256: lines.sha256(),
      };
      lines.write(toLineText(formatEnd(end)));
      lines.commit();
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
    rmSync(`${this.#file}.findings`, { force: true });
  }

  /** Copies the sorted lines without their keys, and counts them. A folder may be listed twice, and its files found twice. */
  #copyFindings(to: HashedLineWriter): void {
    const reader = new LineReader(`${this.#file}.findings`);
    let last = '';
    try {
      for (let line = reader.next(); line !== null; line = reader.next()) {
        const end = keyLength(line);
        const key = line.slice(0, end);
        if (key === last) continue;
        last = key;
        this.#tally.add(this.#order.read(key));
        to.write(line.slice(end + 1));
      }
    } finally {
      reader.close();
    }
  }
}

/** A key has three fields. */
function keyLength(line: string): number {
  let end = -1;
  for (let field = 0; field < 3; field += 1) end = line.indexOf('\t', end + 1);
  return end;
}
