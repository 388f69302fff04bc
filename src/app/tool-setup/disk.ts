/** Reads and replaces the configuration files of tools on disk: through links, with their mode, never in part. */
import { constants, lstatSync, realpathSync } from 'node:fs';
import { chmod, chown, copyFile, rmdir, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';

import { systemErrorCode } from '../../base/disk/file-error.js';
import { makeFolders } from '../../base/disk/make-folders.js';
import { unreadableFile } from '../../base/disk/named-file.js';
import { openRegularFile, RefusedFile } from '../../base/disk/regular-file.js';
import { replaceFile } from '../../base/disk/replace-file.js';
import { ClojarsFetchError } from '../../base/error.js';
import { escapeForDisplay } from '../../base/escape.js';

/** Real files have a few kilobytes. */
const maxBytes = 1024 * 1024;

/** A configuration file as it is on disk. */
export interface FileOnDisk {
  /** Where its bytes are, links followed. */
  readonly target: string;
  /** Null if it is missing. */
  readonly content: { readonly bytes: Buffer; readonly mode: number; readonly uid: number; readonly gid: number } | null;
}

/**
 * Reads a file.
 * @throws ClojarsFetchError `ERR_CONFIG`, reason `unreadable`: not a regular file, too large, a link that leads nowhere, or with hard links
 */
export async function readConfigurationFile(path: string): Promise<FileOnDisk> {
  try {
    const target = realpathSync.native(path);
    const open = openRegularFile(target);
    try {
      const { mode, uid, gid, nlink } = open.stats;
      if (nlink > 1)
        throw refused(
          path,
          `it has ${nlink} hard links, and replacing it would part them`,
          'Make it a file of its own, or a symbolic link.',
        );
      return { target, content: { bytes: open.readAll(maxBytes), mode: mode & 0o7777, uid, gid } };
    } finally {
      open.close();
    }
  } catch (error) {
    if (error instanceof ClojarsFetchError) throw error;
    if (error instanceof RefusedFile || systemErrorCode(error) !== 'ENOENT') throw unreadableFile(path, 'the configuration', error);
    if (isLink(path)) throw refused(path, 'it is a link that leads nowhere', 'Create the file it should lead to, or remove the link.');
    return { target: path, content: null };
  }
}

/** Whether there is something at a place that leads nowhere. */
function isLink(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false;
  }
}

function refused(path: string, why: string, hint: string): ClojarsFetchError {
  return new ClojarsFetchError('ERR_CONFIG', { reason: 'unreadable', path, message: `${escapeForDisplay(path, 300)}: ${why}`, hint });
}

/**
 * Replaces the content in one step, unless another program changed the file since it was read.
 * @throws ClojarsFetchError `ERR_LOCAL_REPOSITORY`, reason `unwritable`, `full` or `changed`
 */
export async function replaceConfigurationFile(path: string, { target, content }: FileOnDisk, bytes: Uint8Array): Promise<void> {
  await refuseChanged(path, content);
  const mode = content?.mode ?? 0o644;
  try {
    await replaceFile(target, bytes, { mode, flush: true });
    if (content === null) return;
    // The umask took bits away, and root would otherwise take the file over.
    if (process.platform !== 'win32' && process.getuid?.() === 0) await chown(target, content.uid, content.gid);
    await chmod(target, mode);
  } catch (error) {
    throw unwritable(path, error);
  }
}

/** Removes a file. Errors as {@link replaceConfigurationFile}. */
export async function removeConfigurationFile(path: string, { target, content }: FileOnDisk): Promise<void> {
  await refuseChanged(path, content);
  try {
    await unlink(target);
  } catch (error) {
    throw unwritable(path, error);
  }
}

async function refuseChanged(path: string, content: FileOnDisk['content']): Promise<void> {
  const now = await readConfigurationFile(path);
  if (now.content === null ? content === null : content !== null && content.bytes.equals(now.content.bytes)) return;
  throw new ClojarsFetchError('ERR_LOCAL_REPOSITORY', {
    reason: 'changed',
    path,
    message: `${escapeForDisplay(path, 300)}: another program changed this file at the same time`,
    hint: 'Nothing was changed. Run the command again.',
  });
}

/** Creates the folder of a file. Returns the topmost folder that was missing; null if none was. */
export function makeFolderOf(path: string): string | null {
  try {
    return makeFolders(dirname(path));
  } catch (error) {
    throw unwritable(path, error);
  }
}

/** Removes the folders of a file up to the one that was created for it, as long as they are empty. */
export async function removeFoldersOf(path: string, topmost: string | null): Promise<void> {
  if (topmost === null) return;
  for (let folder = dirname(path); folder.startsWith(topmost); folder = dirname(folder)) {
    try {
      await rmdir(folder);
    } catch {
      return;
    }
  }
}

/** Copies a file next to itself under the first free name, and returns that name. */
export async function backUp(path: string, { target, content }: FileOnDisk): Promise<string> {
  for (let number = 1; ; number += 1) {
    const backup = `${path}.clojars-fetch-backup${number === 1 ? '' : `-${number}`}`;
    if (lstatSync(backup, { throwIfNoEntry: false }) !== undefined) continue;
    try {
      await copyFile(target, backup, constants.COPYFILE_EXCL);
      if (content !== null) await chmod(backup, content.mode);
      return backup;
    } catch (error) {
      if (systemErrorCode(error) !== 'EEXIST') throw unwritable(backup, error);
    }
  }
}

/** Removes a backup that is not needed any more. */
export async function removeBackup(backup: string, bytes: Uint8Array): Promise<void> {
  const { target, content } = await readConfigurationFile(backup);
  if (content?.bytes.equals(bytes) === true) await unlink(target);
}

const full = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

function unwritable(path: string, cause: unknown): ClojarsFetchError {
  const code = systemErrorCode(cause);
  const isFull = code !== null && full.has(code);
  return new ClojarsFetchError('ERR_LOCAL_REPOSITORY', {
    reason: isFull ? 'full' : 'unwritable',
    path,
    cause,
    message: `${escapeForDisplay(path, 300)}: cannot be written: ${isFull ? 'no space left' : (code ?? String(cause))}`,
    hint: isFull
      ? 'Free space on this disk. The file is as it was.'
      : 'Check the owner and the permissions of the file and its folder. It is as it was.',
  });
}
