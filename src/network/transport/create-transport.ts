/** Chooses the transport by the scheme of the URL. */
import { type HttpSender, type Transport, TransportError } from './contract/transport.js';
import { createFileTransport } from './file/file.js';
import { createHttpTransport, type HttpTransportOptions } from './http/http.js';

export interface CreateTransportOptions extends HttpTransportOptions {
  /** Transports for further schemes, such as `{ 's3:': … }`, which send their requests over http. They may also replace a built-in one. */
  readonly schemes?: Readonly<Record<string, (http: HttpSender) => Transport>> | undefined;
}

/** Creates a transport for http, https, file and the given schemes. Closing it closes all of them. */
export function createTransport(options: CreateTransportOptions = {}): HttpSender {
  const http = createHttpTransport(options);
  const transports = new Map<string, Transport>([
    ['http:', http],
    ['https:', http],
    ['file:', createFileTransport()],
  ]);
  for (const [scheme, create] of Object.entries(options.schemes ?? {})) transports.set(scheme, create(http));
  return {
    get(request) {
      const { protocol } = request.url;
      const transport = transports.get(protocol);
      return transport?.get(request) ?? Promise.reject(new TransportError('io', `${protocol} is not a scheme that can be fetched from`));
    },
    connectAhead: (url, connections) => transports.get(url.protocol)?.connectAhead?.(url, connections),
    send: (request) => http.send(request),
    async close() {
      await Promise.all([...new Set(transports.values())].map((transport) => transport.close()));
    },
  };
}
