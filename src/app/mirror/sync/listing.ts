/** Writes what a source lists into a sorted file, and refuses keys that must not become paths. */
import { LineReader } from '../../../local/sorted-lines/line-reader.js';
import { LineSorter } from '../../../local/sorted-lines/line-sorter.js';
import { fromLineText, toLineText } from '../../../local/sorted-lines/line-text.js';
import { lastSyncPath } from '../../../maven/mirror-trace/trace.js';
import { keyProblem, nameOf } from '../../../maven/repository-index/key.js';
import { guessSign } from '../fetch/action.js';
import type { Filtering } from '../filter/filtering.js';
import { dateOfMark } from '../source/file-date.js';
import {
  type KnownVersion,
  type ListContext,
  type ListingPage,
  ListingPlaceError,
  type MirrorSource,
  type SourceFile,
} from '../source/source.js';
import { formatRecordStart, type InventoryRecord, parseRecord } from '../target/inventory-record.js';
import type { Findings } from './finding.js';
import type { ListingCheckpoint } from './listing-checkpoint.js';

export interface ListingOptions {
  readonly source: MirrorSource;
  /** Absolute path of the file to write. */
  readonly file: string;
  /** Absolute path of the inventory. */
  readonly inventory: string;
  readonly findings: Findings;
  readonly signal: AbortSignal;
  /** Whether a listed key is wanted. */
  readonly isWanted: (key: string) => boolean;
  readonly filtering: Filtering;
  /** Keeps what was listed, for the next sync after a kill; null if this one must leave nothing behind. */
  readonly checkpoint: ListingCheckpoint | null;
  /** The start of this sync in epoch milliseconds, by the source's clock as far as it is known. */
  readonly startedMs: () => number;
  /** How long after its release a version may get files, in milliseconds. */
  readonly settleMs: number;
  /** The start of the last full sync in epoch milliseconds; null if it is not known. */
  readonly lastFullMs: number | null;
}

/**
 * Returns when the listing began, in epoch milliseconds by the source's clock; null if this sync began it.
 * @throws {ClojarsFetchError} if the source cannot be listed to the end
 */
export async function writeListing(options: ListingOptions): Promise<number | null> {
  const { source, file, inventory, findings, signal, isWanted, filtering } = options;
  const sorter = new LineSorter(file);
  const known = new KnownVersions(options);
  const survey = filtering.survey(source, inventory, signal);
  try {
    const isOutside = filtering.outsideOf(inventory);
    const context = { signal, knownVersion: (folder: string) => known.find(folder), isOutside, newestOf: survey?.newestOf };
    for await (const batch of batchesOf(options, context)) {
      signal.throwIfAborted();
      for (const listed of batch) {
        if (listed.key.startsWith('.') || listed.key === lastSyncPath) continue;
        const problem = listed.refusal ?? keyProblem(listed.key);
        if (problem !== null) findings.add('refused', listed.key, problem);
        else if (isWanted(listed.key)) {
          sorter.add(formatListed(listed));
          survey?.note(listed);
        }
      }
    }
    sorter.finish();
    await filtering.finish(survey);
    const begunMs = options.checkpoint?.begunMs ?? null;
    options.checkpoint?.discard();
    return begunMs;
  } finally {
    survey?.discard();
    known.close();
    sorter.discard();
    options.checkpoint?.close();
  }
}

/** Goes on with the listing of a sync that was killed, if there is one. */
async function* batchesOf(options: ListingOptions, context: ListContext): AsyncGenerator<readonly SourceFile[]> {
  const { source, checkpoint, signal } = options;
  if (source.listPages === undefined || checkpoint === null) {
    yield* source.list(context);
    return;
  }
  const place = await checkpoint.open();
  if (place !== null) {
    const pages = source.listPages(place, signal)[Symbol.asyncIterator]();
    const first = await pages.next().catch(forgottenPlace);
    if (first !== null) {
      yield* checkpoint.replay();
      yield* kept(first, pages, checkpoint, options);
      return;
    }
    checkpoint.discard();
  }
  const pages = source.listPages(null, signal)[Symbol.asyncIterator]();
  yield* kept(await pages.next(), pages, checkpoint, options);
}

async function* kept(
  first: IteratorResult<ListingPage>,
  pages: AsyncIterator<ListingPage>,
  checkpoint: ListingCheckpoint,
  { startedMs }: ListingOptions,
): AsyncGenerator<readonly SourceFile[]> {
  for (let page = first; page.done !== true; page = await pages.next()) {
    yield page.value.files;
    await checkpoint.add(page.value.files, page.value.next, startedMs());
  }
}

function forgottenPlace(error: unknown): null {
  if (error instanceof ListingPlaceError) return null;
  throw error;
}

/** Object listings of Clojars contain a page for each folder, which a mirror's own server makes. */
export function isFolderPage(key: string): boolean {
  return nameOf(key) === 'index.html';
}

/** Formats a line of a listing. */
export function formatListed({ key, size, mark, isGuess }: SourceFile): string {
  return `${formatRecordStart(key, size, mark)}${isGuess === true ? guessSign : ''}`;
}

/** Reads the inventory once, forwards, and gives the records of single folders. */
class KnownVersions {
  readonly #reader: LineReader;
  readonly #options: Pick<ListingOptions, 'settleMs' | 'lastFullMs'>;
  #line: string | null;

  constructor(options: Pick<ListingOptions, 'inventory' | 'settleMs' | 'lastFullMs'>) {
    this.#options = options;
    this.#reader = new LineReader(options.inventory);
    this.#line = this.#reader.next();
  }

  find(folder: string): KnownVersion | null {
    const prefix = toLineText(`${folder}/`);
    while (this.#line !== null && this.#line < prefix) this.#line = this.#reader.next();
    const records: InventoryRecord[] = [];
    for (; this.#line?.startsWith(prefix) === true; this.#line = this.#reader.next()) {
      const record = parseRecord(this.#line);
      if (record !== null && !fromLineText(this.#line.slice(prefix.length)).split('\t', 1)[0]?.includes('/')) records.push(record);
    }
    if (records.length === 0) return null;
    const files = records.filter(({ key }) => nameOf(key) !== 'maven-metadata.xml' && !key.includes('/maven-metadata.xml.'));
    return { files, mayHaveGrown: this.#mayHaveGrown(records) };
  }

  close(): void {
    this.#reader.close();
  }

  /** Whether the folder was looked into while its version was new, and no full sync since had the chance to look once more. */
  #mayHaveGrown(records: readonly InventoryRecord[]): boolean {
    const { settleMs, lastFullMs } = this.#options;
    if (lastFullMs === null) return false;
    const seenMs = records.reduce((latest, { firstSeen }) => Math.max(latest, firstSeen), 0) * 1000;
    if (lastFullMs >= seenMs + settleMs) return false;
    return records.some(({ mark }) => seenMs < (dateOfMark(mark) ?? 0) + settleMs);
  }
}
