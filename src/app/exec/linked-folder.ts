/** A folder that looks like another one, in which some files have other contents. */
import { readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';

import { systemErrorCode } from '../../base/disk/file-error.js';
import { makeFolders } from '../../base/disk/make-folders.js';

/** Files of the new folder, by their path in it. */
export type OwnFiles = ReadonlyMap<string, Uint8Array>;

/** Creates the folder `target`: symbolic links to the entries of `source`, which may be missing, and files of its own. */
export function createLinkedFolder(source: string, target: string, own: OwnFiles): void {
  linkEntries(source, target, own, '');
  for (const [path, bytes] of own) {
    makeFolders(dirname(join(target, path)), 0o700);
    // Copies of a user's settings can hold passwords.
    writeFileSync(join(target, path), bytes, { mode: 0o600 });
  }
}

function linkEntries(source: string, target: string, own: OwnFiles, within: string): void {
  makeFolders(join(target, within), 0o700);
  for (const name of entriesOf(join(source, within))) {
    const path = join(within, name);
    if (own.has(path)) continue;
    if ([...own.keys()].some((file) => file.startsWith(path + sep))) linkEntries(source, target, own, path);
    else symlinkSync(join(source, path), join(target, path));
  }
}

function entriesOf(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw error;
  }
}
