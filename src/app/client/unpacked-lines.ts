/** Reads the lines of a gzip file that a server sent, such as Clojars's index of all POMs. */
import { createGunzip } from 'node:zlib';

const maxBytes = 4 * 1024 * 1024 * 1024;
const maxLineLength = 64 * 1024;

/** The reason why a file does not hold lines of text. */
export class NoLinesError extends Error {
  override readonly name = 'NoLinesError';
}

/** Yields lines with one character for each byte. @throws {NoLinesError} */
export async function* unpackedLines(packed: Uint8Array): AsyncGenerator<string> {
  const gunzip = createGunzip();
  gunzip.end(packed);
  let rest = '';
  let bytes = 0;
  try {
    for await (const chunk of gunzip as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > maxBytes || rest.length > maxLineLength) throw new NoLinesError('it does not hold lines of text');
      const lines = (rest + chunk.toString('latin1')).split('\n');
      rest = lines.pop() ?? '';
      yield* lines;
    }
  } catch (error) {
    if (error instanceof NoLinesError || !isGzipError(error)) throw error;
    throw new NoLinesError(`it cannot be unpacked: ${error.message}`, { cause: error });
  }
  if (rest !== '') yield rest;
}

function isGzipError(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && /^Z_/.test(String(error.code));
}
