/** Writes what the canonical origin has into a sorted file: from a listing, from an inventory, or from the release feed. */
import { ClojarsFetchError } from '../../../base/error.js';
import { LineReader } from '../../../local/sorted-lines/line-reader.js';
import { LineSorter } from '../../../local/sorted-lines/line-sorter.js';
import { lastSyncPath } from '../../../maven/mirror-trace/trace.js';
import { folderOf, keyProblem, nameOf } from '../../../maven/repository-index/key.js';
import { readFeed } from '../../mirror/source/read-feed.js';
import { type MirrorSource, SourceError, type SourceFile } from '../../mirror/source/source.js';
import { parseRecord } from '../../mirror/target/inventory-record.js';
import { formatListed } from './listed-file.js';

/** Gathers files in the order of the bytes of their paths. */
export class ListingFile {
  /** Files whose names must not become parts of paths. */
  refused = 0;
  readonly #sorter: LineSorter;

  /** @param file absolute, to write */
  constructor(file: string) {
    this.#sorter = new LineSorter(file);
  }

  add(file: SourceFile, sha256 = ''): void {
    const { key, refusal } = file;
    if (isOfServer(key)) return;
    if (refusal !== undefined || keyProblem(key) !== null) this.refused += 1;
    else this.#sorter.add(formatListed(file, sha256));
  }

  finish(): void {
    this.#sorter.finish();
  }

  discard(): void {
    this.#sorter.discard();
  }
}

/** Whether a file is not of the repository but of its server: pages of folders, indexes, and what a mirror says of itself. */
export function isOfServer(key: string): boolean {
  return !key.includes('/') || key.startsWith('.') || key === lastSyncPath || key.startsWith('stats/') || nameOf(key) === 'index.html';
}

/**
 * @param most files of an honest source: a hostile one might never end
 * @throws {ClojarsFetchError} if the source cannot be listed to the end
 */
export async function collectAll(source: MirrorSource, listing: ListingFile, most: number, signal: AbortSignal): Promise<void> {
  let count = 0;
  for await (const batch of source.list({ signal, knownVersion: () => null })) {
    signal.throwIfAborted();
    count += batch.length;
    if (count > most) throw new SourceError(`${source.name}: the listing does not end: it has more than ${most} files`, false);
    for (const file of batch) listing.add(file);
  }
}

/**
 * Reads the inventory of a mirror, which also tells the digests of all files. @param file absolute
 * @throws {ClojarsFetchError} `ERR_CONFIG` if it is not an inventory
 */
export function collectInventory(file: string, listing: ListingFile): void {
  const reader = openInventory(file);
  try {
    for (let line = reader.next(); line !== null; line = reader.next()) {
      const record = parseRecord(line);
      if (record === null) listing.refused += 1;
      else listing.add({ ...record, modifiedMs: record.firstSeen * 1000 }, record.sha256);
    }
  } finally {
    reader.close();
  }
}

/** Opens an inventory, and looks at its first line. @throws {ClojarsFetchError} `ERR_CONFIG` if it is not an inventory */
export function openInventory(file: string): LineReader {
  const reader = new LineReader(file);
  const first = reader.next();
  reader.close();
  if (first !== null && parseRecord(first) !== null) return new LineReader(file);
  throw new ClojarsFetchError('ERR_CONFIG', {
    reason: 'bad-value',
    message: `${file}: not the inventory of a mirror`,
    hint: "A mirror's inventory is the file .clojars-mirror/inventory in its folder.",
    path: file,
  });
}

/** Lists the versions that the release feed names, with the metadata of their artifacts. @throws {SourceError} */
export async function collectReleases(
  source: MirrorSource,
  feed: URL,
  listing: ListingFile,
  { sinceMs, parallel, signal }: { readonly sinceMs: number; readonly parallel: number; readonly signal: AbortSignal },
): Promise<void> {
  const { increments } = source;
  if (increments === null) throw new SourceError(`${source.name}: single versions cannot be listed`, false);
  const { releases } = await readFeed(increments, feed, sinceMs, () => source.now(), signal);
  const folders = [...new Set(releases.map(({ folder }) => folder))];
  for (let index = 0; index < folders.length; index += parallel) {
    const listed = await Promise.all(folders.slice(index, index + parallel).map((folder) => increments.listVersion(folder, signal)));
    for (const file of listed.flat()) listing.add(file);
  }
  for (const artifact of new Set(folders.map((folder) => folderOf(folder))))
    for (const end of ['', '.md5', '.sha1'])
      listing.add({ key: `${artifact}/maven-metadata.xml${end}`, size: null, mark: '', isGuess: true });
}
