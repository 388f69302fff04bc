/** Reading and writing lockfiles on the disk. */
import { constants } from 'node:fs';
import { open, realpath } from 'node:fs/promises';

import { systemErrorCode } from '../../base/disk/file-error.js';
import { replaceFile } from '../../base/disk/replace-file.js';
import { ClojarsFetchError, isClojarsFetchError } from '../../base/error.js';
import { formatLockfile } from './format.js';
import type { Lockfile } from './lockfile.js';
import { lockfileMaxBytes, parseLockfile } from './parse.js';
import { createLockView, type LockView } from './view.js';

/**
 * A lockfile that the user names, or none where there is no such file.
 * @throws ClojarsFetchError ERR_LOCKFILE (malformed), ERR_CONFIG (unreadable)
 */
export async function readLockfile(file: string): Promise<Lockfile | null> {
  const text = await readText(file);
  return text === null ? null : parseLockfile(text, file);
}

/**
 * The view of a lockfile for every verb but `lock`.
 * @throws ClojarsFetchError as {@link readLockfile}; ERR_CONFIG, `unreadable`: there is none
 */
export async function openLockView(file: string, frozen: boolean): Promise<LockView> {
  const lockfile = await readLockfile(file);
  if (lockfile === null) throw missingLockfile(file);
  return createLockView(lockfile, { source: file, mode: frozen ? 'frozen' : 'pins' });
}

export function missingLockfile(file: string): ClojarsFetchError {
  return new ClojarsFetchError('ERR_CONFIG', {
    reason: 'unreadable',
    path: file,
    message: `There is no lockfile ${file}`,
    hint: 'Run `clojars-fetch lock` to write one, or name another with --lockfile FILE.',
  });
}

/**
 * Writes by a new file and a rename: whoever reads at the same time sees the old or the new one, whole.
 * @returns false where it said the same already
 * @throws ClojarsFetchError ERR_CONFIG, `unwritable`
 */
export async function writeLockfile(file: string, lockfile: Lockfile): Promise<boolean> {
  const text = formatLockfile(lockfile);
  if ((await readText(file)) === text) return false;
  await replaceTextFile(file, text);
  return true;
}

/** Replaces a text file of the user's in one step. Throws as {@link writeLockfile}. */
export async function replaceTextFile(file: string, text: string): Promise<void> {
  try {
    // Replaces what a link leads to, so that the link stays.
    await replaceFile(await realpath(file).catch(() => file), text, { mode: 0o666, flush: true });
  } catch (cause) {
    throw new ClojarsFetchError('ERR_CONFIG', {
      reason: 'unwritable',
      path: file,
      cause,
      message: `${file} cannot be written: ${cause instanceof Error ? cause.message : String(cause)}`,
      hint: 'Check that the folder exists and is yours.',
    });
  }
}

async function readText(file: string): Promise<string | null> {
  const unreadable = (what: string, cause?: unknown): ClojarsFetchError =>
    new ClojarsFetchError('ERR_CONFIG', {
      reason: 'unreadable',
      path: file,
      cause,
      message: `${file} ${what}`,
      hint: 'Check its name and permissions.',
    });
  try {
    // Without O_NONBLOCK, opening a named pipe that nobody writes to waits for ever.
    const handle = await open(file, process.platform === 'win32' ? 'r' : constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const stat = await handle.stat();
      if (!stat.isFile()) throw unreadable('is not a file');
      if (stat.size > lockfileMaxBytes) throw unreadable(`is larger than ${lockfileMaxBytes} bytes`);
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(await handle.readFile());
    } finally {
      await handle.close();
    }
  } catch (cause) {
    if (isClojarsFetchError(cause)) throw cause;
    const code = systemErrorCode(cause);
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw unreadable('cannot be read as text', cause);
  }
}
