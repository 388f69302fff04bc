/** Lists a folder of a repository for people. */
import { realpathSync } from 'node:fs';
import { join } from 'node:path';

import { lookAt } from '../../base/disk/stat-file.js';
import { repositoryPathSegments } from '../repository/layout.js';
import type { ListedEntry } from './file-cache.js';
import { isNote } from './file-names.js';
import { isWithoutLinks, readFolder } from './scan.js';

/** A listing for people ends here. */
const mostListed = 10_000;

/** Returns the absolute file of a path beneath a root; null for a path that is none. */
export function fileOf(root: string, path: string): string | null {
  try {
    return join(root, ...repositoryPathSegments(path));
  } catch {
    return null;
  }
}

/** Lists folders, then files, each by name; null if there is no such folder. */
export function listFolder(root: string, path: string): readonly ListedEntry[] | null {
  const folder = path === '' ? root : fileOf(root, path);
  if (folder === null || lookAt(folder)?.isDirectory() !== true || !isWithoutLinks(root, path)) return null;
  const { files, folders } = readFolder(path === '' ? realpathSync.native(root) : folder);
  const shown = (name: string): boolean => !name.startsWith('.') && fileOf(root, name) !== null;
  const byName = (one: { readonly name: string }, other: { readonly name: string }): number => (one.name < other.name ? -1 : 1);
  return [
    ...folders
      .filter(shown)
      .map((name) => ({ name, folder: true, size: null, modifiedMs: null }))
      .sort(byName),
    ...files
      .filter(({ name }) => shown(name) && !isNote(name))
      .map(({ name, size, mtimeMs }) => ({ name, folder: false, size, modifiedMs: mtimeMs }))
      .sort(byName),
  ].slice(0, mostListed);
}
