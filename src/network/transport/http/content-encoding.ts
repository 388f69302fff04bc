/** Undoes a Content-Encoding that was not asked for: some servers compress despite `accept-encoding: identity`. */
import { Readable } from 'node:stream';
import {
  type BrotliDecompress,
  constants,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createInflateRaw,
  type Gunzip,
  type Inflate,
  type InflateRaw,
} from 'node:zlib';

import { printable } from '../contract/failure.js';
import { isTransportError, TransportError } from '../contract/transport.js';

export type Encoding = 'gzip' | 'deflate' | 'br' | 'compress' | 'zstd';

const encodings = new Map<string, Encoding>([
  ['gzip', 'gzip'],
  ['x-gzip', 'gzip'],
  ['deflate', 'deflate'],
  ['br', 'br'],
  ['compress', 'compress'],
  ['x-compress', 'compress'],
  ['zstd', 'zstd'],
]);
/** Registered encodings that cannot be undone here and cannot be recognized by their first bytes. */
const unsupported = new Set(['exi', 'pack200-gzip', 'dcb', 'dcz']);
const encodingsMax = 4;

/**
 * Returns the encodings that may have to be undone, in this order. Names that are not registered (`UTF-8`, `none`,
 * `aws-chunked`) are not encodings: the body is left as it is, and its checksum judges it.
 *
 * If the file itself is a `.gz`, the header describes the file and not the transfer (as Apache's mod_mime sends it):
 * undoing it would change the artifact. A part (206) cannot be decoded on its own.
 *
 * @param paths the path asked for, and the one that answered after redirects
 * @throws {TransportError} `status` for a registered encoding that cannot be undone.
 */
export function encodingsToUndo(header: string, status: number, paths: readonly string[]): readonly Encoding[] {
  if (status !== 200 || paths.some((path) => /\.(?:gz|tgz|br|svgz|z|taz|zst|tzst)$/i.test(path))) return [];
  const names = header.split(',').map((name) => name.replace(/;.*|"/g, '').trim().toLowerCase());
  const unknown = names.find((name) => unsupported.has(name));
  if (unknown !== undefined) throw new TransportError('status', `unsupported content-encoding '${printable(unknown)}'`, { status });
  const named = names.map((name) => encodings.get(name)).filter((encoding) => encoding !== undefined);
  return named.slice(-encodingsMax).reverse();
}

/**
 * Decodes a body, up to `maxBytes`: a small answer may hold a huge one. A body whose first bytes do not fit the encoding
 * is passed on as it is: servers label plain files too (`lib.tgz.sha1` as gzip).
 */
export async function* decodeBody(
  body: AsyncIterable<Uint8Array>,
  encoding: Encoding,
  maxBytes: number,
  where: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { first, all } = await peek(body);
  const format = formatOf(first, encoding);
  let bytes = 0;
  for await (const chunk of format === null ? all : unpack(all, format, where)) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new TransportError('too-large', `${where}: more than ${maxBytes} bytes after decoding`);
    yield chunk;
  }
}

/** Enough to tell text from an encoding without a signature. */
const peekedBytes = 32;

/** Returns the first bytes of a body, and the body including them. */
async function peek(body: AsyncIterable<Uint8Array>): Promise<{ first: Uint8Array; all: AsyncGenerator<Uint8Array, void, undefined> }> {
  const iterator = body[Symbol.asyncIterator]();
  let first: Uint8Array = new Uint8Array();
  let done = false;
  while (!done && first.length < peekedBytes) {
    const result = await iterator.next();
    if (result.done === true) done = true;
    else first = first.length === 0 ? result.value : Buffer.concat([first, result.value]);
  }
  return { first, all: rest() };

  async function* rest(): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      if (first.length > 0) yield first;
      for (let result = await iterator.next(); result.done !== true; result = await iterator.next()) yield result.value;
    } finally {
      await iterator.return?.(); // ends the request if the reader left early
    }
  }
}

/** An encoding, and deflate without the header of zlib, which some servers send under the same name. */
type Format = Encoding | 'raw deflate';

/** Returns the format of a body by its first bytes; null if it is not encoded. */
function formatOf(first: Uint8Array, encoding: Encoding): Format | null {
  const [a = 0, b = 0, c = 0] = first;
  const isZlib = (a & 0x0f) === 8 && ((a << 8) | b) % 31 === 0;
  const has = {
    gzip: a === 0x1f && b === 0x8b && c === 8,
    compress: a === 0x1f && b === 0x9d,
    zstd: a === 0x28 && b === 0xb5 && c === 0x2f,
    deflate: isZlib || !isPlain(first),
    br: !isPlain(first),
  } satisfies Record<Encoding, boolean>;
  if (!has[encoding]) return null;
  return encoding === 'deflate' && !isZlib ? 'raw deflate' : encoding;
}

/** Whether a body cannot be Brotli or raw deflate, which have no signature: it is empty, a zip file, a class or text. */
function isPlain(first: Uint8Array): boolean {
  return (
    first.length === 0 ||
    /^(?:PK\u0003\u0004|PK\u0005\u0006|\u00ca\u00fe\u00ba\u00be|<[?!a-z]|[\t\n\r\x20-\x7e]+$)/i.test(Buffer.from(first).toString('latin1'))
  );
}

async function* unpack(body: AsyncIterable<Uint8Array>, encoding: Format, where: string): AsyncGenerator<Uint8Array, void, undefined> {
  if (encoding === 'compress' || encoding === 'zstd')
    throw new TransportError('status', `${where}: unsupported content-encoding ${encoding}`);
  const decoder = createDecoder(encoding);
  const source = Readable.from(body, { objectMode: false, highWaterMark: 64 * 1024 });
  source.once('error', (error) => decoder.destroy(error));
  source.pipe(decoder);
  try {
    for await (const chunk of decoder) if (chunk instanceof Uint8Array) yield chunk;
  } catch (error) {
    if (isTransportError(error)) throw error;
    throw new TransportError('truncated', `${where}: the ${encoding} encoding is damaged or cut off`, { cause: error });
  } finally {
    source.destroy(); // leaves the loop over `body`, which ends the request
    decoder.destroy();
  }
}

function createDecoder(encoding: 'gzip' | 'deflate' | 'raw deflate' | 'br'): Gunzip | Inflate | InflateRaw | BrotliDecompress {
  if (encoding === 'gzip') return createGunzip();
  if (encoding === 'deflate') return createInflate();
  if (encoding === 'raw deflate') return createInflateRaw();
  return createBrotliDecompress({ params: { [constants.BROTLI_DECODER_PARAM_LARGE_WINDOW]: 0 } });
}
