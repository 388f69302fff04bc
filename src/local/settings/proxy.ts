/** Chooses the HTTP proxy for a request, by Maven's rules. */
import { ClojarsFetchError } from '../../base/error.js';
import { parseUrl } from '../../base/parse-url.js';
import type { ProxySetting } from './settings-xml/settings-xml.js';

/**
 * Returns the proxy for a URL, or null. As in Maven Resolver's DefaultProxySelector: the first active proxy of the URL's protocol whose
 * `nonProxyHosts` do not name the host; for https without such a proxy, one of protocol `http`.
 */
export function selectProxy(proxies: readonly ProxySetting[], url: URL): ProxySetting | null {
  const candidates = proxies.filter((proxy) => !proxy.nonProxyHosts.some((pattern) => matchesHost(pattern, url.hostname)));
  if (url.protocol === 'https:') {
    return candidates.find((proxy) => proxy.protocol === 'https') ?? candidates.find((proxy) => proxy.protocol === 'http') ?? null;
  }
  return url.protocol === 'http:' ? (candidates.find((proxy) => proxy.protocol === 'http') ?? null) : null;
}

/** Backtracks only to the last star, so the steps stay bounded for any number of stars, unlike those of a regular expression. */
function matchesHost(pattern: string, host: string): boolean {
  const p = pattern.toLowerCase();
  const h = host.toLowerCase();
  let at = 0;
  let from = 0;
  let star = -1;
  let mark = 0;
  while (from < h.length) {
    if (p[at] === '*') {
      star = at;
      mark = from;
      at += 1;
    } else if (at < p.length && p[at] === h[from]) {
      at += 1;
      from += 1;
    } else if (star >= 0) {
      at = star + 1;
      mark += 1;
      from = mark;
    } else {
      return false;
    }
  }
  while (p[at] === '*') at += 1;
  return at === p.length;
}

/**
 * Parses our own `proxy` option: `http[s]://[user:secret@]host:port`, for all requests.
 * @throws {ClojarsFetchError} `ERR_CONFIG`, `bad-value`; credentials are not shown.
 */
export function parseProxy(text: string, where: string): ProxySetting {
  const url = parseUrl(text);
  let credentials: { username: string | null; password: string | null } | null = null;
  if (url !== null) {
    try {
      credentials = { username: decodeURIComponent(url.username) || null, password: decodeURIComponent(url.password) || null };
    } catch {
      credentials = null;
    }
  }
  if (
    url === null ||
    credentials === null ||
    (url.protocol !== 'http:' && url.protocol !== 'https:') ||
    url.pathname !== '/' ||
    url.search !== '' ||
    url.hash !== ''
  ) {
    throw new ClojarsFetchError('ERR_CONFIG', {
      reason: 'bad-value',
      setting: 'proxy',
      message: `${where} must be the URL of an HTTP proxy`,
      hint: 'Write http://host:port or https://host:port, with user:secret@ before the host if it asks for them.',
    });
  }
  const secure = url.protocol === 'https:';
  const port = url.port === '' ? (secure ? 443 : 80) : Number(url.port);
  return { id: 'proxy', protocol: 'http', host: url.hostname, port, secure, ...credentials, nonProxyHosts: [] };
}

/** A proxy in the form that transports use. The URL holds no credentials. */
export interface ProxyAddress {
  readonly url: URL;
  readonly credentials?: { readonly kind: 'basic'; readonly username: string; readonly password: string } | undefined;
}

/** Wraps {@link selectProxy} in the form that transports use. */
export function createProxyRule(proxies: readonly ProxySetting[]): (url: URL) => ProxyAddress | null {
  return (url) => {
    const proxy = selectProxy(proxies, url);
    if (proxy === null) return null;
    // An IPv6 address needs its brackets in a URL.
    const host = proxy.host.includes(':') && !proxy.host.startsWith('[') ? `[${proxy.host}]` : proxy.host;
    const address = new URL(`${proxy.secure ? 'https' : 'http'}://${host}:${proxy.port}/`);
    if (proxy.username === null) return { url: address };
    return { url: address, credentials: { kind: 'basic', username: proxy.username, password: proxy.password ?? '' } };
  };
}
