/**
 * Opens one connection: name, TCP, proxy tunnel, TLS. It has a timer and an abort of its own, which undici's connector
 * lacks: undici's timers are coarse, and its `signal` does not end a connection that is being made.
 */
import { connect as connectTcp, isIP, type LookupFunction, type NetConnectOpts, type Socket } from 'node:net';
import { connect as connectTls, type SecureContext } from 'node:tls';

import type { CancelSignal } from '../../../base/async/cancellation.js';
import { onAbort } from '../../../base/async/on-abort.js';
import { type ExchangeStage, OutOfDescriptorsError, toTransportError } from '../contract/failure.js';
import { TransportError } from '../contract/transport.js';
import { hasFreeDescriptor } from './descriptors.js';
import type { Proxy } from './proxy-environment.js';
import { askForTunnel } from './proxy-tunnel.js';
import { readIntoOwn, readIntoShared } from './read-buffer.js';

export interface SocketOptions {
  /** Scheme, host and port are used. */
  readonly origin: URL;
  readonly proxy: Proxy | null;
  /** Offer HTTP/2 in the handshake (ALPN); https only. */
  readonly offerHttp2: boolean;
  readonly secureContext: () => SecureContext;
  /** Whether only node:http reads from the socket, or node:http2. */
  readonly isForParser: boolean;
  /** For https only: over plain http, nothing proves that a remembered address is still the right one. */
  readonly lookup: LookupFunction | undefined;
  /** For name, TCP, tunnel and TLS together. */
  readonly timeoutMs: number;
  /** TLS session to resume. */
  readonly session: Buffer | undefined;
  readonly onSession: (session: Buffer) => void;
  readonly signal: CancelSignal;
}

/** A socket and the protocol that was agreed on. */
export interface OpenSocket {
  readonly socket: Socket;
  readonly http2: boolean;
}

/** @throws {TransportError} refused, reset, dns, tls, timeout, status (of a proxy), aborted; the socket is destroyed. */
export function openSocket(options: SocketOptions): Promise<OpenSocket> {
  return new Connector(options).connect();
}

class Connector {
  readonly #options: SocketOptions;
  /** The origin, for messages. */
  readonly #where: string;
  #resolve: (opened: OpenSocket) => void = () => undefined;
  #reject: (error: TransportError) => void = () => undefined;
  #stage: ExchangeStage;
  #socket: Socket | null = null;
  #timer: NodeJS.Timeout | undefined;
  #stopListening: () => void = () => undefined;
  #isSettled = false;

  constructor(options: SocketOptions) {
    const { origin, proxy } = options;
    this.#options = options;
    this.#where = proxy ? `${origin.origin} (through the proxy ${proxy.url.host})` : origin.origin;
    this.#stage = isIP(hostOf(proxy?.url ?? origin)) === 0 ? 'resolve' : 'connect';
  }

  connect(): Promise<OpenSocket> {
    const { signal, timeoutMs } = this.#options;
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      this.#stopListening = onAbort(signal, () => this.#fail(new TransportError('aborted', 'aborted', { cause: signal.reason })));
      if (this.#isSettled) return;
      this.#timer = setTimeout(() => this.#fail(this.#timeout()), timeoutMs);
      try {
        this.#start();
      } catch (error) {
        this.#fail(this.#failureOf(error));
      }
    });
  }

  #start(): void {
    const { origin, proxy } = this.#options;
    const isHttps = origin.protocol === 'https:';
    if (!proxy) this.#dial(origin, isHttps, (socket) => this.#succeed(socket));
    else
      this.#dial(proxy.url, proxy.url.protocol === 'https:', (socket) => {
        // Plain http through a proxy needs no tunnel: the request line names the whole URL.
        if (isHttps) this.#tunnel(socket, proxy);
        else this.#succeed(socket, { http2: false });
      });
  }

  /** Connects to the server or the proxy. */
  #dial(url: URL, isTls: boolean, ready: (socket: Socket) => void): void {
    const { origin, lookup } = this.#options;
    const address = { host: hostOf(url), port: portOf(url), lookup: isTls ? lookup : undefined };
    const socket: Socket = isTls ? this.#secure(url, address, { isTarget: url === origin }) : this.#connectPlain(address);
    socket.setNoDelay(true);
    socket.setKeepAlive(true, 60_000);
    this.#watch(socket);
    socket.once('lookup', () => {
      if (this.#stage === 'resolve') this.#stage = 'connect';
    });
    socket.once('connect', () => {
      if (isTls) this.#stage = 'handshake';
      else ready(socket);
    });
    if (isTls) socket.once('secureConnect', () => ready(socket));
  }

  #connectPlain(address: NetConnectOpts): Socket {
    const { isForParser, origin } = this.#options;
    // Through a tunnel, TLS reads from the socket.
    if (!isForParser || origin.protocol === 'https:') return connectTcp(address);
    const socket: Socket = connectTcp({ ...address, onread: readIntoShared(() => socket) });
    return socket;
  }

  #tunnel(socket: Socket, proxy: Proxy): void {
    const { origin } = this.#options;
    this.#stage = 'request';
    askForTunnel(socket, origin, proxy, (error) => {
      if (error) return this.#fail(error);
      if (this.#isSettled) return undefined;
      this.#stage = 'handshake';
      const inner = this.#secure(origin, { socket }, { isTarget: true });
      this.#watch(inner);
      inner.once('secureConnect', () => this.#succeed(inner));
      return undefined;
    });
  }

  /** `rejectUnauthorized` is explicit: NODE_TLS_REJECT_UNAUTHORIZED=0 must not make an answer's `secure` a lie. */
  #secure(url: URL, address: Address, { isTarget }: { readonly isTarget: boolean }): Socket {
    const { secureContext, offerHttp2, session, onSession, isForParser } = this.#options;
    const host = hostOf(url);
    // Spread: the types of tls.connect() lack this option, which its documentation names.
    const reading = isTarget && isForParser ? { onread: readIntoOwn(() => socket) } : {};
    const socket: Socket = connectTls({
      ...address,
      host, // also of a socket that is open already: the name that the certificate is checked against
      servername: isIP(host) === 0 ? host.replace(/\.$/, '') : undefined,
      secureContext: secureContext(),
      rejectUnauthorized: true,
      ALPNProtocols: isTarget && offerHttp2 ? ['h2', 'http/1.1'] : ['http/1.1'],
      session: isTarget ? session : undefined,
      ...reading,
    });
    if (isTarget) socket.on('session', onSession);
    return socket;
  }

  #watch(socket: Socket): void {
    this.#socket = socket;
    // Stays for good: an error on a socket without a listener would end the process.
    socket.on('error', (error) => this.#fail(this.#failureOf(error)));
    socket.once('close', () => this.#fail(new TransportError('reset', `${this.#where}: connection closed by the other side`)));
  }

  #failureOf(error: unknown): TransportError {
    const failure = toTransportError(error, this.#stage, this.#where);
    return failure.outcome === 'dns' && !hasFreeDescriptor() ? new OutOfDescriptorsError(this.#where, error) : failure;
  }

  #timeout(): TransportError {
    const { timeoutMs } = this.#options;
    const stage = this.#stage;
    const what = stage === 'resolve' ? 'the name was not resolved' : stage === 'connect' ? 'no connection' : 'no TLS connection or tunnel';
    return new TransportError(stage === 'resolve' ? 'dns' : 'timeout', `${this.#where}: ${what} within ${timeoutMs} ms`);
  }

  #succeed(socket: Socket, { http2 } = { http2: 'alpnProtocol' in socket && socket.alpnProtocol === 'h2' }): void {
    if (this.#settle()) this.#resolve({ socket, http2 });
  }

  #fail(error: TransportError): void {
    if (!this.#settle()) return;
    this.#socket?.destroy();
    this.#reject(error);
  }

  #settle(): boolean {
    if (this.#isSettled) return false;
    this.#isSettled = true;
    clearTimeout(this.#timer);
    this.#stopListening();
    return true;
  }
}

type Address = { host: string; port: number; lookup: LookupFunction | undefined } | { socket: Socket };

function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '');
}

function portOf(url: URL): number {
  return url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
}
