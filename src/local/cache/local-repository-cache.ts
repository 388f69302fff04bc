/** The user's own local repository as the cache. It is not ours to limit or to tidy: nothing is removed, and nothing is moved. */
import { type Stats, statSync } from 'node:fs';
import { resolve } from 'node:path';

import type { CachedFile, CacheStats, CheckFinding, CheckReport, FileCache, ListedEntry } from './file-cache.js';
import { fileOf, listFolder } from './list-folder.js';
import { cacheFull, freeBytes } from './space.js';

export interface LocalRepositoryCacheOptions {
  /** Root of the local repository, shared by all repositories. */
  readonly root: string;
  readonly repositories: readonly string[];
  readonly now?: (() => number) | undefined;
}

/** Records are kept in memory only, for this many files: after a restart, the verification cache tells the rest. */
const mostRemembered = 20_000;

/** Opens a local repository as a cache. Touches nothing. */
export function openLocalRepositoryCache(options: LocalRepositoryCacheOptions): FileCache {
  return new LocalRepositoryCache(options);
}

interface Remembered {
  readonly cached: CachedFile;
  readonly stats: Stats;
}

const isSame = (one: Stats, other: Stats): boolean =>
  one.size === other.size && one.mtimeMs === other.mtimeMs && one.ctimeMs === other.ctimeMs && one.ino === other.ino;

function nothing(): void {
  // Nothing is ever removed here.
}

class LocalRepositoryCache implements FileCache {
  readonly lockFolder = null;
  readonly #root: string;
  readonly #repositories: readonly string[];
  readonly #now: () => number;
  readonly #known = new Map<string, Remembered>();
  #reserved = 0;

  constructor({ root, repositories, now = Date.now }: LocalRepositoryCacheOptions) {
    this.#root = resolve(root);
    this.#repositories = repositories;
    this.#now = now;
  }

  folder(): string {
    return this.#root;
  }

  lookup(repository: string, path: string): CachedFile | null {
    const key = `${repository}/${path}`;
    const known = this.#known.get(key);
    if (known === undefined) return null;
    const stats = look(known.cached.file);
    if (stats !== null && isSame(stats, known.stats)) return known.cached;
    this.#known.delete(key);
    return null;
  }

  note(cached: CachedFile): number | null {
    const { repository, path, size, modifiedMs, lastModifiedMs } = cached;
    const file = fileOf(this.#root, path);
    const stats = file === null ? null : look(file);
    if (file === null || stats === null || stats.size !== size || Math.abs(stats.mtimeMs - modifiedMs) >= 1) return lastModifiedMs;
    const key = `${repository}/${path}`;
    this.#known.delete(key);
    for (const [oldest] of this.#known) {
      if (this.#known.size < mostRemembered) break;
      this.#known.delete(oldest);
    }
    this.#known.set(key, { cached: { ...cached, file, modifiedMs: stats.mtimeMs }, stats });
    return lastModifiedMs;
  }

  touch(): void {
    // Nothing leaves, so the order of use does not matter.
  }

  reserve(bytes: number): Promise<() => void> {
    const free = freeBytes(this.#root);
    if (free !== null && this.#reserved + bytes > free)
      return Promise.reject(
        cacheFull(this.#root, bytes, { limit: Math.max(0, free - this.#reserved), configured: Number.POSITIVE_INFINITY }),
      );
    this.#reserved += bytes;
    let isKept = true;
    return Promise.resolve(() => {
      if (isKept) this.#reserved -= bytes;
      isKept = false;
    });
  }

  hold(): () => void {
    return nothing;
  }

  setAside(repository: string, path: string): Promise<void> {
    this.#known.delete(`${repository}/${path}`);
    return Promise.resolve();
  }

  list(repository: string, path: string): readonly ListedEntry[] | null {
    return this.#repositories.includes(repository) ? listFolder(this.#root, path) : null;
  }

  async check(signal: AbortSignal, onFinding: (finding: CheckFinding) => void): Promise<CheckReport> {
    const { checkTree } = await import('./check.js');
    const [id = ''] = this.#repositories;
    const tree = {
      repositories: [{ id, root: this.#root }],
      now: this.#now,
      recordOf: () => null,
      recorded: () => [],
      confirm: nothing,
      setAside: () => Promise.resolve(null),
    };
    return checkTree(tree, signal, onFinding);
  }

  pauseEviction(): void {
    // Nothing leaves in any case.
  }

  stats(): CacheStats {
    const limitBytes = freeBytes(this.#root) ?? Number.POSITIVE_INFINITY;
    return {
      bytes: 0,
      files: 0,
      limitBytes,
      reservedBytes: this.#reserved,
      evictedFiles: 0,
      evictedBytes: 0,
      setAside: 0,
      isCounted: false,
    };
  }

  counted(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** Follows links: some tools build local repositories of links. */
function look(file: string): Stats | null {
  try {
    const stats = statSync(file, { throwIfNoEntry: false });
    return stats?.isFile() === true ? stats : null;
  } catch {
    return null;
  }
}
