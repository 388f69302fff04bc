/** Finds the files of a GnuPG home that hold the keys and the ownertrust. */
import { isAbsolute, join, win32 } from 'node:path';

import { type FileState, lookAt, openFile, readWhole } from './file-state.js';
import { parseKeyboxHeader } from './keybox.js';

/** Names that only a GnuPG home has. */
const marks = ['pubring.kbx', 'pubring.gpg', 'trustdb.gpg', 'public-keys.d', 'private-keys-v1.d', 'gpg.conf', 'common.conf'];

export interface GnupgHome {
  readonly folder: string;
  /** The key file that gpg itself would use, or the database of its key daemon; null if neither exists yet. */
  readonly keys: {
    readonly form: 'file' | 'database';
    readonly state: FileState;
    /** Changes that SQLite has not yet moved into the database. */ readonly log: FileState | null;
  } | null;
  readonly trustDatabase: FileState | null;
}

/** Returns `GNUPGHOME`, else `~/.gnupg`; on Windows `%APPDATA%\gnupg`. It need not exist. */
export function defaultGnupgHome(env: Readonly<Record<string, string | undefined>>, homeFolder: string, platform: NodeJS.Platform): string {
  const given = env['GNUPGHOME'];
  if (given !== undefined && given !== '') return given;
  const roaming = env['APPDATA'];
  if (platform === 'win32' && roaming !== undefined && isAbsolute(roaming)) return win32.join(roaming, 'gnupg');
  return join(homeFolder, '.gnupg');
}

/** Whether a folder is a GnuPG home rather than a folder of key files. */
export async function isGnupgHome(folder: string): Promise<boolean> {
  for (const name of marks) {
    if ((await lookAt(join(folder, name))) !== null) return true;
  }
  return false;
}

/**
 * Chooses as gpg does (`g10/keydb.c`): `pubring.kbx` if it was ever used for OpenPGP, else an old `pubring.gpg`; with
 * `use-keyboxd` in `common.conf`, the SQLite database.
 */
export async function readGnupgHome(folder: string): Promise<GnupgHome> {
  const [keybox, keyring, database, trustDatabase, common] = await Promise.all([
    fileAt(join(folder, 'pubring.kbx')),
    fileAt(join(folder, 'pubring.gpg')),
    fileAt(join(folder, 'public-keys.d', 'pubring.db')),
    fileAt(join(folder, 'trustdb.gpg')),
    fileAt(join(folder, 'common.conf')),
  ]);
  const usesDatabase = database !== null && ((common !== null && saysKeyboxd(common)) || (keybox === null && keyring === null));
  if (usesDatabase)
    return { folder, keys: { form: 'database', state: database, log: await fileAt(`${database.file}-wal`) }, trustDatabase };
  const chosen = keybox !== null && (keyring === null || isForOpenPgp(keybox)) ? keybox : keyring;
  return { folder, keys: chosen === null ? null : { form: 'file', state: chosen, log: null }, trustDatabase };
}

async function fileAt(path: string): Promise<FileState | null> {
  const found = await lookAt(path);
  return found?.kind === 'file' ? found.state : null;
}

function isForOpenPgp({ file }: FileState): boolean {
  const open = openFile(file, Number.MAX_SAFE_INTEGER);
  try {
    return parseKeyboxHeader(open.read(0, 32))?.openPgp ?? false;
  } finally {
    open.close();
  }
}

function saysKeyboxd({ file }: FileState): boolean {
  return /^[ \t]*(?:--)?use-keyboxd[ \t]*(?:#.*)?$/m.test(readWhole(file, 1024 * 1024).toString('latin1'));
}
