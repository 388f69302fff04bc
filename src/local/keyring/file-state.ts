/** Reading files that may be anything: regular files only, bounded, with the facts that tell whether one has changed. */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';

import { systemErrorCode } from '../../base/disk/file-error.js';
import { ClojarsFetchError } from '../../base/error.js';

/** A regular file as it was when looked at. */
export interface FileState {
  /** Absolute, links resolved. */
  readonly file: string;
  readonly size: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
  readonly inode: number;
}

/** One line that differs whenever the file may differ. */
export function formatFileState({ file, size, mtimeMs, ctimeMs, inode }: FileState): string {
  return JSON.stringify([file, size, mtimeMs, ctimeMs, inode]);
}

/** A file, or the real path of something else. */
export type Found =
  | { readonly kind: 'file'; readonly state: FileState }
  | { readonly kind: 'folder'; readonly real: string }
  | { readonly kind: 'other'; readonly real: string };

/** What is at a path: a regular file, a folder, something else (a device, a pipe: never opened), or nothing. */
export async function lookAt(path: string): Promise<Found | null> {
  try {
    const real = await realpath(path);
    const stats = await stat(real);
    if (stats.isFile())
      return { kind: 'file', state: { file: real, size: stats.size, mtimeMs: stats.mtimeMs, ctimeMs: stats.ctimeMs, inode: stats.ino } };
    return stats.isDirectory() ? { kind: 'folder', real } : { kind: 'other', real };
  } catch (cause) {
    const code = systemErrorCode(cause);
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw unreadable(path, cause);
  }
}

/** An open file, to read pieces of. */
export interface OpenFile {
  readonly state: FileState;
  /** Up to `length` bytes from `offset`; fewer at the end. The buffer is new. */
  read(offset: number, length: number): Buffer;
  close(): void;
}

/**
 * Opens synchronously: a piece of a file in the page cache takes microseconds, a turn through Node's thread pool ten
 * times that.
 *
 * @throws ClojarsFetchError `ERR_CONFIG`, reason `unreadable`; `ERR_LIMIT` where it has more than `maxBytes`
 */
export function openFile(file: string, maxBytes: number): OpenFile {
  let descriptor: number;
  try {
    // Without O_NONBLOCK, opening a pipe that took the file's place would wait for a writer.
    descriptor = openSync(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch (cause) {
    throw unreadable(file, cause);
  }
  try {
    const stats = fstatSync(descriptor);
    if (!stats.isFile()) throw unreadable(file, new Error('it is no regular file'));
    if (stats.size > maxBytes) {
      throw new ClojarsFetchError('ERR_LIMIT', {
        reason: 'too-large',
        path: file,
        message: `${file}: ${stats.size} bytes, more than the ${maxBytes} that a keyring may have`,
        hint: 'export the keys that are needed to a file of their own',
      });
    }
    return {
      state: { file, size: stats.size, mtimeMs: stats.mtimeMs, ctimeMs: stats.ctimeMs, inode: stats.ino },
      read(offset, length) {
        const buffer = Buffer.allocUnsafe(Math.max(0, Math.min(length, stats.size - offset)));
        let done = 0;
        try {
          while (done < buffer.length) {
            const count = readSync(descriptor, buffer, done, buffer.length - done, offset + done);
            if (count === 0) break;
            done += count;
          }
        } catch (cause) {
          throw unreadable(file, cause);
        }
        return buffer.subarray(0, done);
      },
      close: () => closeSync(descriptor),
    };
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

/** A whole file. Errors as {@link openFile}. */
export function readWhole(file: string, maxBytes: number): Buffer {
  const open = openFile(file, maxBytes);
  try {
    return open.read(0, open.state.size);
  } finally {
    open.close();
  }
}

export function isSameState(one: FileState, other: FileState): boolean {
  return formatFileState(one) === formatFileState(other);
}

export function unreadable(path: string, cause: unknown): ClojarsFetchError {
  const what = systemErrorCode(cause) ?? (cause instanceof Error ? cause.message : String(cause));
  return new ClojarsFetchError('ERR_CONFIG', {
    reason: 'unreadable',
    path,
    cause,
    message: `the keyring ${path} cannot be read (${what})`,
    hint: 'check its name and permissions; a keyring is a GnuPG home, a keybox, a file of keys or a folder of such files',
  });
}
