/** Reads the text of build files and of the files that count for them. */
import { systemErrorCode } from '../../base/disk/file-error.js';
import { readProblem } from '../../base/disk/named-file.js';
import { readRegularFile, RefusedFile } from '../../base/disk/regular-file.js';
import { ClojarsFetchError } from '../../base/error.js';
import { escapeForDisplay } from '../../base/escape.js';

/** The names that are looked for in a folder, in this order. */
export const projectFileNames = ['project.clj', 'deps.edn', 'build.boot', 'shadow-cljs.edn', 'bb.edn', 'pom.xml'] as const;

const maxBytes = 16 * 1024 * 1024;

/** A file and its text. */
export interface TextFile {
  readonly file: string;
  readonly text: string;
}

/** Returns null for a file that does not exist. @throws ClojarsFetchError `ERR_CONFIG`, `ERR_LIMIT` */
export function readBytes(file: string): Uint8Array | null {
  try {
    return readRegularFile(file, maxBytes);
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    if (!(error instanceof RefusedFile) || error.problem === 'not-a-file')
      throw unreadable(file, `cannot read it: ${readProblem(error)}`, error);
    throw new ClojarsFetchError('ERR_LIMIT', {
      reason: 'too-large',
      path: file,
      message: `${escapeForDisplay(file, 300)}: larger than ${maxBytes} bytes`,
      hint: 'Real build files are far smaller.',
    });
  }
}

/** As {@link readBytes}, as text. */
export function readTextFile(file: string): string | null {
  const bytes = readBytes(file);
  return bytes === null ? null : decode(bytes, file);
}

/** @throws ClojarsFetchError `ERR_CONFIG`, reason `malformed` */
export function decode(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new ClojarsFetchError('ERR_CONFIG', {
      reason: 'malformed',
      path: file,
      message: `${escapeForDisplay(file, 300)}: line 1, column 1: the file is not UTF-8`,
      hint: 'Save it as UTF-8.',
      cause,
    });
  }
}

/** The error for a file that cannot be read. */
export function unreadable(path: string, why: string, cause?: unknown): ClojarsFetchError {
  return new ClojarsFetchError('ERR_CONFIG', {
    reason: 'unreadable',
    path,
    cause,
    message: `${escapeForDisplay(path, 300)}: ${why}`,
    hint: `Name a file: ${projectFileNames.join(', ')}.`,
  });
}

/** Returns the first of these files that exists. */
export function firstOf(files: readonly string[]): TextFile | undefined {
  for (const file of files) {
    const text = readTextFile(file);
    if (text !== null) return { file, text };
  }
  return undefined;
}
