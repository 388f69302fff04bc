/** Looks at a file. Separate from temporary-file.ts, because a warm call looks and writes nothing. */
import { type Stats, statSync } from 'node:fs';

import { localRepositoryError, systemErrorCode } from './file-error.js';

/** A file as the file system describes it. Times in milliseconds since 1970, with fractions. */
export interface LocalFile {
  /** Absolute. */
  readonly file: string;
  readonly size: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
  readonly inode: number;
}

/** Describes anything at a path, following links; null if nothing is there, or if it cannot be looked at. */
export function lookAt(path: string): Stats | null {
  try {
    return statSync(path, { throwIfNoEntry: false }) ?? null;
  } catch {
    return null;
  }
}

/**
 * Describes a regular file, following links; null if it is missing or of another kind.
 * @param options.mayBeEmpty default false: empty files count as absent, since tools that were killed leave them
 */
export function statFile(file: string, options: { readonly mayBeEmpty?: boolean | undefined } = {}): LocalFile | null {
  try {
    const stats = statSync(file, { throwIfNoEntry: false });
    if (stats === undefined || !stats.isFile() || (stats.size === 0 && options.mayBeEmpty !== true)) return null;
    return { file, size: stats.size, mtimeMs: stats.mtimeMs, ctimeMs: stats.ctimeMs, inode: stats.ino };
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw localRepositoryError(error, file);
  }
}
