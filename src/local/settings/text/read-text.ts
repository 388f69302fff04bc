/** Reads a small text file of the user. */
import { isUtf8 } from 'node:buffer';

import { systemErrorCode } from '../../../base/disk/file-error.js';
import { readRegularFile, RefusedFile } from '../../../base/disk/regular-file.js';
import { ClojarsFetchError } from '../../../base/error.js';

/** Configuration files larger than this are refused. */
export const maxConfigurationBytes = 1024 * 1024;

/**
 * Content of a file, null if it does not exist.
 * @throws {ClojarsFetchError} `ERR_CONFIG`, `unreadable`.
 */
export type TextReader = (path: string, decode?: Decoder) => Promise<string | null>;

/** Turns bytes into text. Throws an error whose message says why it cannot. */
export type Decoder = (bytes: Uint8Array) => string | Promise<string>;

/** Reads at most 1 MiB from a regular file, as UTF-8 by default. Synchronous internally: it reads two small files at each start. */
export const readText: TextReader = async (path, decode = decodeUtf8) => {
  const fail = (problem: string, cause?: unknown): ClojarsFetchError =>
    new ClojarsFetchError('ERR_CONFIG', {
      reason: 'unreadable',
      message: `${path}: ${problem}`,
      hint: 'The path must name a text file that you may read, in UTF-8 or in the encoding that its XML declaration names.',
      path,
      cause,
    });
  let bytes: Buffer;
  try {
    bytes = readRegularFile(path, maxConfigurationBytes);
  } catch (cause) {
    const code = systemErrorCode(cause);
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw fail(problemOf(cause), cause);
  }
  try {
    return await decode(bytes);
  } catch (cause) {
    throw fail(cause instanceof Error ? cause.message : 'not text', cause);
  }
};

function problemOf(cause: unknown): string {
  if (cause instanceof RefusedFile)
    return cause.problem === 'not-a-file' ? 'not a regular file' : `larger than ${maxConfigurationBytes} bytes`;
  const code = systemErrorCode(cause);
  return code === 'EACCES' || code === 'EPERM' ? 'permission denied' : `cannot be read (${String(code)})`;
}

/**
 * Decodes XML by its byte order mark or its declaration, as Maven does. Nearly every file is UTF-8, which loads no parser.
 * In a comment, bytes that are not valid do not matter: people put names in them, in whatever encoding.
 */
export const decodeXmlText: Decoder = async (bytes) => {
  const head = Buffer.from(bytes.subarray(0, 256)).toString('latin1');
  const other = /^(?:\xfe\xff|\xff\xfe|\0|<\0)/.test(head) || /^\s*<\?xml[^>]*\sencoding\s*=\s*["'](?!utf-8["'])/i.test(head);
  return other
    ? (await import('../../../base/xml/decode.js')).decodeXml(bytes)
    : decodeUtf8(isUtf8(bytes) ? bytes : withoutComments(bytes));
};

/** Keeps the line breaks, so that errors name the right line. */
function withoutComments(bytes: Uint8Array): Uint8Array {
  const text = Buffer.from(bytes).toString('latin1');
  return Buffer.from(
    text.replace(/<!--.*?-->/gs, (comment) => comment.replace(/[^\n]/g, ' ')),
    'latin1',
  );
}

const decodeUtf8: Decoder = (bytes) => {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new Error('not UTF-8 text', { cause });
  }
};

/** The error for a file that a setting names and that does not exist. */
export function missingFile(path: string, setting: string): ClojarsFetchError {
  return new ClojarsFetchError('ERR_CONFIG', {
    reason: 'unreadable',
    message: `${path}: no such file`,
    path,
    setting,
    hint: 'Check the name: a file that you name must exist.',
  });
}
