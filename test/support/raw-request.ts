/** A client that reports exactly what came over the wire, for the tests of the fault server itself. */
import http from 'node:http';
import https from 'node:https';

export interface RawAnswer {
  /** Null if no headers came. */
  readonly status: number | null;
  readonly headers: http.IncomingHttpHeaders;
  /** The part of the body that arrived. */
  readonly body: Buffer;
  /** `end`: complete. `cut`: closed too early. `quiet`: nothing more came, and the client gave up. Otherwise the error's code. */
  readonly ended: string;
}

export interface RawRequestOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly method?: string;
  readonly ca?: string;
  /** Gives up after this many milliseconds without headers. Default 30,000: a busy machine may take its time. */
  readonly patienceMs?: number;
  /** Gives up after this many milliseconds without a further byte of the body. Default 30,000. */
  readonly idleMs?: number;
  /** Stops reading after this many bytes. */
  readonly maxBytes?: number;
}

/** Makes one request on a connection of its own; never rejects. */
export function rawRequest(url: string, options: RawRequestOptions = {}): Promise<RawAnswer> {
  return new Promise((resolve) => {
    let status: number | null = null;
    let headers: http.IncomingHttpHeaders = {};
    const chunks: Buffer[] = [];
    let received = 0;
    let isFinished = false;
    const finish = (ended: string): void => {
      isFinished = true;
      clearTimeout(timer);
      request.destroy();
      resolve({ status, headers, body: Buffer.concat(chunks), ended });
    };
    const common = { agent: false as const, method: options.method ?? 'GET', headers: { ...options.headers } };
    const request = url.startsWith('https:')
      ? https.request(url, { ...common, ...(options.ca === undefined ? {} : { ca: options.ca }) })
      : http.request(url, common);
    let timer = setTimeout(() => finish('quiet'), options.patienceMs ?? 30_000);
    const restart = (): void => {
      clearTimeout(timer);
      if (isFinished) return;
      timer = setTimeout(() => finish('quiet'), options.idleMs ?? 30_000);
    };
    const fail = (error: NodeJS.ErrnoException): void => finish(error.code ?? error.message);
    request.on('error', fail);
    request.on('response', (response) => {
      status = response.statusCode ?? null;
      headers = response.headers;
      restart();
      response.on('error', (error: NodeJS.ErrnoException) => (error.message === 'aborted' ? finish('cut') : fail(error)));
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        restart();
        received += chunk.length;
        if (options.maxBytes !== undefined && received >= options.maxBytes) finish('enough');
      });
      response.on('end', () => finish('end'));
    });
    request.end();
  });
}
