/** Lists a bucket, page by page, in the order of bytes. */
import type { CancelSignal } from '../../base/async/cancellation.js';
import { escapeForDisplay } from '../../base/escape.js';
import { isTransportError, type TransportAnswer, TransportError } from '../transport/contract/transport.js';
import { type Asking, askOnce, persist } from './ask.js';
import { compareBytes } from './byte-order.js';
import { type ListedObject, ListingError, type ListingPage, ListingPageReader } from './listing-page.js';

export interface ListOptions {
  /** Keys that begin with it. */
  readonly prefix: string;
  readonly signal: CancelSignal;
  /** Leaves out keys with this text after the prefix: those in deeper folders. */
  readonly delimiter?: string | undefined;
  /** Begins with the first key after this one. */
  readonly startAfter?: string | undefined;
  /** Continues a listing: the token of its last page. */
  readonly token?: string | null | undefined;
}

/** A thousand keys of 1,024 bytes, percent-encoded, with their other elements. */
const pageMaxBytes = 8 * 1024 * 1024;
/** Pages without keys, one after the other. Deleted objects may leave some. */
const emptyPagesMax = 100;

/**
 * Lists the objects of a bucket. Each page was checked: its keys follow the earlier ones in the order of bytes, and begin with the prefix.
 * @throws {TransportError} if the bucket cannot or may not be listed, or its listing cannot be true.
 */
export async function* listObjects(asking: Asking, options: ListOptions): AsyncGenerator<ListingPage, void, undefined> {
  const { bucket } = asking;
  const check = new ListingCheck(options);
  let token = options.token ?? null;
  do {
    const page = await persist(asking, options.signal, () => readPage(asking, options, token));
    try {
      check.add(page, token);
    } catch (error) {
      throw asTransportError(error, bucket.show(options.prefix));
    }
    yield page;
    token = page.nextToken;
  } while (token !== null);
}

async function readPage(
  asking: Asking,
  { prefix, startAfter, delimiter, signal }: ListOptions,
  token: string | null,
): Promise<ListingPage> {
  const query: Record<string, string> = { 'list-type': '2', 'max-keys': '1000', 'encoding-type': 'url' };
  if (prefix !== '') query['prefix'] = prefix;
  if (delimiter !== undefined) query['delimiter'] = delimiter;
  if (token !== null) query['continuation-token'] = token;
  else if (startAfter !== undefined) query['start-after'] = startAfter;
  const { answer } = await askOnce(asking, { method: 'GET', key: '', query, maxBytes: pageMaxBytes, signal });
  try {
    return await parsePage(answer);
  } catch (error) {
    answer.cancel();
    throw asTransportError(error, asking.bucket.show(prefix));
  }
}

async function parsePage(answer: TransportAnswer): Promise<ListingPage> {
  const reader = new ListingPageReader();
  const decoder = new TextDecoder('utf-8', { fatal: true });
  for await (const chunk of answer.body) reader.write(decode(decoder, chunk));
  reader.write(decode(decoder));
  return reader.end();
}

function decode(decoder: InstanceType<typeof TextDecoder>, chunk?: Uint8Array): string {
  try {
    return chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true });
  } catch {
    throw new ListingError('the listing is not UTF-8');
  }
}

/** Notices a listing that goes in circles, is out of order, or never ends. */
class ListingCheck {
  readonly #prefix: string;
  #last: string;
  #emptyPages = 0;

  constructor({ prefix, startAfter = '' }: ListOptions) {
    this.#prefix = prefix;
    this.#last = startAfter;
  }

  add({ objects, nextToken }: ListingPage, token: string | null): void {
    for (const object of objects) this.#addKey(object);
    this.#emptyPages = objects.length === 0 ? this.#emptyPages + 1 : 0;
    if (nextToken === null) return;
    if (nextToken === token) throw new ListingError('the listing goes in circles: its token repeats');
    if (this.#emptyPages > emptyPagesMax) throw new ListingError(`the listing does not end: ${emptyPagesMax} pages without keys`);
  }

  #addKey({ key }: ListedObject): void {
    const order = compareBytes(this.#last, key);
    const shown = escapeForDisplay(key);
    if (order === 0) throw new ListingError(`the listing has the key ${shown} twice`);
    if (order > 0) throw new ListingError(`the listing is not in the order of bytes: ${shown} comes after ${escapeForDisplay(this.#last)}`);
    if (!key.startsWith(this.#prefix)) throw new ListingError(`the listing has the key ${shown}, which was not asked for`);
    this.#last = key;
  }
}

function asTransportError(error: unknown, where: string): unknown {
  if (isTransportError(error) || !(error instanceof ListingError)) return error;
  return new TransportError('status', `${where}: ${error.message}`, { cause: error });
}
