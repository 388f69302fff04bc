/** Finds the files to read for the paths that a user names. Only looks at them, which costs a few stats. */
import { readdir } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';

import { ClojarsFetchError } from '../../base/error.js';
import { type FileState, lookAt, openFile, unreadable } from './file-state.js';
import { defaultGnupgHome, isGnupgHome, readGnupgHome } from './gnupg-home.js';
import { fileMaxBytes, folderMaxFiles } from './keyring.js';

/** The file next to keys that holds their ownertrust as text, as `gpg --export-ownertrust` writes it. */
export const ownertrustFileName = 'ownertrust.txt';

/** One keyring: its files, and the sources of its ownertrust. */
export interface KeyringPlace {
  readonly form: 'file' | 'folder' | 'database';
  /** Absolute: the file, the folder, or GnuPG's home. */
  readonly path: string;
  /** The files to read for keys: one, or any number for a folder. */
  readonly files: readonly FileState[];
  readonly trustDatabase: FileState | null;
  readonly ownertrustText: FileState | null;
}

export interface KeyringEnvironment {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly homeFolder: string;
  readonly platform: NodeJS.Platform;
}

/** Finds the user's own GnuPG home, null if it is missing. */
export async function findDefaultPlace({ env, homeFolder, platform }: KeyringEnvironment): Promise<KeyringPlace | null> {
  const folder = defaultGnupgHome(env, homeFolder, platform);
  const found = await lookAt(folder);
  return found?.kind === 'folder' ? gnupgPlace(found.real) : null;
}

/**
 * Finds a GnuPG home, a file of any form, or a folder of files. Subfolders are not searched; hidden files are not read.
 *
 * @throws ClojarsFetchError `ERR_CONFIG`, reason `unreadable`: the path is missing, or is neither a file nor a folder
 */
export async function findPlace(path: string): Promise<KeyringPlace> {
  const found = await lookAt(path);
  if (found === null) throw unreadable(path, new Error('no such file or folder'));
  if (found.kind === 'other') throw unreadable(path, new Error('it is neither a file nor a folder'));
  if (found.kind === 'folder') return (await isGnupgHome(found.real)) ? gnupgPlace(found.real) : folderPlace(found.real);
  const { file } = found.state;
  const folder = dirname(file);
  const ofGnupg = ['pubring.kbx', 'pubring.gpg', 'pubring.db'].includes(basename(file));
  const home = basename(file) === 'pubring.db' && basename(folder) === 'public-keys.d' ? dirname(folder) : folder;
  const database = isDatabase(file);
  return {
    form: database ? 'database' : 'file',
    path: database ? home : file,
    files: [found.state, database ? await fileAt(`${file}-wal`) : null].filter((state) => state !== null),
    trustDatabase: ofGnupg ? await fileAt(join(home, 'trustdb.gpg')) : null,
    ownertrustText: await fileAt(join(home, ownertrustFileName)),
  };
}

/** Describes a folder of key files, such as our own key store. A missing folder is empty. */
export async function folderPlace(folder: string): Promise<KeyringPlace> {
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (cause) {
    if ((await lookAt(folder)) === null) names = [];
    else throw unreadable(folder, cause);
  }
  names = names.filter((name) => !name.startsWith('.') && name !== ownertrustFileName).sort();
  if (names.length > folderMaxFiles) {
    throw new ClojarsFetchError('ERR_LIMIT', {
      reason: 'too-large',
      path: folder,
      message: `${folder} has ${names.length} files, more than the ${folderMaxFiles} allowed for a folder of keys`,
      hint: 'Name the files that contain the keys.',
    });
  }
  const files: FileState[] = [];
  for (const name of names) {
    const state = await fileAt(join(folder, name));
    if (state !== null) files.push(state);
  }
  const size = files.reduce((sum, state) => sum + state.size, 0);
  if (size > fileMaxBytes) {
    throw new ClojarsFetchError('ERR_LIMIT', {
      reason: 'too-large',
      path: folder,
      message: `the files of ${folder} have ${size} bytes in total, more than the ${fileMaxBytes} allowed for a folder of keys`,
      hint: 'Name the files that contain the keys.',
    });
  }
  return { form: 'folder', path: folder, files, trustDatabase: null, ownertrustText: await fileAt(join(folder, ownertrustFileName)) };
}

/** Whether a file's name promises keys, so that their absence is worth a warning. */
export function isNamedAsKeys(file: string): boolean {
  return ['.asc', '.pgp', '.gpg', '.key', '.kbx', '.pub'].includes(extname(file).toLowerCase());
}

async function gnupgPlace(folder: string): Promise<KeyringPlace> {
  const { keys, trustDatabase } = await readGnupgHome(folder);
  const form = keys?.form === 'database' ? 'database' : 'file';
  return {
    form,
    path: form === 'database' ? folder : (keys?.state.file ?? folder),
    files: keys === null ? [] : [keys.state, keys.log].filter((state) => state !== null),
    trustDatabase,
    ownertrustText: await fileAt(join(folder, ownertrustFileName)),
  };
}

function isDatabase(file: string): boolean {
  const open = openFile(file, Number.MAX_SAFE_INTEGER);
  try {
    return open.read(0, 16).toString('latin1') === 'SQLite format 3\0';
  } finally {
    open.close();
  }
}

async function fileAt(path: string): Promise<FileState | null> {
  const found = await lookAt(path);
  return found?.kind === 'file' ? found.state : null;
}
