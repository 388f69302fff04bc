/** The folder of the cache: where each repository is, where our own records are, and whether the folder may be used. */
import { accessSync, chmodSync, constants, existsSync, lstatSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

import { localRepositoryError } from '../../base/disk/file-error.js';
import { FolderGuard } from '../../base/disk/folder-guard.js';
import { makeFolders } from '../../base/disk/make-folders.js';
import { readBounded } from '../../base/disk/read-bounded.js';
import { replaceFile } from '../../base/disk/replace-file.js';
import { ClojarsFetchError } from '../../base/error.js';
import { parseUrl } from '../../base/parse-url.js';
import { checkRepositoryId } from '../repository/layout.js';

/** A repository that the cache keeps files of. */
export interface CachedRepository {
  readonly id: string;
  /** Its canonical URL: a folder filled from one URL is never used for another. */
  readonly url: string;
}

/** Holds everything but the files of the repositories; a web server that serves their folders leaves it out. */
export const stateFolderName = '.clojars-fetch';

const markerBytes = 64 * 1024;

function badFolder(path: string, finding: string, hint: string): ClojarsFetchError {
  return new ClojarsFetchError('ERR_CONFIG', { reason: 'bad-value', message: `${path}: ${finding}`, finding, hint, path });
}

/** Without the slash at the end, and without credentials: those change, and belong neither in a marker nor in a message. */
function plainUrl(text: string): string {
  const url = parseUrl(text);
  if (url === null) return text;
  url.username = '';
  url.password = '';
  return url.href.replace(/\/+$/, '');
}

/** The URL that a marker names; null if there is no readable marker. */
function markedUrl(file: string): string | null {
  try {
    const value: unknown = JSON.parse(readBounded(file, markerBytes)?.toString('utf8') ?? 'null');
    return typeof value === 'object' && value !== null && 'url' in value && typeof value.url === 'string' && parseUrl(value.url)
      ? value.url
      : null;
  } catch {
    return null;
  }
}

/** Absolute folders of a cache whose repositories were checked. */
export class CacheFolder {
  /** Absolute. */
  readonly root: string;
  readonly state: string;
  readonly #markers: string;
  readonly #repositories: ReadonlySet<string>;

  constructor(folder: string, repositories: readonly CachedRepository[]) {
    this.root = resolve(folder);
    this.state = join(this.root, stateFolderName);
    this.#markers = join(this.state, 'repositories');
    this.#repositories = new Set(repositories.map(({ id }) => id));
  }

  get lockFolder(): string {
    return join(this.state, 'locks');
  }

  get damagedFolder(): string {
    return join(this.state, 'damaged');
  }

  /** Ids of all repositories that have a folder here: also those of an earlier configuration or of another process, which count, too. */
  marked(): readonly string[] {
    try {
      const names = readdirSync(this.#markers).filter((name) => name.endsWith('.json') && !name.startsWith('.'));
      return [...new Set([...this.#repositories, ...names.map((name) => name.slice(0, -'.json'.length))])];
    } catch {
      return [...this.#repositories];
    }
  }

  /** Whether the repository is one of {@link marked}. */
  isMarked(repository: string): boolean {
    return this.has(repository) || (!repository.startsWith('.') && existsSync(this.markerOf(repository)));
  }

  markerOf(repository: string): string {
    return join(this.#markers, `${repository}.json`);
  }

  /** Ids of the configured repositories. */
  ids(): readonly string[] {
    return [...this.#repositories];
  }

  has(repository: string): boolean {
    return this.#repositories.has(repository);
  }

  /** Absolute root of a repository, in Maven's layout. */
  of(repository: string): string {
    if (!this.#repositories.has(repository)) throw new RangeError(`no repository '${repository}' in this cache`);
    return join(this.root, repository);
  }
}

/**
 * Makes the folders of a cache and marks each with the URL of its repository.
 *
 * @throws ClojarsFetchError `ERR_CONFIG` if the place is not a folder, or a folder in it belongs to another repository;
 * `ERR_LOCAL_REPOSITORY` if it cannot be written, or a link in it leads out of it
 */
export async function openCacheFolder(folder: string, repositories: readonly CachedRepository[]): Promise<CacheFolder> {
  const cache = new CacheFolder(folder, repositories);
  makeRoot(cache.root);
  const guard = new FolderGuard(cache.root);
  // A web server that serves the folders as another user must not see damaged files.
  if (guard.ensure(cache.state).made) chmodSync(cache.state, 0o700);
  for (const path of [cache.lockFolder, cache.damagedFolder, join(cache.state, 'repositories')]) guard.ensure(path);
  const seen = new Map<string, string>();
  for (const { id, url } of repositories) {
    checkRepositoryId(id);
    if (id.startsWith('.'))
      throw badFolder(cache.root, `a repository named ${id} cannot have a folder here`, 'Give the repository an id without a leading dot.');
    const twin = seen.get(id.toLowerCase());
    if (twin !== undefined)
      throw badFolder(cache.root, `repositories ${twin} and ${id} would share a folder`, 'Rename one of the two repositories.');
    seen.set(id.toLowerCase(), id);
    const place = cache.of(id);
    const there = lstatSync(place, { throwIfNoEntry: false });
    if (there?.isSymbolicLink() === true)
      throw badFolder(place, 'is a link', 'Put a folder in its place. The folder of the whole cache may be a link.');
    if (there?.isDirectory() === false) throw badFolder(place, 'is not a folder', 'Move it away, or choose another folder for the cache.');
    guard.ensure(place);
    await mark(cache.markerOf(id), place, { id, url });
  }
  return cache;
}

function makeRoot(root: string): void {
  try {
    if (statSync(root, { throwIfNoEntry: false })?.isDirectory() === false)
      throw badFolder(root, 'is not a folder', 'Choose another folder for the cache.');
    makeFolders(root);
  } catch (error) {
    throw localRepositoryError(error, root);
  }
}

async function mark(file: string, place: string, { id, url }: CachedRepository): Promise<void> {
  const marked = markedUrl(file);
  if (marked !== null && plainUrl(marked) !== plainUrl(url)) {
    const finding = `belongs to the repository at ${plainUrl(marked)}, not to ${plainUrl(url)}`;
    throw badFolder(
      place,
      finding,
      'Choose another folder for the cache, rename the repository, or delete this folder and its marker in .clojars-fetch/repositories.',
    );
  }
  const text = `${JSON.stringify({ id, url: plainUrl(url) })}\n`;
  try {
    // A folder that has become read-only is noticed now and not by a request.
    if (marked === plainUrl(url)) accessSync(dirname(file), constants.W_OK);
    else await replaceFile(file, text, { mode: 0o644, flush: false });
  } catch (error) {
    throw localRepositoryError(error, file);
  }
}
