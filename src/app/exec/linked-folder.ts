/** A folder that looks like another one, in which some files have other contents. */
import { readdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';

import { systemErrorCode } from '../../base/disk/file-error.js';
import { makeFolders } from '../../base/disk/make-folders.js';

/** Files of the new folder, by their path in it. */
export type OwnFiles = ReadonlyMap<string, Uint8Array>;

/** Creates the folder `target`: symbolic links to the entries of `source`, which may be missing, and files of its own. */
export async function createLinkedFolder(source: string, target: string, own: OwnFiles): Promise<void> {
  await linkEntries(source, target, own, '');
  for (const [path, bytes] of own) {
    makeFolders(dirname(join(target, path)), 0o700);
    // Copies of a user's settings can hold passwords.
    await writeFile(join(target, path), bytes, { mode: 0o600 });
  }
}

async function linkEntries(source: string, target: string, own: OwnFiles, within: string): Promise<void> {
  makeFolders(join(target, within), 0o700);
  for (const name of await entriesOf(join(source, within))) {
    const path = join(within, name);
    if (own.has(path)) continue;
    if ([...own.keys()].some((file) => file.startsWith(path + sep))) await linkEntries(source, target, own, path);
    else await symlink(join(source, path), join(target, path));
  }
}

async function entriesOf(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw error;
  }
}
