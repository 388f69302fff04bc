/** Caches in temporary folders, and files in them as a download places them. */
import { createHash } from 'node:crypto';
import { mkdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { onTestFinished } from 'vitest';

import type { FileCache } from '../../../src/local/cache/file-cache.js';
import { type FolderCacheOptions, openFolderCache } from '../../../src/local/cache/folder-cache.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

export const clojars = { id: 'clojars', url: 'https://repo.clojars.org/' };
export const central = { id: 'central', url: 'https://repo.maven.apache.org/maven2/' };

export const digest = (algorithm: string, bytes: Uint8Array | string): string => createHash(algorithm).update(bytes).digest('hex');

/** Opens a cache that is closed after the test. */
export async function open(options: Partial<FolderCacheOptions> = {}): Promise<FileCache & { readonly root: string }> {
  const folder = options.folder ?? (await temporaryFolder());
  const cache = await openFolderCache({ folder, repositories: [clojars, central], limitBytes: 1_000_000_000, ...options });
  onTestFinished(() => cache.close());
  return Object.assign(cache, { root: folder });
}

/** Writes a file into the tree, without telling the cache. */
export async function write(cache: FileCache, path: string, bytes: Uint8Array | string, repository = 'clojars'): Promise<string> {
  const file = join(cache.folder(repository), path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, bytes);
  return file;
}

/** Notes a file that lies in the tree, as after a verified download. */
export async function noteFile(cache: FileCache, path: string, bytes: Uint8Array | string, repository = 'clojars'): Promise<void> {
  const file = join(cache.folder(repository), path);
  const { size, mtimeMs } = await stat(file);
  cache.note({
    repository,
    path,
    file,
    size,
    modifiedMs: mtimeMs,
    lastModifiedMs: null,
    sha256: digest('sha256', bytes),
    sha1: digest('sha1', bytes),
    md5: digest('md5', bytes),
    mirror: 'https://repo.clojars.org/',
    level: 'origin',
  });
}

/** Writes a file and notes it. */
export async function place(cache: FileCache, path: string, bytes: Uint8Array | string, repository = 'clojars'): Promise<string> {
  const file = await write(cache, path, bytes, repository);
  await noteFile(cache, path, bytes, repository);
  return file;
}

/** Path of the jar of a version of a library. */
export const jar = (version: string, artifact = 'lib'): string => `org/${artifact}/${version}/${artifact}-${version}.jar`;
