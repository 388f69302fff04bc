/** Lists a repository over http by following the listings of its folders, several at a time. */
import { ClojarsFetchError } from '../../../base/error.js';
import { type ListedName, parseHtmlListing } from '../../../maven/repository-index/html-listing.js';
import { keyProblem } from '../../../maven/repository-index/key.js';
import { readWhole } from './read-text.js';
import { type ListContext, type OpenOptions, type SourceBody, SourceError, type SourceFile } from './source.js';

/** A folder of a repository with ten thousand versions takes a megabyte or two. */
const maxListingBytes = 32 * 1024 * 1024;
/** A server may answer every path with another listing. */
const maxDepth = 40;
const maxFolders = 5_000_000;

type Open = (key: string, options: OpenOptions) => Promise<SourceBody | null>;

/** Reads listings of single folders: what the server gives for the folder itself, or its `index.html`. */
export class FolderListings {
  readonly #open: Open;
  #suffixes: readonly string[] = ['', 'index.html'];

  constructor(open: Open) {
    this.#open = open;
  }

  /** @param folder empty, or ends with '/'. Null if there is no listing. @throws {SourceError} */
  async read(folder: string, signal: AbortSignal): Promise<readonly ListedName[] | null> {
    for (const suffix of this.#suffixes) {
      const bytes = await readWhole(this.#open, `${folder}${suffix}`, { maxBytes: maxListingBytes, signal });
      const names = bytes === null ? null : parseHtmlListing(bytes.toString('utf8'));
      if (names === null) continue;
      // The other form is only asked for if this one fails.
      if (suffix !== this.#suffixes[0]) this.#suffixes = [...this.#suffixes].reverse();
      return names;
    }
    return null;
  }
}

/** Turns the names in a folder into files; folders are left out. */
export function filesIn(folder: string, names: readonly ListedName[]): readonly SourceFile[] {
  return names
    .filter(({ isFolder }) => !isFolder)
    .map(({ name, size, date }) => ({ key: `${folder}${name}`, size, mark: date === '' ? '' : `d:${date}` }));
}

/** @param parallel folders asked for at once */
export async function* crawl(
  open: Open,
  parallel: number,
  { signal, isOutside = () => false }: Pick<ListContext, 'signal' | 'isOutside'>,
): AsyncGenerator<readonly SourceFile[]> {
  const listings = new FolderListings(open);
  // The deepest folders first: the list of waiting ones stays short.
  const waiting: string[] = [''];
  const asked = new Map<string, Promise<ListedFolder>>();
  let found = 1;
  while (waiting.length + asked.size > 0) {
    signal.throwIfAborted();
    for (; asked.size < parallel && waiting.length > 0;) ask(waiting.pop() ?? '', asked, (folder) => listed(listings, folder, signal));
    const { folder, names } = await Promise.race(asked.values());
    asked.delete(folder);
    yield filesIn(folder, names);
    for (const { name, isFolder } of names) {
      if (!isFolder || name.startsWith('.')) continue;
      const key = `${folder}${name}`;
      const refusal = keyProblem(key) ?? (folder.split('/').length > maxDepth ? 'is too deep in the tree' : null);
      if (refusal === null && isOutside(key)) continue;
      if (refusal === null) waiting.push(`${key}/`);
      else yield [{ key, size: null, mark: '', refusal }];
      found += 1;
    }
    if (found > maxFolders) throw incomplete(`it has more than ${maxFolders} folders`);
  }
}

interface ListedFolder {
  readonly folder: string;
  readonly names: readonly ListedName[];
}

function ask(folder: string, asked: Map<string, Promise<ListedFolder>>, list: (folder: string) => Promise<readonly ListedName[]>): void {
  const answer = list(folder).then((names) => ({ folder, names }));
  answer.catch(() => undefined); // reported by whoever reads the answers, unless another one failed before
  asked.set(folder, answer);
}

async function listed(listings: FolderListings, folder: string, signal: AbortSignal): Promise<readonly ListedName[]> {
  try {
    const names = await listings.read(folder, signal);
    if (names !== null) return names;
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    throw incomplete(error.message, error);
  }
  throw incomplete(`there is no listing of ${folder === '' ? 'its top folder' : folder}`);
}

function incomplete(why: string, cause?: unknown): ClojarsFetchError {
  return new ClojarsFetchError('ERR_UNREACHABLE', {
    reason: 'no-listing',
    message: `the source cannot be listed: ${why}`,
    hint: 'Check the address of the source, and whether its server lists folders.',
    cause,
  });
}
