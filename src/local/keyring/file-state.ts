/** Reads key files, which may be anything: regular files only, bounded, with the facts that tell whether one has changed. */
import { realpath, stat } from 'node:fs/promises';

import { systemErrorCode } from '../../base/disk/file-error.js';
import { openRegularFile, type RegularFile } from '../../base/disk/regular-file.js';
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

/** Formats a state as one line, which differs whenever the file may differ. */
export function formatFileState({ file, size, mtimeMs, ctimeMs, inode }: FileState): string {
  return JSON.stringify([file, size, mtimeMs, ctimeMs, inode]);
}

/** A file, or the real path of something else. */
export type Found =
  | { readonly kind: 'file'; readonly state: FileState }
  | { readonly kind: 'folder'; readonly real: string }
  | { readonly kind: 'other'; readonly real: string };

/** Looks at a path: a regular file, a folder, something else (a device or a pipe, which is never opened), or null if nothing is there. */
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
  /** Reads up to `length` bytes from `offset`; fewer at the end. The buffer is new. */
  read(offset: number, length: number): Buffer;
  close(): void;
}

/**
 * Opens a regular file, synchronously.
 *
 * @throws ClojarsFetchError `ERR_CONFIG`, reason `unreadable`; `ERR_LIMIT` if it has more than `maxBytes`
 */
export function openFile(file: string, maxBytes: number): OpenFile {
  let open: RegularFile;
  try {
    open = openRegularFile(file);
  } catch (cause) {
    throw unreadable(file, cause);
  }
  const { size, mtimeMs, ctimeMs, ino: inode } = open.stats;
  if (size > maxBytes) {
    open.close();
    throw new ClojarsFetchError('ERR_LIMIT', {
      reason: 'too-large',
      path: file,
      message: `${file}: ${size} bytes, more than the ${maxBytes} allowed for a keyring`,
      hint: 'Export the keys you need to a file of their own.',
    });
  }
  return {
    state: { file, size, mtimeMs, ctimeMs, inode },
    read(offset, length) {
      try {
        return open.read(offset, Math.min(length, size - offset));
      } catch (cause) {
        throw unreadable(file, cause);
      }
    },
    close: () => open.close(),
  };
}

/** Reads a whole file. Throws as {@link openFile}. */
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
    hint: 'Check its name and permissions. A keyring is a GnuPG home, a keybox, a file of keys, or a folder of such files.',
  });
}
