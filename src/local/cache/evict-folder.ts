/**
 * Removes the files of one folder from the disk.
 *
 * Another process may be sending one of them. That does no harm: it opened the file before it began to send, and on POSIX systems an
 * open file can be read to its end after its name is gone. On Windows an open file cannot be removed, and stays.
 */
import { unlinkSync } from 'node:fs';
import { join } from 'node:path';

import { systemErrorCode } from '../../base/disk/file-error.js';
import type { Locks } from '../../base/disk/lock.js';
import { isNote, mainName } from './file-names.js';
import { isWithoutLinks, readFolder } from './scan.js';

/** A folder with more files than this is none of a version; its files are removed without taking the locks of all together. */
const mostLocks = 64;

/** Does the work under the locks of all these files, if each is free at this moment; false if not. */
function underLocks(locks: Locks, files: readonly string[], work: () => void): boolean {
  const [first, ...rest] = files;
  if (first === undefined) {
    work();
    return true;
  }
  let isDone = false;
  return locks.tryLocked(first, () => (isDone = underLocks(locks, rest, work))) && isDone;
}

function removeFile(file: string): boolean {
  try {
    unlinkSync(file);
    return true;
  } catch (error) {
    return systemErrorCode(error) === 'ENOENT';
  }
}

/**
 * Removes the regular files of the folder at `path` beneath `root`, but neither the folder nor those in it. Returns false, and removes nothing, if one
 * of the files is locked: it is being fetched or looked at. Files that cannot be removed stay.
 */
export function evictFolder(root: string, path: string, locks: Locks, onRemoved: (file: string) => void): boolean {
  if (!isWithoutLinks(root, path)) return false;
  const folder = join(root, path);
  const names = readFolder(folder).files.map(({ name }) => name);
  const mains = [...new Set(names.filter((name) => !isNote(name)).map(mainName))];
  // Killed half-way, it leaves checksums and notes without their file, never a file without its notes.
  const rank = (name: string): number => (isNote(name) ? 2 : mainName(name) === name ? 0 : 1);
  const ordered = [...names].sort((one, other) => rank(one) - rank(other));
  const locked = mains.slice(0, mostLocks).map((name) => join(folder, name));
  return underLocks(locks, locked, () => {
    for (const name of ordered) if (removeFile(join(folder, name))) onRemoved(join(folder, name));
  });
}
