/** http and https: redirects, credentials, clocks and limits over undici. The only file that loads undici. */
import { readFileSync } from 'node:fs';
import { isIP, type LookupFunction } from 'node:net';
import * as tls from 'node:tls';

import { ConnectionPool } from './connection-pool.js';
import { decodeBody, encodingToUndo } from './content-encoding.js';
import { exchange, type RawAnswer } from './exchange.js';
import { printable, showUrl, StaleConnectionError } from './failure.js';
import { redirectsMax } from './limits.js';
import type { Proxy } from './proxy-environment.js';
import { credentialHeaders, type OpenSocket, openSocket, proxyAuthorization } from './socket.js';
import type { StallLimit } from './stall-watch.js';
import { type Credentials, type Transport, type TransportAnswer, TransportError, type TransportRequest } from './transport.js';

export interface HttpTransportOptions {
  /** For name, TCP, proxy tunnel and TLS together. Default 3,000 ms. */
  readonly connectTimeoutMs?: number | undefined;
  /** From the written request to the head of the answer. Default 5,000 ms. */
  readonly firstByteTimeoutMs?: number | undefined;
  /** Default: under 1,024 bytes per second for 10,000 ms. */
  readonly stall?: StallLimit | undefined;
  /** HTTP/1.1 connections per origin. Default 48. */
  readonly concurrency?: number | undefined;
  /** Certificates (PEM) of authorities trusted besides the usual ones. */
  readonly ca?: string | readonly string[] | undefined;
  /** Use HTTP/2 where an https server offers it. Default true. */
  readonly http2?: boolean | undefined;
  /** Hosts that may be asked over plain http. This machine always may. Default: no other. */
  readonly allowHttpHosts?: ((host: string, hostAndPort: string) => boolean) | undefined;
  /** Default: no proxy; see `proxyFromEnvironment`. */
  readonly proxyFor?: ((url: URL) => Proxy | null) | undefined;
  /** Resolves names for https; see `createLookup`. Default: the system. */
  readonly lookup?: LookupFunction | undefined;
  /** Such as `clojars-fetch/0.1.0`. Default `clojars-fetch`. */
  readonly userAgent?: string | undefined;
  /** Default 5. */
  readonly maxRedirects?: number | undefined;
}

const redirectStatuses = new Set([301, 302, 303, 307, 308]);
/** Origins whose connections are kept: the least recently used idle ones beyond are closed. */
const poolsMax = 64;
/** How often a request is sent again because the server had closed the kept-alive connection. */
const staleRetriesMax = 2;

/** Loads nothing and connects nowhere before the first request. */
export function createHttpTransport(options: HttpTransportOptions = {}): Transport {
  const connectTimeoutMs = options.connectTimeoutMs ?? 3000;
  const firstByteTimeoutMs = options.firstByteTimeoutMs ?? 5000;
  const stall = options.stall ?? { minBytesPerSecond: 1024, windowMs: 10_000 };
  const userAgent = options.userAgent ?? 'clojars-fetch';
  const maxRedirects = options.maxRedirects ?? redirectsMax;
  const pools = new Map<string, ConnectionPool>();
  let client: Promise<ClientClass> | null = null;
  let secureContext: tls.SecureContext | null = null;
  let closed = false;

  const poolFor = (origin: URL, proxy: Proxy | null, Client: ClientClass): ConnectionPool => {
    const key = `${origin.origin} ${proxy ? `${proxy.url.origin} ${proxyAuthorization(proxy) ?? ''}` : ''}`;
    const known = pools.get(key);
    if (known) {
      pools.delete(key);
      pools.set(key, known);
      return known;
    }
    closeIdlePools(pools);
    let session: Buffer | undefined;
    const https = origin.protocol === 'https:';
    // Made for the first https connection: reading all authorities takes memory and time that plain http need not spend.
    const context = (): tls.SecureContext => (secureContext ??= createContext(options.ca));
    const pool = new ConnectionPool({
      concurrency: options.concurrency ?? 48,
      http2: https && (options.http2 ?? true),
      open: (signal, offerHttp2) =>
        openSocket({
          origin,
          proxy,
          offerHttp2,
          secureContext: context,
          signal,
          session,
          lookup: options.lookup,
          timeoutMs: connectTimeoutMs,
          onSession: (fresh) => {
            session = fresh;
          },
        }),
      createClient: (opened) => createClient(Client, https || proxy === null ? origin.origin : `http://${origin.host}`, opened),
    });
    pools.set(key, pool);
    return pool;
  };

  /** One hop, sent again where a kept-alive connection turned out to be dead. */
  const hop = async (url: URL, request: TransportRequest, credentials: Credentials | null, onWritten: () => void): Promise<RawAnswer> => {
    const proxy = options.proxyFor?.(url) ?? null;
    const loaded = await (client ??= loadClient());
    if (closed) throw new TransportError('aborted', 'the transport is closed');
    const byUrl = proxy !== null && url.protocol === 'http:';
    const headers: Record<string, string> = { 'user-agent': userAgent, 'accept-encoding': 'identity', accept: '*/*' };
    if (request.rangeFrom !== undefined && request.rangeFrom > 0) headers['range'] = `bytes=${request.rangeFrom}-`;
    if (credentials !== null) Object.assign(headers, credentialHeaders(credentials));
    const proxyLogin = byUrl ? proxyAuthorization(proxy) : null;
    if (proxyLogin !== null) headers['proxy-authorization'] = proxyLogin;
    const path = byUrl ? `${url.origin}${url.pathname}${url.search}` : `${url.pathname}${url.search}`;
    for (let retries = 0; ; retries += 1) {
      // Anew each time: a pool that was idle for a moment may have been closed.
      const pool = poolFor(new URL(url.origin), proxy, loaded);
      const lease = await pool.acquire(request.signal);
      try {
        const answer = await exchange(lease, {
          path,
          headers,
          where: showUrl(url),
          maxBytes: request.maxBytes,
          firstByteTimeoutMs,
          stall,
          onWritten,
          signal: request.signal,
        });
        return proxy === null ? answer : { ...answer, address: undefined };
      } catch (error) {
        if (!(error instanceof StaleConnectionError) || retries >= staleRetriesMax) throw error;
        pool.dropIdle();
      }
    }
  };

  const checkAllowed = (url: URL): void => {
    if (url.protocol === 'https:') return;
    if (url.protocol !== 'http:') throw new TransportError('redirect', `${showUrl(url)}: not an http or https URL`);
    if (isLoopback(hostOf(url)) || options.allowHttpHosts?.(url.hostname, url.host) === true) return;
    throw new TransportError('redirect', `${showUrl(url)}: plain http is not allowed for this host`);
  };

  return {
    async get(request) {
      const { signal, onWritten } = request;
      let url = withoutCredentials(request.url);
      let credentials = request.credentials ?? null;
      let secure = true;
      let written = false;
      const onFirstWritten = (): void => {
        if (written) return;
        written = true;
        onWritten?.();
      };
      const seen = new Set<string>();
      for (let redirects = 0; ; redirects += 1) {
        if (signal.aborted) throw new TransportError('aborted', 'aborted', { cause: signal.reason });
        checkAllowed(url);
        secure &&= url.protocol === 'https:';
        seen.add(url.href);
        const answer = await hop(url, request, credentials, onFirstWritten);
        const location = answer.headers['location'];
        if (!redirectStatuses.has(answer.status) || location === undefined) return toAnswer(answer, url, secure, request.maxBytes);
        answer.cancel();
        const target = redirectTarget(url, location, answer.status);
        if (seen.has(target.href))
          throw new TransportError('redirect', `${showUrl(url)}: redirects in a circle`, { status: answer.status });
        if (redirects >= maxRedirects)
          throw new TransportError('redirect', `${showUrl(request.url)}: more than ${maxRedirects} redirects`, { status: answer.status });
        if (target.origin !== url.origin) credentials = null; // for good: a way back could be arranged by the other origin
        url = target;
      }
    },

    async close() {
      closed = true;
      await Promise.all([...pools.values()].map((pool) => pool.close()));
      pools.clear();
    },
  };
}

/** Makes room for one more origin. A server may redirect each request to another one, and each keeps a connection alive. */
function closeIdlePools(pools: Map<string, ConnectionPool>): void {
  for (const [key, pool] of pools) {
    if (pools.size < poolsMax) return;
    if (pool.isBusy) continue;
    pools.delete(key);
    void pool.close();
  }
}

function toAnswer(answer: RawAnswer, url: URL, secure: boolean, maxBytes: number): TransportAnswer {
  const { status, headers, address } = answer;
  let encoding: ReturnType<typeof encodingToUndo>;
  try {
    encoding = encodingToUndo(headers['content-encoding'], status, url.pathname);
  } catch (error) {
    answer.cancel();
    throw error;
  }
  const common = { status, headers, url, secure, address, cancel: () => answer.cancel() };
  if (encoding === null) return { ...common, contentLength: answer.contentLength, body: answer.body };
  return { ...common, contentLength: null, body: decodeBody(answer.body, encoding, maxBytes, showUrl(url)) };
}

/** Where a redirect leads. @throws {TransportError} `redirect` when it may not be followed. */
function redirectTarget(from: URL, location: string, status: number): URL {
  const target = URL.canParse(location, from.href) ? withoutCredentials(new URL(location, from.href)) : null;
  const refuse = (why: string): TransportError =>
    new TransportError('redirect', `${showUrl(from)}: redirected to '${printable(target ? showUrl(target) : location)}', ${why}`, {
      status,
    });
  if (!target) throw refuse('which is not a URL');
  if (target.protocol !== 'https:' && target.protocol !== 'http:') throw refuse('which is neither http nor https');
  if (from.protocol === 'https:' && target.protocol === 'http:') throw refuse('away from https');
  // Services of this machine trust whoever asks from it; no server elsewhere may have them asked.
  if (isLoopback(hostOf(target)) && !isLoopback(hostOf(from))) throw refuse('to this machine');
  return target;
}

type ClientClass = (typeof import('undici'))['Client'];

/** Only what speaks HTTP on a socket. The index of undici loads fetch, WebSocket and caches too: 45 ms and 8 MB more. */
async function loadClient(): Promise<ClientClass> {
  try {
    return (await import('undici/lib/dispatcher/client.js')).default;
  } catch {
    return (await import('undici')).Client; // another version may have it in another place
  }
}

/** undici speaks HTTP on this one socket; asked for another, it gets an error, and the pool opens a new one. */
function createClient(Client: ClientClass, origin: string, { socket, http2 }: OpenSocket): import('undici').Client {
  let handedOver = false;
  return new Client(origin, {
    allowH2: http2,
    pipelining: http2 ? 100 : 1,
    // One connection carries a hundred bodies: half a megabyte for all of them would be used up within a round trip.
    initialWindowSize: 1 << 20,
    connectionWindowSize: 8 << 20,
    // The clocks are ours: undici's tick only about every second.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: (_, callback) => {
      const first = !handedOver;
      handedOver = true;
      // Later, because undici would miss an answer given while it asks.
      queueMicrotask(() => {
        if (first && !socket.destroyed) callback(null, socket);
        else callback(Object.assign(new Error('the connection is gone'), { code: 'ECONNRESET' }), null);
      });
    },
  });
}

/** The usual authorities and the given ones. Naming any makes Node forget NODE_EXTRA_CA_CERTS, hence the reading. */
function createContext(ca: string | readonly string[] | undefined): tls.SecureContext {
  if (ca === undefined || ca.length === 0) return tls.createSecureContext();
  const extraFile = process.env['NODE_EXTRA_CA_CERTS'];
  let extra: string[] = [];
  try {
    if (extraFile) extra = [readFileSync(extraFile, 'utf8')];
  } catch {
    // Node itself only warns of this file.
  }
  return tls.createSecureContext({ ca: [...tls.rootCertificates, ...extra, ...(typeof ca === 'string' ? [ca] : ca)] });
}

function isLoopback(host: string): boolean {
  if (host === 'localhost' || host.endsWith('.localhost') || host === '::1') return true;
  return isIP(host) === 4 && host.startsWith('127.');
}

function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '');
}

function withoutCredentials(url: URL): URL {
  const bare = new URL(url.href);
  bare.username = '';
  bare.password = '';
  bare.hash = '';
  return bare;
}
