/**
 * Reads a result or a part, and checks all of it on the way: that it is whole, that its lines have not changed, that they are in order and
 * each there once, and that its counts are those of its lines. What was read is to be believed only after the end.
 */
import { createHash } from 'node:crypto';

import { statFile } from '../../../base/disk/stat-file.js';
import { LineReader } from '../../../local/sorted-lines/line-reader.js';
import { fromLineText } from '../../../local/sorted-lines/line-text.js';
import { type DigestLine, type EndLine, type Finding, originName, type ResultHeader } from '../contract.js';
import { badPart } from './bad-part.js';
import { FindingOrder, pathKey } from './line-order.js';
import { parseDigest, parseEnd, parseFinding, parseHeader } from './parse-lines.js';
import { areSameCounts, Tally } from './tally.js';

const gatherLength = 64 * 1024;

/** One of the two is null. */
export interface ResultLine {
  readonly finding: Finding | null;
  readonly digest: DigestLine | null;
  /** By which the line is sorted among its kind. */
  readonly key: string;
}

export class ResultReader {
  readonly header: ResultHeader;
  readonly #file: string;
  readonly #lines: HashedLines;
  readonly #order: FindingOrder;
  readonly #tally: Tally;
  #lastFinding = '';
  #lastDigest = '';
  #digests = 0;
  #end: EndLine | null = null;

  /** @throws {ClojarsFetchError} `ERR_CONFIG`, `bad-part`; also the other methods */
  constructor(file: string) {
    this.#file = file;
    const stats = statFile(file, { mayBeEmpty: true });
    if (stats === null) throw badPart(file, 'is not there', 'Check the path, or make this part.');
    this.#lines = new HashedLines(file, stats.size);
    const header = parseHeader(fromLineText(this.#lines.next() ?? ''));
    if (header === null) {
      this.close();
      throw badPart(file, 'does not begin as the result of an audit does');
    }
    this.header = header;
    this.#order = new FindingOrder(header.places);
    this.#tally = new Tally(header.places);
  }

  /** Returns the next finding or digest; null after the last. */
  next(): ResultLine | null {
    if (this.#end !== null) return null;
    const line = this.#lines.next();
    if (line === null) throw badPart(this.#file, 'was cut: its last line is missing');
    if (line.startsWith('{"digest"')) return this.#nextDigest(line);
    if (line.startsWith('{"end"')) return this.#finish(line);
    return this.#nextFinding(line);
  }

  /** Reads what is left, and returns the last line. */
  end(): EndLine {
    while (this.next() !== null);
    if (this.#end === null) throw new RangeError('the end of a result was not read');
    return this.#end;
  }

  close(): void {
    this.#lines.close();
  }

  #nextFinding(line: string): ResultLine {
    const finding = parseFinding(fromLineText(line));
    if (finding === null) throw this.#bad('is not a line of an audit');
    const key = this.#order.keyOf(finding);
    if (key === null) throw this.#bad('is about a place that the header does not name');
    if (this.#digests > 0 || key <= this.#lastFinding) throw this.#bad('is out of order, or there twice');
    this.#lastFinding = key;
    this.#tally.add(finding);
    return { finding, digest: null, key };
  }

  #nextDigest(line: string): ResultLine {
    const digest = parseDigest(fromLineText(line));
    if (digest === null) throw this.#bad('is not a line of an audit');
    const key = pathKey(digest.digest);
    if (this.#digests > 0 && key <= this.#lastDigest) throw this.#bad('is out of order, or there twice');
    this.#lastDigest = key;
    this.#digests += 1;
    return { finding: null, digest, key };
  }

  #finish(line: string): null {
    const end = parseEnd(fromLineText(line));
    if (end === null) throw this.#bad('is not the end of an audit');
    if (!this.#lines.isAtEnd) throw badPart(this.#file, 'does not stop at the end of its last line');
    if (end.sha256 !== this.#lines.sha256()) throw badPart(this.#file, 'was changed: its lines do not match the digest at its end');
    if (!this.#hasCountsOf(end)) throw badPart(this.#file, 'was changed: the counts at its end are not those of its lines');
    this.#end = end;
    return null;
  }

  #hasCountsOf({ digests, origin, places }: EndLine): boolean {
    const named = this.header.places;
    if (digests !== this.#digests || places.length !== named.length || !areSameCounts(origin, this.#tally.of(originName))) return false;
    return places.every(
      ({ name, url, counts }, at) => name === named[at]?.name && url === named[at]?.url && areSameCounts(counts, this.#tally.of(name)),
    );
  }

  #bad(problem: string): Error {
    return badPart(this.#file, `line ${this.#lines.count} ${problem}`);
  }
}

/** Reads lines, and computes the digest of those before the present one. */
class HashedLines {
  /** The number of the present line, from 1. */
  count = 0;
  readonly #reader: LineReader;
  readonly #size: number;
  readonly #hash = createHash('sha256');
  /** Lines that are not yet part of the digest. */
  #text = '';
  #present: string | null = null;
  #bytes = 0;

  constructor(file: string, size: number) {
    this.#reader = new LineReader(file);
    this.#size = size;
  }

  next(): string | null {
    if (this.#present !== null) this.#note(this.#present);
    this.#present = this.#reader.next();
    if (this.#present === null) return null;
    this.count += 1;
    this.#bytes += this.#present.length + 1;
    return this.#present;
  }

  /** Ends the digest, in hex. */
  sha256(): string {
    return this.#hash.update(this.#text, 'latin1').digest('hex');
  }

  /** Whether the present line is the last one, and whole. */
  get isAtEnd(): boolean {
    return this.#bytes === this.#size;
  }

  close(): void {
    this.#reader.close();
  }

  #note(line: string): void {
    this.#text += `${line}\n`;
    if (this.#text.length < gatherLength) return;
    this.#hash.update(this.#text, 'latin1');
    this.#text = '';
  }
}
