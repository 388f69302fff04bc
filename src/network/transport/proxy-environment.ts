/**
 * Which proxy the environment names for a URL: HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY, in either case, the
 * lower-case name first (curl's rule). Pure: the environment is passed in.
 */
import { ClojarsFetchError } from '../../base/error.js';
import type { Login } from './transport.js';

/** A proxy, and how to log in there. The URL holds no credentials. */
export interface Proxy {
  readonly url: URL;
  readonly credentials?: Login | undefined;
}

/**
 * @returns a function that names the proxy for a URL, or null for a direct connection.
 * @throws {ClojarsFetchError} ERR_CONFIG `bad-value` for a proxy that is not an http or https URL.
 */
export function proxyFromEnvironment(environment: Readonly<Record<string, string | undefined>>): (url: URL) => Proxy | null {
  const read = (name: string): string => (environment[name.toLowerCase()] || environment[name] || '').trim();
  // Upper-case HTTP_PROXY can be set by a request's Proxy header where we run under CGI ("httpoxy").
  const httpText = environment['REQUEST_METHOD'] === undefined ? read('HTTP_PROXY') : (environment['http_proxy'] ?? '').trim();
  const all = read('ALL_PROXY');
  const httpProxy = parseProxy('HTTP_PROXY', httpText || all);
  const httpsProxy = parseProxy('HTTPS_PROXY', read('HTTPS_PROXY') || all);
  const excluded = read('NO_PROXY')
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .map(parseExclusion);

  return (url) => {
    const proxy = url.protocol === 'https:' ? httpsProxy : url.protocol === 'http:' ? httpProxy : null;
    if (proxy === null) return null;
    const host = bareHost(url.hostname);
    const port = url.port || (url.protocol === 'https:' ? '443' : '80');
    return excluded.some((exclusion) => matches(exclusion, host, port)) ? null : proxy;
  };
}

interface Exclusion {
  /** '*' for every host. */
  readonly host: string;
  readonly port: string | null;
}

/** `example.com`, `.example.com`, `*.example.com`, `host:8080`, `[::1]:8080`, `::1` or `*`. */
function parseExclusion(entry: string): Exclusion {
  const text = entry.toLowerCase();
  const bracketed = /^\[([^\]]+)\](?::(\d+))?$/.exec(text);
  if (bracketed) return { host: bracketed[1] ?? '', port: bracketed[2] ?? null };
  const withPort = /^([^:]*):(\d+)$/.exec(text);
  const host = withPort ? (withPort[1] ?? '') : text;
  return { host: host === '*' ? '*' : bareHost(host.replace(/^\*?\./, '')), port: withPort?.[2] ?? null };
}

function matches(exclusion: Exclusion, host: string, port: string): boolean {
  if (exclusion.port !== null && exclusion.port !== port) return false;
  return exclusion.host === '*' || host === exclusion.host || (exclusion.host !== '' && host.endsWith(`.${exclusion.host}`));
}

/** Without brackets and without the dot of a fully qualified name. */
function bareHost(host: string): string {
  return host
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '');
}

function parseProxy(name: string, text: string): Proxy | null {
  if (text === '') return null;
  const withScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  const url = URL.canParse(withScheme) ? new URL(withScheme) : null;
  if (!url || (url.protocol !== 'http:' && url.protocol !== 'https:') || url.hostname === '') {
    throw new ClojarsFetchError('ERR_CONFIG', {
      reason: 'bad-value', // the value itself may hold a password, so it is not shown
      message: `${name}: not the URL of an http or https proxy`,
      hint: `Set ${name} to something like http://proxy.example.com:3128.`,
    });
  }
  const { username, password } = url;
  url.username = '';
  url.password = '';
  return username === '' ? { url } : { url, credentials: { kind: 'basic', username: decode(username), password: decode(password) } };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
