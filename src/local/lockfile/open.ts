/** Reads and writes lockfiles on disk. */
import { realpath } from 'node:fs/promises';

import { systemErrorCode } from '../../base/disk/file-error.js';
import { readRegularFile, RefusedFile } from '../../base/disk/regular-file.js';
import { replaceFile } from '../../base/disk/replace-file.js';
import { ClojarsFetchError } from '../../base/error.js';
import { formatLockfile } from './format.js';
import type { Lockfile } from './lockfile.js';
import { lockfileMaxBytes, parseLockfile } from './parse.js';
import { createLockView, type LockView } from './view.js';

/**
 * Reads a lockfile that the user names, null if it is missing.
 * @throws ClojarsFetchError ERR_LOCKFILE (malformed), ERR_CONFIG (unreadable)
 */
export async function readLockfile(file: string): Promise<Lockfile | null> {
  const text = readText(file);
  return text === null ? null : parseLockfile(text, file);
}

/**
 * Opens the view of a lockfile for every verb but `lock`.
 * @throws ClojarsFetchError as {@link readLockfile}; ERR_CONFIG, `unreadable`: it is missing
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
    message: `${file}: no such lockfile`,
    hint: 'Run `clojars-fetch lock` to write one, or name another with --lockfile FILE.',
  });
}

/**
 * Replaces the lockfile in one step: a reader sees the old content or the new one, never a part of either.
 * @returns false if it already had this content
 * @throws ClojarsFetchError ERR_CONFIG, `unwritable`
 */
export async function writeLockfile(file: string, lockfile: Lockfile): Promise<boolean> {
  const text = formatLockfile(lockfile);
  if (readText(file) === text) return false;
  await replaceTextFile(file, text);
  return true;
}

/** Replaces a text file of the user in one step. Throws as {@link writeLockfile}. */
export async function replaceTextFile(file: string, text: string): Promise<void> {
  try {
    // Replaces the target of a link, so that the link stays.
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

function readText(file: string): string | null {
  try {
    const bytes = readRegularFile(file, lockfileMaxBytes);
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    const code = systemErrorCode(cause);
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw new ClojarsFetchError('ERR_CONFIG', {
      reason: 'unreadable',
      path: file,
      cause,
      message: `${file} ${problemOf(cause)}`,
      hint: 'Check its name and permissions.',
    });
  }
}

function problemOf(cause: unknown): string {
  if (!(cause instanceof RefusedFile)) return 'cannot be read as text';
  return cause.problem === 'not-a-file' ? 'is not a file' : `is larger than ${lockfileMaxBytes} bytes`;
}
