/** http and https: redirects, credentials, clocks and limits. */
import type { LookupFunction } from 'node:net';
import type { SecureContext } from 'node:tls';

import { credentialHeaders, proxyAuthorization } from '../connection/authorization.js';
import { ConnectionPool } from '../connection/connection-pool.js';
import type { Lease } from '../connection/lease.js';
import type { Proxy } from '../connection/proxy-environment.js';
import { createSecureContext } from '../connection/secure-context.js';
import { type OpenSocket, openSocket, type SocketOptions } from '../connection/socket.js';
import { showUrl } from '../contract/failure.js';
import type { HttpConnection } from '../contract/http-connection.js';
import { redirectsMax } from '../contract/limits.js';
import { isLoopback } from '../contract/loopback.js';
import { isOwnMachine } from '../contract/own-machine.js';
import type { StallLimit } from '../contract/stall-watch.js';
import { type HttpRequest, type HttpSender, type TransportAnswer, TransportError, type TransportRequest } from '../contract/transport.js';
import { Http1Connection } from '../protocol/http1-connection.js';
import { Http2Connection } from '../protocol/http2-connection.js';
import { saysUpstreamBlocked } from './blocked-upstream.js';
import { Exchange, type ExchangeOptions, type RawAnswer } from './exchange.js';
import { createClient, loadClient } from './http-client.js';
import { beginJourney, type Hop, type Journey, noteWritten, sendAgain, toAnswer } from './journey.js';
import { redirectStatuses, redirectTarget } from './redirect.js';

export interface HttpTransportOptions {
  /** For name, TCP, proxy tunnel and TLS together. Default 3,000 ms. */
  readonly connectTimeoutMs?: number | undefined;
  /** From the written request to the head of the answer; see `TransportRequest.waitsOn`. Default 5,000 ms. */
  readonly firstByteTimeoutMs?: number | undefined;
  /** Default: under 1,024 bytes per second for 10,000 ms. */
  readonly stall?: StallLimit | undefined;
  /** HTTP/1.1 connections per origin. Default 48. */
  readonly concurrency?: number | undefined;
  /** Certificates (PEM) of authorities that are trusted besides the usual ones. */
  readonly ca?: string | readonly string[] | undefined;
  /** Use HTTP/2 if an https server offers it. Default true. */
  readonly http2?: boolean | undefined;
  /** Whether a host may be asked over plain http. This machine always may. Default: no other. */
  readonly allowHttpHosts?: ((host: string, hostAndPort: string) => boolean) | undefined;
  /** Default: no proxy; see `proxyFromEnvironment`. */
  readonly proxyFor?: ((url: URL) => Proxy | null) | undefined;
  /** Resolves names for https; see `createLookup`. Default: the system. */
  readonly lookup?: LookupFunction | undefined;
  /** Such as `clojars-fetch/0.1.0`. Default `clojars-fetch`. */
  readonly userAgent?: string | undefined;
  /** Name of a proxy that sends these requests for others, for the header Via (RFC 9110 section 7.6.3). Default: none. */
  readonly via?: string | undefined;
  /** Default 5. */
  readonly maxRedirects?: number | undefined;
  /** Whether an address is one of this machine, to which another machine's redirect must not lead. Default: {@link isOwnMachine}. */
  readonly isOwnAddress?: ((address: string) => boolean) | undefined;
}

const standardStall: StallLimit = { minBytesPerSecond: 1024, windowMs: 10_000 };

/** How many origins keep their connections. Beyond that, the least recently used idle ones are closed. */
const poolsMax = 64;
/** Loads nothing and connects nowhere before the first request. */
export function createHttpTransport(options: HttpTransportOptions = {}): HttpSender {
  return new HttpTransport(options);
}

class HttpTransport implements HttpSender {
  readonly #options: HttpTransportOptions;
  readonly #pools = new Map<string, ConnectionPool>();
  #secureContext: SecureContext | null = null;
  #closed = false;

  constructor(options: HttpTransportOptions) {
    this.#options = options;
  }

  async get(request: TransportRequest): Promise<TransportAnswer> {
    const maxRedirects = this.#options.maxRedirects ?? redirectsMax;
    const journey = beginJourney(request);
    let seen: Set<string> | null = null; // made for the first redirect
    for (let redirects = 0; ; redirects += 1) {
      const { url, pathAndQuery } = journey.target;
      seen?.add(url.origin + pathAndQuery);
      const answer = await this.#hop(journey);
      const { status } = answer;
      const { location } = answer.headers;
      if (status === 404 && (await saysUpstreamBlocked(answer))) return { ...toAnswer(answer, journey), isUpstreamBlocked: true };
      if (location === undefined || !redirectStatuses.has(status)) return toAnswer(answer, journey);
      answer.cancel();
      const next = redirectTarget(url, location, status);
      seen ??= new Set([url.origin + pathAndQuery]);
      if (seen.has(next.url.origin + next.pathAndQuery))
        throw new TransportError('redirect', `${showUrl(url)}: redirects in a circle`, { status });
      if (redirects >= maxRedirects)
        throw new TransportError('redirect', `${showUrl(request.url)}: more than ${maxRedirects} redirects`, { status });
      if (next.url.origin !== url.origin) journey.credentials = null; // for good: the other origin could redirect back
      journey.target = next;
      // Tests and local servers redirect on this machine; behind a proxy, addresses are the proxy's affair.
      if (answer.address !== undefined) journey.isSentByStranger = !this.#isOwnAddress(answer.address.host);
    }
  }

  async send(request: HttpRequest): Promise<TransportAnswer> {
    const journey = beginJourney(request);
    return toAnswer(await this.#hop(journey), journey);
  }

  connectAhead(url: URL, connections: number): void {
    if (this.#closed) return;
    let pool: ConnectionPool;
    try {
      this.#checkAllowed(url);
      pool = this.#poolFor(url, this.#options.proxyFor?.(url) ?? null, { hasBody: false });
    } catch {
      return; // requests report it: plain http is not allowed, or the proxy cannot be used
    }
    pool.openAhead(connections);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#pools.values()].map((pool) => pool.close()));
    this.#pools.clear();
  }

  #isOwnAddress(address: string): boolean {
    return (this.#options.isOwnAddress ?? isOwnMachine)(address);
  }

  #checkAllowed(url: URL): void {
    if (url.protocol === 'https:') return;
    if (url.protocol !== 'http:') throw new TransportError('redirect', `${showUrl(url)}: not an http or https URL`);
    if (isLoopback(url.hostname) || this.#options.allowHttpHosts?.(url.hostname, url.host) === true) return;
    throw new TransportError('redirect', `${showUrl(url)}: plain http is not allowed for this host`);
  }

  /** Sends one hop; again if a kept-alive connection turned out to be dead or the server refused the request. */
  #hop(journey: Journey): Promise<RawAnswer> {
    this.#checkTarget(journey);
    return this.#tryUntilAnswered(this.#beginHop(journey));
  }

  #tryUntilAnswered(hop: Hop): Promise<RawAnswer> {
    return this.#try(hop).catch(async (error: unknown) => {
      await sendAgain(hop, error);
      return this.#tryUntilAnswered(hop);
    });
  }

  #checkTarget(journey: Journey): void {
    const { url } = journey.target;
    const { signal } = journey.request;
    if (signal.aborted) throw new TransportError('aborted', 'aborted', { cause: signal.reason });
    this.#checkAllowed(url);
    journey.secure &&= url.protocol === 'https:';
  }

  #beginHop(journey: Journey): Hop {
    if (this.#closed) throw new TransportError('aborted', 'the transport is closed');
    const proxy = this.#options.proxyFor?.(journey.target.url) ?? null;
    return { journey, proxy, options: this.#exchangeOptions(journey, proxy), pool: null, answered: -1, refusals: 0, staleRetries: 0 };
  }

  async #try(hop: Hop): Promise<RawAnswer> {
    // Each time: a pool that was idle for a moment may have been closed.
    const { journey, proxy, options } = hop;
    const pool = (hop.pool = this.#poolFor(journey.target.url, proxy, { hasBody: options.body !== undefined }));
    const lease = await pool.acquire(options.signal);
    return this.#exchange(hop, lease);
  }

  #exchange({ journey, proxy, options }: Hop, lease: Lease): Promise<RawAnswer> {
    if (journey.isSentByStranger && proxy === null && lease.address !== undefined && this.#isOwnAddress(lease.address.host)) {
      lease.release();
      throw new TransportError('redirect', `${showUrl(journey.target.url)}: a redirect to a name of this machine (${lease.address.host})`);
    }
    const answer = new Exchange(lease, options).run();
    return proxy === null ? answer : answer.then((direct) => ({ ...direct, address: undefined }));
  }

  #exchangeOptions(journey: Journey, proxy: Proxy | null): ExchangeOptions {
    const { firstByteTimeoutMs = 5000, stall = standardStall, userAgent = 'clojars-fetch', via } = this.#options;
    const { request, target, credentials } = journey;
    const { url, pathAndQuery } = target;
    const byUrl = proxy !== null && url.protocol === 'http:';
    const { method = request.isHead === true ? 'HEAD' : 'GET', body } = request;
    const headers: Record<string, string> = { 'user-agent': userAgent, 'accept-encoding': 'identity', accept: '*/*', ...request.headers };
    if (body !== undefined) headers['content-length'] = String(body.bytes);
    if (via !== undefined) headers['via'] = request.via === undefined ? `1.1 ${via}` : `${request.via}, 1.1 ${via}`;
    if (request.rangeFrom !== undefined && request.rangeFrom > 0) headers['range'] = `bytes=${request.rangeFrom}-`;
    else if (request.asRange === true) headers['range'] = 'bytes=0-';
    const { unlessMatches } = request;
    if (unlessMatches !== undefined) headers[unlessMatches.kind === 'etag' ? 'if-none-match' : 'if-modified-since'] = unlessMatches.value;
    if (credentials !== null) Object.assign(headers, credentialHeaders(credentials));
    const proxyLogin = byUrl ? proxyAuthorization(proxy) : null;
    if (proxyLogin !== null) headers['proxy-authorization'] = proxyLogin;
    return {
      method,
      body,
      path: byUrl ? `${url.origin}${pathAndQuery}` : pathAndQuery,
      headers,
      url,
      maxBytes: request.maxBytes,
      firstByteTimeoutMs,
      waitsOn: request.waitsOn,
      stall,
      onWritten: () => noteWritten(journey),
      signal: request.signal,
    };
  }

  /** Requests with a body have connections of their own: undici sends them. */
  #poolFor(url: URL, proxy: Proxy | null, { hasBody }: { readonly hasBody: boolean }): ConnectionPool {
    const key = `${url.origin} ${hasBody ? 'body' : ''} ${proxy ? `${proxy.url.origin} ${proxyAuthorization(proxy) ?? ''}` : ''}`;
    const known = this.#pools.get(key);
    if (known) this.#pools.delete(key);
    else this.#closeIdlePools();
    const pool = known ?? this.#createPool(new URL(url.origin), proxy, hasBody);
    this.#pools.set(key, pool); // last: it was used last
    return pool;
  }

  #createPool(origin: URL, proxy: Proxy | null, hasBody: boolean): ConnectionPool {
    const { ca, concurrency = 48, connectTimeoutMs = 3000, http2 = true, lookup } = this.#options;
    const https = origin.protocol === 'https:';
    // Created for the first https connection: plain http need not spend the memory and time of reading all authorities.
    const secureContext = (): SecureContext => (this.#secureContext ??= createSecureContext(ca));
    let session: Buffer | undefined;
    const onSession = (fresh: Buffer): void => void (session = fresh);
    return new ConnectionPool({
      concurrency,
      http2: https && http2 && !hasBody,
      open: (signal, offerHttp2) =>
        open({
          origin,
          proxy,
          offerHttp2,
          secureContext,
          isForParser: !hasBody,
          signal,
          session,
          lookup,
          timeoutMs: connectTimeoutMs,
          onSession,
        }),
      onShortage: () => this.#dropIdle(),
      createClient: (opened, onLeaving) => (hasBody ? createClient(origin.origin, opened) : connectionOn(opened, origin, onLeaving)),
    });
  }

  #dropIdle(): void {
    for (const pool of this.#pools.values()) pool.dropIdle();
  }

  /** Makes room for one more origin: a server may redirect each request to another origin, and each keeps a connection alive. */
  #closeIdlePools(): void {
    for (const [key, pool] of this.#pools) {
      if (this.#pools.size < poolsMax) return;
      if (pool.isBusy) continue;
      this.#pools.delete(key);
      void pool.close();
    }
  }
}

function connectionOn({ socket, http2 }: OpenSocket, origin: URL, onLeaving: () => void): HttpConnection {
  return http2 ? new Http2Connection(socket, origin, onLeaving) : new Http1Connection(socket, origin.host);
}

/** Opens a socket. Loads undici meanwhile if it is needed. */
async function open(options: SocketOptions): Promise<OpenSocket> {
  const [opened] = await Promise.all([openSocket(options), options.isForParser ? null : loadClient()]);
  return opened;
}
