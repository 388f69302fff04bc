/**
 * Finds the proxy that the environment names for a URL: HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY and Leiningen's
 * http_no_proxy, in either case, the lower-case name first (curl's rule). Pure: the environment is passed in.
 */
import { BlockList, isIP } from 'node:net';
import { domainToASCII } from 'node:url';

import { parseUrl } from '../../../base/parse-url.js';
import { bareHost } from '../contract/loopback.js';
import { type Login, TransportError } from '../contract/transport.js';

/** A proxy and its login. The URL holds no credentials. */
export interface Proxy {
  readonly url: URL;
  readonly credentials?: Login | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Returns a function that names the proxy for a URL, or null for a direct connection. It throws a TransportError with
 * the outcome `io` for a URL whose proxy cannot be used: requests that need no proxy are not affected.
 */
export function proxyFromEnvironment(environment: Environment): (url: URL) => Proxy | null {
  const { http, https } = readVariables(environment);
  const isExcluded = parseExclusions(environment);

  return (url) => {
    const variable = url.protocol === 'https:' ? https : url.protocol === 'http:' ? http : null;
    if (variable === null || isExcluded(url)) return null;
    return parseProxy(variable);
  };
}

/** What `doctor` shows about proxies; no credentials. */
export interface ProxyDescription {
  /** Null: requests of the scheme need no proxy. */
  readonly schemes: Readonly<Record<'http' | 'https', SchemeProxy | null>>;
  /** The setting or variables that name hosts to reach directly. */
  readonly direct: string | null;
  readonly problems: readonly string[];
}

export interface SchemeProxy {
  /** Its URL; null if it cannot be used. */
  readonly proxy: string | null;
  /** The setting or variable that names it. */
  readonly from: string;
  readonly problem: string | null;
}

/** Describes the proxies that {@link proxyFromEnvironment} uses. */
export function describeProxies(environment: Environment): ProxyDescription {
  const { http, https } = readVariables(environment);
  const direct = ['NO_PROXY', 'HTTP_NO_PROXY'].flatMap((name) => readVariable(environment, name)?.name ?? []);
  return {
    schemes: { http: describeVariable(http), https: describeVariable(https) },
    direct: (http ?? https) === null || direct.length === 0 ? null : direct.join(', '),
    problems: [],
  };
}

function describeVariable(variable: Variable | null): SchemeProxy | null {
  if (variable === null) return null;
  const problem = problemOf(variable.text);
  return { proxy: problem === null ? parseProxy(variable).url.href : null, from: variable.name, problem };
}

/** The variable that counts for each scheme. */
function readVariables(environment: Environment): Readonly<Record<'http' | 'https', Variable | null>> {
  const all = readVariable(environment, 'ALL_PROXY');
  // Upper-case HTTP_PROXY can be set by a request's Proxy header if this runs under CGI ("httpoxy").
  const isCgi = environment['REQUEST_METHOD'] !== undefined;
  return {
    http: readVariable(isCgi ? { http_proxy: environment['http_proxy'] } : environment, 'HTTP_PROXY') ?? all,
    https: readVariable(environment, 'HTTPS_PROXY') ?? all,
  };
}

interface Variable {
  /** As the variable is set: `all_proxy` or `ALL_PROXY`. */
  readonly name: string;
  readonly text: string;
}

function readVariable(environment: Environment, upper: string): Variable | null {
  for (const name of [upper.toLowerCase(), upper]) {
    // `docker --env-file` keeps the quotes of a value.
    const text = environment[name]?.trim().replace(/^(["'])(.*)\1$/, '$2') ?? '';
    if (text !== '') return { name, text };
  }
  return null;
}

/**
 * Entries of no_proxy are hosts (`example.com` and `.example.com` with the hosts beneath them), `host:port`, addresses,
 * networks (`10.0.0.0/8`, `[fd00::]/8`), patterns with `*`, and URLs, of which the host counts. http_no_proxy has the form of Java's nonProxyHosts:
 * the same, separated by `|`.
 */
function parseExclusions(environment: Environment): (url: URL) => boolean {
  const networks = new BlockList();
  const exclusions: Exclusion[] = [];
  for (const name of ['NO_PROXY', 'HTTP_NO_PROXY']) {
    for (const entry of (readVariable(environment, name)?.text ?? '').split(/[\s,;|]+/)) {
      if (entry !== '' && !addNetwork(networks, entry)) exclusions.push(parseExclusion(entry));
    }
  }
  return (url) => {
    const host = bareHost(url.hostname);
    const port = url.port || (url.protocol === 'https:' ? '443' : '80');
    const version = isIP(host);
    if (version !== 0 && networks.check(host, version === 4 ? 'ipv4' : 'ipv6')) return true;
    return exclusions.some((exclusion) => (exclusion.port ?? port) === port && exclusion.matches(host));
  };
}

interface Exclusion {
  readonly port: string | null;
  readonly matches: (host: string) => boolean;
}

/** Adds `address/bits` to the networks; returns false for any other text. */
function addNetwork(networks: BlockList, entry: string): boolean {
  const [, address = '', bits = ''] = /^\[?([0-9a-f.:]+)\]?\/(\d{1,3})$/i.exec(entry) ?? [];
  const version = isIP(address);
  if (version === 0 || Number(bits) > (version === 4 ? 32 : 128)) return false;
  networks.addSubnet(address, Number(bits), version === 4 ? 'ipv4' : 'ipv6');
  return true;
}

function parseExclusion(entry: string): Exclusion {
  const text = entry.toLowerCase().replace(/^https?:\/\/([^/]+).*$/, '$1');
  const bracketed = /^\[([^\]]+)\](?::(\d+))?$/.exec(text);
  const withPort = bracketed ?? /^([^:]*):(\d+)$/.exec(text);
  const written = withPort ? (withPort[1] ?? '') : text;
  return { port: withPort?.[2] ?? null, matches: hostMatcher(written) };
}

function hostMatcher(written: string): (host: string) => boolean {
  if (written === '*') return () => true;
  const beneath = bareHost(written.replace(/^\*?\./, ''));
  if (!beneath.includes('*')) {
    const address = isIP(beneath) === 6 ? bareHost(new URL(`http://[${beneath}]/`).hostname) : domainToASCII(beneath) || beneath;
    return (host) => host === address || (address !== '' && host.endsWith(`.${address}`));
  }
  // Looks for the parts between stars in their order: linear time for any pattern.
  const parts = bareHost(written).split('*');
  return (host) => {
    const [first = '', last = ''] = [parts[0], parts.at(-1)];
    if (host.length < first.length + last.length || !host.startsWith(first) || !host.endsWith(last)) return false;
    let at = first.length;
    for (const part of parts.slice(1, -1)) {
      const found = host.indexOf(part, at);
      if (found < 0) return false;
      at = found + part.length;
    }
    return at <= host.length - last.length;
  };
}

function parseProxy({ name, text }: Variable): Proxy {
  const problem = problemOf(text);
  if (problem !== null)
    throw new TransportError('io', `${name}: ${problem}; set it to the URL of an http proxy, or name the host in no_proxy`);
  const { address, login } = splitLogin(withScheme(text));
  const url = new URL(address);
  if (login === '') return { url };
  const colon = login.indexOf(':');
  const [username, password] = colon < 0 ? [login, ''] : [login.slice(0, colon), login.slice(colon + 1)];
  return username === '' ? { url } : { url, credentials: { kind: 'basic', username: decode(username), password: decode(password) } };
}

/** Why no request can go through this proxy, or null. Does not repeat the value, which may hold a password. */
function problemOf(text: string): string | null {
  const full = withScheme(text);
  const scheme = /^[^:]+:/.exec(full)?.[0].toLowerCase() ?? '';
  if (scheme !== 'http:' && scheme !== 'https:') return `${scheme} proxies are not supported`;
  const { address } = splitLogin(full);
  return parseUrl(address)?.hostname ? null : 'not the URL of an http or https proxy';
}

/** Takes the login out of a URL. It ends at the last `@`: a password may have a raw `@`, `/`, `#` or `\`, as curl allows. */
function splitLogin(full: string): { readonly address: string; readonly login: string } {
  const start = full.indexOf('://') + 3;
  const at = full.lastIndexOf('@');
  return at < start ? { address: full, login: '' } : { address: full.slice(0, start) + full.slice(at + 1), login: full.slice(start, at) };
}

function withScheme(text: string): string {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
