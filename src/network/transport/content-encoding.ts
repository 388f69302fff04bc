/** Undoes a Content-Encoding that was not asked for; some servers compress in spite of `accept-encoding: identity`. */
import { Readable } from 'node:stream';
import {
  type BrotliDecompress,
  constants,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  type Gunzip,
  type Inflate,
} from 'node:zlib';

import { printable } from './failure.js';
import { isTransportError, TransportError } from './transport.js';

/**
 * The encoding to undo, or null for none.
 *
 * Where the file itself is a `.gz`, the header describes the file and not the transfer (Apache's mod_mime sends it
 * so): undoing it would change the artifact. A part (206) cannot be decoded on its own.
 *
 * @throws {TransportError} `status` for an encoding that nobody here knows.
 */
export function encodingToUndo(header: string | undefined, status: number, path: string): 'gzip' | 'deflate' | 'br' | null {
  const encoding = header?.trim().toLowerCase() ?? '';
  if (encoding === '' || encoding === 'identity' || encoding === 'aws-chunked' || status !== 200) return null;
  if (/\.(?:gz|tgz|br|svgz)$/i.test(path)) return null;
  if (encoding === 'gzip' || encoding === 'x-gzip') return 'gzip';
  if (encoding === 'deflate' || encoding === 'br') return encoding;
  throw new TransportError('status', `answer with the unknown content-encoding '${printable(encoding)}'`, { status });
}

/** Decoded bytes, at most `maxBytes` of them: a small answer may hold a huge one. */
export async function* decodeBody(
  body: AsyncIterable<Uint8Array>,
  encoding: 'gzip' | 'deflate' | 'br',
  maxBytes: number,
  where: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  const decoder = createDecoder(encoding);
  const source = Readable.from(body, { objectMode: false, highWaterMark: 64 * 1024 });
  source.once('error', (error) => decoder.destroy(error));
  source.pipe(decoder);
  let bytes = 0;
  try {
    for await (const chunk of decoder) {
      if (!(chunk instanceof Uint8Array)) continue;
      bytes += chunk.length;
      if (bytes > maxBytes) throw new TransportError('too-large', `${where}: more than ${maxBytes} bytes after decoding`);
      yield chunk;
    }
  } catch (error) {
    if (isTransportError(error)) throw error;
    throw new TransportError('truncated', `${where}: the ${encoding} encoding is damaged or cut off`, { cause: error });
  } finally {
    source.destroy(); // leaves the loop over `body`, which ends the request
    decoder.destroy();
  }
}

function createDecoder(encoding: 'gzip' | 'deflate' | 'br'): Gunzip | Inflate | BrotliDecompress {
  if (encoding === 'gzip') return createGunzip();
  if (encoding === 'deflate') return createInflate();
  return createBrotliDecompress({ params: { [constants.BROTLI_DECODER_PARAM_LARGE_WINDOW]: 0 } });
}
