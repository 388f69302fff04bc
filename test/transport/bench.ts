/** A workbench with transports, and servers that speak HTTP/2. */
import type { RequestListener } from 'node:http';
import { createSecureServer, type ServerHttp2Session } from 'node:http2';

import {
  type Transport,
  type TransportAnswer,
  TransportError,
  type TransportRequest,
} from '../../src/network/transport/contract/transport.js';
import { createHttpTransport, type HttpTransportOptions } from '../../src/network/transport/http/http.js';
import type { ServerCertificate } from '../support/certificate.js';
import { type Running, testWith, Workbench } from '../support/workbench.js';

export class TransportBench extends Workbench {
  /** A transport that is closed at the end of the test. */
  transport(options: HttpTransportOptions = {}): Transport {
    const transport = createHttpTransport(options);
    this.atEnd(() => transport.close());
    return transport;
  }

  /** A server over HTTP/2, and HTTP/1.1 for clients that offer no other, on `localhost`. */
  http2(certificate: ServerCertificate, listener: RequestListener): Promise<Running> {
    const server = createSecureServer({ ...certificate, allowHTTP1: true });
    // The compatibility API takes the same listener; its types are wider than the classes that really arrive.
    server.on('request', listener as unknown as Parameters<typeof server.on>[1]);
    return this.listen(server, 'https://localhost');
  }

  /** HTTP/2 by the session, for a server that ends connections and refuses streams. */
  http2Sessions(certificate: ServerCertificate, onSession: (session: ServerHttp2Session) => void): Promise<Running> {
    const server = createSecureServer(certificate);
    server.on('session', (session) => {
      session.on('error', () => undefined);
      session.on('stream', (stream) => stream.on('error', () => undefined));
      onSession(session);
    });
    return this.listen(server, 'https://localhost');
  }
}

/** Vitest's `it` with a {@link TransportBench} as the fixture `bench`. */
export const it = testWith(() => new TransportBench());

export function request(url: URL | string, more: Partial<TransportRequest> = {}): TransportRequest {
  return { url: new URL(url), maxBytes: 16 * 1024 * 1024, signal: new AbortController().signal, ...more };
}

export async function bytesOf(answer: TransportAnswer): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of answer.body) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** The TransportError of a promise that must fail. */
export async function failureOf(promise: Promise<unknown>): Promise<TransportError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof TransportError) return error;
    throw error;
  }
  throw new Error('expected a TransportError');
}
