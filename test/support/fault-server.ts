/** A real HTTP(S) server for a repository, which misbehaves as told and records its requests. */
import http, { type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';

import { createBlackHolePort, createRefusingPort, type DeadPort } from './dead-port.js';
import { type Fault, type FaultFunction, type PortFault, selectBehaviour } from './fault.js';
import { answer, sendStatus } from './fault-answer.js';
import { listen } from './listening.js';

export type { Behaviour, Fault, FaultFunction, PortFault } from './fault.js';

const prefix = '/repo/';

/** One request as it came, in order of arrival. */
export interface RecordedRequest {
  readonly index: number;
  readonly method: string;
  /** Repository path, percent-decoded; the whole URL path if it is outside `/repo/`. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** `performance.now()` at arrival. */
  readonly atMs: number;
}

export interface FaultServerOptions {
  /** Repository path to content; live, so a test may change it while the server runs. */
  readonly files: ReadonlyMap<string, Buffer>;
  /** Default: sound. */
  readonly fault?: Fault | PortFault | FaultFunction | null;
  /** PEM texts: serve https. */
  readonly tls?: { readonly key: string; readonly cert: string };
  /** Exact Authorization header to require (401 otherwise), e.g. `Basic …`. */
  readonly authorization?: string;
  /** Further response headers, e.g. `x-checksum-sha1`. */
  readonly headers?: (path: string, body: Buffer) => Readonly<Record<string, string>>;
  /** Host name in `url`. Default `127.0.0.1`, where it always listens. */
  readonly hostname?: string;
}

export interface FaultServer {
  /** Base URL, ends in `/repo/`. */
  readonly url: string;
  /** Scheme, host and port. */
  readonly origin: string;
  readonly port: number;
  /** All requests so far; empty for `refuse` and `black-hole`, which no request reaches. */
  readonly requests: readonly RecordedRequest[];
  /** TCP connections accepted so far. */
  readonly connections: number;
  /** Number of requests: in all, for a path, or for the matching paths. */
  count(path?: string | RegExp): number;
  /** Behaves differently from the next request on. Not for `refuse` and `black-hole`. */
  setFault(fault: Fault | FaultFunction | null): void;
  /** Forgets the requests so far. */
  clear(): void;
  /** Destroys all sockets and stops. May be called twice. */
  close(): Promise<void>;
}

/** Starts it on a free port of 127.0.0.1. */
export async function startFaultServer(options: FaultServerOptions): Promise<FaultServer> {
  const fault = options.fault ?? null;
  if (fault === 'refuse') return describeDeadPort(await createRefusingPort(), options);
  if (fault === 'black-hole') return describeDeadPort(await createBlackHolePort(), options);
  return startServer(options, fault);
}

async function startServer(options: FaultServerOptions, initialFault: Fault | FaultFunction | null): Promise<FaultServer> {
  const requests: RecordedRequest[] = [];
  const timers = new Set<NodeJS.Timeout>();
  /** Raw TCP sockets by the client's port: TLS sockets cannot send an RST themselves. */
  const sockets = new Map<number, Socket>();
  let seen = 0;
  let current = initialFault;

  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    const path = repositoryPathOf(request.url ?? '/');
    const index = seen++;
    requests.push({
      index,
      method: request.method ?? '',
      path: path ?? request.url ?? '/',
      headers: request.headers,
      atMs: performance.now(),
    });
    response.on('error', () => undefined);
    if (path === null) return sendStatus(response, 404);
    if (options.authorization !== undefined && request.headers.authorization !== options.authorization) return sendStatus(response, 401);
    const body = options.files.get(path);
    answer(
      {
        files: options.files,
        path,
        request,
        response,
        extraHeaders: body === undefined ? {} : (options.headers?.(path, body) ?? {}),
        reset() {
          const socket = sockets.get(request.socket.remotePort ?? -1);
          socket?.resetAndDestroy();
        },
        later(ms, action) {
          const timer = setTimeout(() => {
            timers.delete(timer);
            action();
          }, ms);
          timers.add(timer);
        },
      },
      selectBehaviour(current, path, index),
    );
  };

  const server = options.tls === undefined ? http.createServer(handle) : https.createServer(options.tls, handle);
  server.keepAliveTimeout = 60_000;
  server.requestTimeout = 0;
  server.headersTimeout = 0;
  server.on('connection', (socket: Socket) => {
    const { remotePort } = socket;
    if (remotePort === undefined) return;
    sockets.set(remotePort, socket);
    socket.once('close', () => sockets.delete(remotePort));
  });
  server.on('clientError', (_error, socket) => socket.destroy());
  const listening = await listen(server);
  return {
    ...addressOf(listening.port, options),
    port: listening.port,
    requests,
    get connections() {
      return listening.connections();
    },
    count(path) {
      if (path === undefined) return requests.length;
      return requests.filter((request) => (typeof path === 'string' ? request.path === path : request.path.search(path) !== -1)).length;
    },
    setFault(fault) {
      current = fault;
    },
    clear() {
      requests.length = 0;
    },
    close() {
      for (const timer of timers) clearTimeout(timer);
      return listening.close();
    },
  };
}

function describeDeadPort(dead: DeadPort, options: FaultServerOptions): FaultServer {
  let closing: Promise<void> | null = null;
  return {
    ...addressOf(dead.port, options),
    port: dead.port,
    requests: [],
    connections: 0,
    count: () => 0,
    setFault() {
      throw new Error('no request reaches this port: its fault cannot be changed');
    },
    clear: () => undefined,
    close: () => (closing ??= dead.close()),
  };
}

function addressOf(port: number, options: FaultServerOptions): { url: string; origin: string } {
  const origin = `${options.tls === undefined ? 'http' : 'https'}://${options.hostname ?? '127.0.0.1'}:${port}`;
  return { origin, url: origin + prefix };
}

function repositoryPathOf(url: string): string | null {
  const path = url.split('?', 1)[0] ?? '';
  if (!path.startsWith(prefix)) return null;
  try {
    return decodeURIComponent(path.slice(prefix.length));
  } catch {
    return null;
  }
}
