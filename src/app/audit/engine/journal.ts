/**
 * Remembers what was done for one place, so that a run that was killed goes on. Lines of findings and digests are followed by a line that
 * says how far they reach, with a checksum of all of them; what has no such line after it, or a damaged one, is done again.
 */
import { closeSync, openSync, rmSync, truncateSync, writeSync } from 'node:fs';

import { crc32 } from '../../../base/disk/crc32.js';
import { localRepositoryError } from '../../../base/disk/file-error.js';
import { statFile } from '../../../base/disk/stat-file.js';
import { LineReader } from '../../../local/sorted-lines/line-reader.js';
import { fromLineText } from '../../../local/sorted-lines/line-text.js';
import type { DigestLine, Finding } from '../contract.js';
import { formatDigest, formatFinding } from '../result/format-lines.js';

/** The result of some lines of the plan, one after the other. */
export interface Progress {
  /** The number of the line after the last of them. */
  readonly next: number;
  /** Lines for which the place gave an answer. */
  readonly answered: number;
  /** The age of the oldest thing that is not there yet; null if there is none. */
  readonly lagMs: number | null;
  /** Names in listings that cannot be paths. */
  readonly skippedNames: number;
  readonly findings: readonly Finding[];
  readonly digests: readonly DigestLine[];
}

/** The sums over a whole journal. */
export interface JournalTotals {
  readonly next: number;
  readonly answered: number;
  readonly lagMs: number | null;
  readonly skippedNames: number;
}

/** Lines of the plan without findings that are done again after a kill. */
const mostUnwritten = 256;

export class Journal {
  readonly #file: string;
  readonly #descriptor: number;
  #totals: JournalTotals;
  #written: number;

  private constructor(file: string, descriptor: number, totals: JournalTotals) {
    this.#file = file;
    this.#descriptor = descriptor;
    this.#totals = totals;
    this.#written = totals.next;
  }

  /**
   * Opens a journal to go on with it.
   * @param head says what is audited, in one line: the journal of something else is thrown away @param from the first line of the shard
   */
  static open(file: string, head: string, from: number): Journal {
    const found = readTotals(file, head);
    try {
      if (found === null) rmSync(file, { force: true });
      else truncateSync(file, found.bytes);
      const descriptor = openSync(file, 'a', 0o644);
      if (found === null) writeSync(descriptor, `${head}\n`);
      return new Journal(file, descriptor, found?.totals ?? { next: from, answered: 0, lagMs: null, skippedNames: 0 });
    } catch (error) {
      throw localRepositoryError(error, file);
    }
  }

  get totals(): JournalTotals {
    return this.#totals;
  }

  add({ findings, digests, lagMs, answered, skippedNames, next }: Progress): void {
    const totals = this.#totals;
    this.#totals = {
      next,
      answered: totals.answered + answered,
      lagMs: lagMs === null ? totals.lagMs : Math.max(lagMs, totals.lagMs ?? 0),
      skippedNames: totals.skippedNames + skippedNames,
    };
    const lines = [...findings.map((finding) => `f${formatFinding(finding)}\n`), ...digests.map((digest) => `d${formatDigest(digest)}\n`)];
    if (lines.length > 0 || next - this.#written >= mostUnwritten) this.#write(lines);
  }

  close(): void {
    this.#write([]);
    closeSync(this.#descriptor);
  }

  #write(lines: readonly string[]): void {
    try {
      const totals = JSON.stringify(this.#totals);
      writeSync(this.#descriptor, `${lines.join('')}c${checksumOf([...lines, totals])} ${totals}\n`);
      this.#written = this.#totals.next;
    } catch (error) {
      throw localRepositoryError(error, this.#file);
    }
  }
}

/** Reads the findings and digests of a journal that was closed. */
export function* readJournal(file: string): Generator<{ readonly finding: Finding } | { readonly digest: DigestLine }> {
  const reader = new LineReader(file);
  try {
    for (let line = reader.next(); line !== null; line = reader.next()) {
      const text = fromLineText(line.slice(1));
      // Written by this program, and cut to what is whole: see `open`.
      if (line.startsWith('f')) yield { finding: JSON.parse(text) as Finding };
      else if (line.startsWith('d')) yield { digest: JSON.parse(text) as DigestLine };
    }
  } finally {
    reader.close();
  }
}

/** Null for the journal of something else. */
function readTotals(file: string, head: string): { readonly totals: JournalTotals; readonly bytes: number } | null {
  const reader = new LineReader(file);
  try {
    const first = reader.next();
    if (first === null || fromLineText(first) !== head) return null;
    let found: { totals: JournalTotals; bytes: number } | null = null;
    const size = statFile(file, { mayBeEmpty: true })?.size ?? 0;
    let bytes = first.length + 1;
    let lines: string[] = [];
    for (let line = reader.next(); line !== null; line = reader.next()) {
      bytes += line.length + 1;
      if (!line.startsWith('c')) {
        lines.push(fromLineText(`${line}\n`));
        continue;
      }
      const [checksum, totals = ''] = line.slice(1).split(' ');
      // The last line may lack its end.
      if (bytes > size || checksum !== checksumOf([...lines, totals])) break;
      found = { totals: JSON.parse(totals) as JournalTotals, bytes };
      lines = [];
    }
    return found;
  } finally {
    reader.close();
  }
}

/** Of a whole line of totals and the lines before it. */
function checksumOf(texts: readonly string[]): string {
  return crc32(texts.join('')).toString(16);
}
