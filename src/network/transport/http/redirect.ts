/** Decides where a redirect leads, and whether it may be followed. */
import { parseUrl } from '../../../base/parse-url.js';
import { printable, showUrl } from '../contract/failure.js';
import { isOwnMachine } from '../contract/own-machine.js';
import { TransportError } from '../contract/transport.js';

/** A URL without credentials, and the text of its request line. */
export interface RequestTarget {
  readonly url: URL;
  /**
   * Path and query. The query is the server's own text: a signature may cover its bytes, and the URL standard rewrites
   * some characters.
   */
  readonly pathAndQuery: string;
}

export const redirectStatuses = new Set([301, 302, 303, 307, 308]);

/** Returns the target of a URL that did not come from a redirect. */
export function requestTarget(url: URL): RequestTarget {
  const bare = withoutCredentials(url);
  return { url: bare, pathAndQuery: `${bare.pathname}${bare.search}` };
}

/**
 * Returns the target of a redirect from `from`.
 * @param location the header; each character is one byte as sent
 * @throws {TransportError} `redirect` if it must not be followed.
 */
export function redirectTarget(from: URL, location: string, status: number): RequestTarget {
  // RFC 3986 allows ASCII only; servers send raw UTF-8 or Latin-1, and clients send the same bytes back.
  const text = location.trim().replace(/[^\u0021-\u007e]/g, percentEncode);
  const parsed = parseUrl(text, from.href);
  const url = parsed && withoutCredentials(parsed);
  const refuse = (why: string): TransportError => {
    const shown = printable(url ? showUrl(url) : location);
    return new TransportError('redirect', `${showUrl(from)}: redirected to '${shown}', ${why}`, { status });
  };
  if (!url) throw refuse('which is not a URL');
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw refuse('which is neither http nor https');
  if (from.protocol === 'https:' && url.protocol === 'http:') throw refuse('away from https');
  if (isOwnMachine(url.hostname) && !isOwnMachine(from.hostname)) throw refuse('to this machine');
  const query = /^[^#?]*(\?[^#]*)/.exec(text)?.[1] ?? url.search;
  return { url, pathAndQuery: `${url.pathname}${query}` };
}

function percentEncode(byte: string): string {
  return `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
}

function withoutCredentials(url: URL): URL {
  if (url.username === '' && url.password === '' && url.hash === '') return url; // the usual case: spares a parser run for each part
  const bare = new URL(url.href);
  bare.username = '';
  bare.password = '';
  bare.hash = '';
  return bare;
}
