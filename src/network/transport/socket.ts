/**
 * Opens one connection: name, TCP, proxy tunnel, TLS. With a timer and an abort of its own, which undici's connector
 * lacks: its timers are coarse, and its `signal` does not end a connection that is being made.
 */
import { connect as connectTcp, isIP, type LookupFunction, type Socket } from 'node:net';
import { connect as connectTls, type SecureContext } from 'node:tls';

import { type ExchangeStage, printable, toTransportError } from './failure.js';
import type { Proxy } from './proxy-environment.js';
import { type Credentials, type Login, TransportError } from './transport.js';

export interface SocketOptions {
  /** Scheme, host and port are used. */
  readonly origin: URL;
  readonly proxy: Proxy | null;
  /** Offer HTTP/2 in the handshake (ALPN); https only. */
  readonly offerHttp2: boolean;
  readonly secureContext: () => SecureContext;
  /** For https only: with plain http nothing proves that a remembered address is still the right one. */
  readonly lookup: LookupFunction | undefined;
  /** For name, TCP, tunnel and TLS together. */
  readonly timeoutMs: number;
  /** TLS session to resume. */
  readonly session: Buffer | undefined;
  readonly onSession: (session: Buffer) => void;
  readonly signal: AbortSignal;
}

/** A socket and the protocol that was agreed on. */
export interface OpenSocket {
  readonly socket: Socket;
  readonly http2: boolean;
}

const tunnelHeadMaxBytes = 16 * 1024;

/** @throws {TransportError} refused, reset, dns, tls, timeout, status (of a proxy), aborted; the socket is destroyed. */
export function openSocket(options: SocketOptions): Promise<OpenSocket> {
  const { origin, proxy, signal, timeoutMs } = options;
  const https = origin.protocol === 'https:';
  const first = proxy?.url ?? origin;
  const where = proxy ? `${origin.origin} (by way of the proxy ${proxy.url.host})` : origin.origin;

  return new Promise((resolve, reject) => {
    let current: Socket | null = null;
    let stage: ExchangeStage = isIP(hostOf(first)) === 0 ? 'resolve' : 'connect';
    let settled = false;

    const finish = (error: TransportError | null, http2 = false): void => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      if (error === null && current) return resolve({ socket: current, http2 });
      current?.destroy();
      reject(error ?? new TransportError('refused', `${where}: no connection`));
    };
    const onAbort = (): void => finish(new TransportError('aborted', 'aborted', { cause: signal.reason }));
    const timer = setTimeout(() => {
      const what =
        stage === 'resolve' ? 'the name was not resolved' : stage === 'connect' ? 'no connection' : 'no TLS connection or tunnel';
      finish(new TransportError(stage === 'resolve' ? 'dns' : 'timeout', `${where}: ${what} within ${timeoutMs} ms`));
    }, timeoutMs);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) return onAbort();

    const watch = (socket: Socket): void => {
      current = socket;
      // Stays for good: an error on a socket without a listener would end the process.
      socket.on('error', (error) => finish(toTransportError(error, stage, where)));
      socket.once('close', () => finish(new TransportError('reset', `${where}: connection closed by the other side`)));
    };

    const start = (url: URL, tls: boolean, ready: (socket: Socket) => void): void => {
      const address = { host: hostOf(url), port: portOf(url), lookup: options.lookup && tls ? options.lookup : undefined };
      const socket = tls ? secure(url, options, address, url === origin) : connectTcp(address);
      socket.setNoDelay(true);
      socket.setKeepAlive(true, 60_000);
      watch(socket);
      socket.once('lookup', () => {
        if (stage === 'resolve') stage = 'connect';
      });
      socket.once('connect', () => {
        if (tls) stage = 'handshake';
        else ready(socket);
      });
      if (tls) socket.once('secureConnect', () => ready(socket));
    };

    const done = (socket: Socket): void => finish(null, 'alpnProtocol' in socket && socket.alpnProtocol === 'h2');

    try {
      if (!proxy) start(origin, https, done);
      // Plain http through a proxy needs no tunnel: the request line names the whole URL.
      else if (!https) start(proxy.url, proxy.url.protocol === 'https:', () => finish(null));
      else {
        start(proxy.url, proxy.url.protocol === 'https:', (socket) => {
          stage = 'request';
          askForTunnel(socket, origin, proxy, (error) => {
            if (error) return finish(error);
            if (settled) return undefined;
            stage = 'handshake';
            const inner = secure(origin, options, { socket }, true);
            watch(inner);
            inner.once('secureConnect', () => done(inner));
            return undefined;
          });
        });
      }
    } catch (error) {
      finish(toTransportError(error, stage, where));
    }
  });
}

type Address = { host: string; port: number; lookup?: LookupFunction | undefined } | { socket: Socket };

/** `rejectUnauthorized` is said aloud: NODE_TLS_REJECT_UNAUTHORIZED=0 must not make `secure` a lie. */
function secure(url: URL, options: SocketOptions, address: Address, target: boolean): Socket {
  const host = hostOf(url);
  const socket = connectTls({
    ...address,
    ...('socket' in address ? { host } : {}), // the name that the certificate is checked against
    ...(isIP(host) === 0 ? { servername: host.replace(/\.$/, '') } : {}),
    secureContext: options.secureContext(),
    rejectUnauthorized: true,
    ALPNProtocols: target && options.offerHttp2 ? ['h2', 'http/1.1'] : ['http/1.1'],
    ...(target && options.session ? { session: options.session } : {}),
  });
  if (target) socket.on('session', options.onSession);
  return socket;
}

/** CONNECT, RFC 9110 section 9.3.6. */
function askForTunnel(socket: Socket, origin: URL, proxy: Proxy, done: (error: TransportError | null) => void): void {
  const authority = `${origin.hostname}:${portOf(origin)}`;
  let head = Buffer.alloc(0);
  const onData = (chunk: Buffer): void => {
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf('\r\n\r\n');
    if (end < 0 && head.length <= tunnelHeadMaxBytes) return;
    socket.off('data', onData);
    socket.pause();
    const statusLine = head.toString('latin1', 0, Math.min(head.length, 200)).split('\r\n')[0] ?? '';
    const status = Number(/^HTTP\/1\.[01] (\d{3})(?: |$)/.exec(statusLine)?.[1] ?? Number.NaN);
    if (end >= 0 && status >= 200 && status < 300 && head.length === end + 4) return done(null);
    done(
      new TransportError(
        'status',
        `proxy ${proxy.url.host}: no tunnel to ${authority}: ${printable(statusLine)}`,
        Number.isNaN(status) ? {} : { status },
      ),
    );
  };
  socket.on('data', onData);
  const authorization = proxyAuthorization(proxy);
  socket.write(
    `CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n${authorization === null ? '' : `Proxy-Authorization: ${authorization}\r\n`}\r\n`,
  );
}

/** The headers that carry credentials. */
export function credentialHeaders(credentials: Credentials): Readonly<Record<string, string>> {
  if (credentials.kind !== 'headers') return { authorization: authorizationOf(credentials) };
  const { headers, login } = credentials;
  return login === null ? headers : { authorization: authorizationOf(login), ...headers };
}

/** The value of Proxy-Authorization, or null. */
export function proxyAuthorization(proxy: Proxy): string | null {
  return proxy.credentials ? authorizationOf(proxy.credentials) : null;
}

/**
 * The value of an Authorization header.
 * @throws {TransportError} `status` for a token that cannot stand in a header.
 */
function authorizationOf(credentials: Login): string {
  if (credentials.kind === 'basic') return `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64')}`;
  if (!/^[\x21-\x7e]+$/.test(credentials.token)) throw new TransportError('status', 'the bearer token has characters that cannot be sent');
  return `Bearer ${credentials.token}`;
}

function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '');
}

function portOf(url: URL): number {
  return url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
}
