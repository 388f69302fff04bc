/** From the paths that a user names to the files that are read: nothing but looking, so that it costs some stats. */
import { readdir } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';

import { ClojarsFetchError } from '../../base/error.js';
import { type FileState, lookAt, openFile, unreadable } from './file-state.js';
import { defaultGnupgHome, isGnupgHome, readGnupgHome } from './gnupg-home.js';
import { fileMaxBytes, folderMaxFiles } from './keyring.js';

/** Where ownertrust text lies beside keys: what `gpg --export-ownertrust` writes. */
export const ownertrustFileName = 'ownertrust.txt';

/** One keyring: its files, and who says what about ownertrust. */
export interface KeyringPlace {
  readonly form: 'file' | 'folder' | 'database';
  /** Absolute: the file, the folder, or GnuPG's home. */
  readonly path: string;
  /** To be read for keys: one, but of a folder any number. */
  readonly files: readonly FileState[];
  readonly trustDatabase: FileState | null;
  readonly ownertrustText: FileState | null;
}

export interface KeyringEnvironment {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly homeFolder: string;
  readonly platform: NodeJS.Platform;
}

/** The user's own GnuPG home; null where there is none. */
export async function findDefaultPlace({ env, homeFolder, platform }: KeyringEnvironment): Promise<KeyringPlace | null> {
  const folder = defaultGnupgHome(env, homeFolder, platform);
  const found = await lookAt(folder);
  return found?.kind === 'folder' ? gnupgPlace(found.real) : null;
}

/**
 * A GnuPG home, a file of any form, or a folder of files. Folders are not searched deeper; hidden files are not read.
 *
 * @throws ClojarsFetchError `ERR_CONFIG`, reason `unreadable`: nothing is there, or neither file nor folder
 */
export async function findPlace(path: string): Promise<KeyringPlace> {
  const found = await lookAt(path);
  if (found === null) throw unreadable(path, new Error('there is no such file or folder'));
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

/** A folder of key files, as our own key store is one. Absent is empty. */
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
      message: `${folder} has ${names.length} files, more than the ${folderMaxFiles} that a folder of keys may have`,
      hint: 'name the files that hold the keys',
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
      message: `the files of ${folder} have ${size} bytes together, more than the ${fileMaxBytes} that a folder of keys may have`,
      hint: 'name the files that hold the keys',
    });
  }
  return { form: 'folder', path: folder, files, trustDatabase: null, ownertrustText: await fileAt(join(folder, ownertrustFileName)) };
}

/** Whether a file's name promises keys: then it is worth a warning that there are none. */
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
