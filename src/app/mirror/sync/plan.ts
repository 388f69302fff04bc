/** Compares the listing of the source with the inventory of the target, in one pass over two sorted files. */
import { Pace } from '../../../base/async/pace.js';
import { LineReader } from '../../../local/sorted-lines/line-reader.js';
import { LineSorter } from '../../../local/sorted-lines/line-sorter.js';
import { fromLineText, lineKey } from '../../../local/sorted-lines/line-text.js';
import { LineWriter } from '../../../local/sorted-lines/line-writer.js';
import { classifyKey } from '../../../maven/repository-index/classify-key.js';
import { formatAction, isUnchanged } from '../fetch/action.js';
import type { Filtering } from '../filter/filtering.js';
import { LeftOutPass } from '../filter/left-out.js';
import { dateOfMark } from '../source/file-date.js';
import type { Findings } from './finding.js';

/** Numbers of files by what a plan says of them. */
export interface PlanCounts {
  /** Files that the source lists, and that are wanted. */
  readonly listed: number;
  /** Files that the source lists, and that the filters leave out. */
  readonly leftOut: number;
  /** Files that the target has as they are. */
  readonly unchanged: number;
  /** Files that the target does not have. */
  readonly missing: number;
  /** Files of both that may differ. */
  readonly suspect: number;
  /** Files of the target that the source does not list. */
  readonly gone: number;
  /** Bytes to fetch at most, as far as the listing gives sizes. */
  readonly bytes: number;
}

export interface PlanOptions {
  /** Absolute paths of sorted files. */
  readonly listing: string;
  readonly inventory: string;
  /** Absolute path of the file to write. */
  readonly plan: string;
  /** Absolute path of the second file to write: the keys of the target that the source does not list, sorted. */
  readonly gone: string;
  /** Whether the target should have a key at all. */
  readonly isWanted: (key: string) => boolean;
  readonly filtering: Pick<Filtering, 'names' | 'leftOut' | 'mayRewrite'>;
  readonly findings: Findings;
  /** Epoch milliseconds by the source's clock. */
  readonly now: number;
  readonly signal: AbortSignal;
}

/** A file's date in a listing names a minute of an unknown time zone. A file that changed again in that minute was compared meanwhile. */
const settledMs = 2 * 24 * 60 * 60 * 1000;

/** Writes the actions, sorted by artifact and by the order of publication. */
export async function makePlan(options: PlanOptions): Promise<PlanCounts> {
  const work = new Comparison(options);
  try {
    return await work.run();
  } finally {
    work.close();
  }
}

class Comparison {
  readonly #options: PlanOptions;
  readonly #listed: LineReader;
  readonly #known: LineReader;
  readonly #leftOut: LeftOutPass;
  readonly #sorter: LineSorter;
  readonly #gone: LineWriter;
  readonly #files = new FilesAsFolders();
  readonly #counts = { listed: 0, leftOut: 0, unchanged: 0, missing: 0, suspect: 0, gone: 0, bytes: 0 };

  constructor(options: PlanOptions) {
    this.#options = options;
    this.#listed = new LineReader(options.listing);
    this.#known = new LineReader(options.inventory);
    this.#leftOut = new LeftOutPass(options.filtering.leftOut);
    this.#sorter = new LineSorter(options.plan);
    this.#gone = new LineWriter(options.gone);
  }

  async run(): Promise<PlanCounts> {
    const pace = new Pace(this.#options.signal);
    let known = this.#known.next();
    let before = '';
    for (let listed = this.#listed.next(); listed !== null; listed = this.#listed.next()) {
      const turn = pace.step();
      if (turn !== null) await turn;
      const key = lineKey(listed);
      if (key === lineKey(before)) {
        // Pages of a listing may overlap while files are added.
        if (listed !== before) this.#options.findings.add('refused', fromLineText(key), 'is listed twice, with different sizes or dates');
        continue;
      }
      before = listed;
      for (; known !== null && lineKey(known) < key; known = this.#known.next()) this.#noteGone(known);
      const isKnown = known !== null && lineKey(known) === key;
      this.#compare(key, listed, isKnown ? known : null);
      if (isKnown) known = this.#known.next();
    }
    for (; known !== null; known = this.#known.next()) this.#noteGone(known);
    this.#sorter.finish();
    this.#gone.commit();
    return { ...this.#counts };
  }

  close(): void {
    this.#listed.close();
    this.#known.close();
    this.#leftOut.close();
    this.#sorter.discard();
    this.#gone.discard();
  }

  /** A file that is not wanted any more was left out of the listing on purpose. */
  #noteGone(known: string): void {
    const key = lineKey(known);
    if (!this.#options.isWanted(fromLineText(key))) return;
    this.#counts.gone += 1;
    this.#gone.write(key);
  }

  #compare(key: string, listed: string, known: string | null): void {
    const { names, mayRewrite } = this.#options.filtering;
    if (this.#leftOut.has(key) || !names.takesKey(fromLineText(key))) {
      // A copy that the target has already stays as it is.
      this.#counts.leftOut += 1;
      return;
    }
    this.#counts.listed += 1;
    const file = this.#files.fileAbove(key);
    if (file !== null) {
      this.#options.findings.add('refused', fromLineText(key), `lies in a folder that is also listed as a file: ${fromLineText(file)}`);
      return;
    }
    if (known !== null && !isSuspectLine(listed, known, this.#options.now) && !mayRewrite(key)) {
      this.#counts.unchanged += 1;
      return;
    }
    this.#counts[known === null ? 'missing' : 'suspect'] += 1;
    this.#counts.bytes += Number(fieldsOf(listed).size) || 0;
    this.#sorter.add(formatAction(listed, known));
  }
}

/** Whether the source's file may differ from the target's, by the lines of the listing and of the inventory. */
export function isSuspectLine(listed: string, known: string, nowMs: number): boolean {
  if (isUnchanged(listed, known)) return false;
  const now = fieldsOf(listed);
  const then = fieldsOf(known);
  if (now.size !== '-' && now.size !== then.size) return true;
  const { isMutable } = classifyKey(fromLineText(lineKey(listed)));
  const isSameKind = now.mark.slice(0, 2) === then.mark.slice(0, 2) && now.mark !== '';
  if (!isSameKind) return isMutable;
  if (now.mark !== then.mark) return true;
  return isMutable && now.mark.startsWith('d:') && !isSettled(now.mark, nowMs);
}

function isSettled(mark: string, now: number): boolean {
  const time = dateOfMark(mark);
  return time !== null && now - time > settledMs;
}

function fieldsOf(line: string): { readonly size: string; readonly mark: string } {
  const sizeAt = line.indexOf('\t') + 1;
  const markAt = line.indexOf('\t', sizeAt) + 1;
  return { size: line.slice(sizeAt, markAt - 1), mark: line.slice(markAt, line.indexOf('\t', markAt)) };
}

/** Finds keys beneath the key of a file. Keys that begin with the same text follow each other, so few need to be remembered. */
class FilesAsFolders {
  readonly #above: string[] = [];

  /** Returns the file that has the place of a folder of this key, else null. Keys come in order. */
  fileAbove(key: string): string | null {
    while (this.#above.length > 0 && !key.startsWith(this.#above.at(-1) ?? '')) this.#above.pop();
    const file = this.#above.find((one) => key[one.length] === '/') ?? null;
    if (file === null) this.#above.push(key);
    return file;
  }
}
