/** The contract between an exchange and the code that speaks HTTP on its connection. The clients of undici fulfil it too. */
import type { Readable } from 'node:stream';

export interface HttpConnection {
  /** Sends a request, and reports its answer to the handler. */
  dispatch(request: RequestHead, handler: AnswerHandler): boolean;
  /** Fails the requests under way, and closes the socket. */
  destroy(): Promise<void>;
  readonly destroyed: boolean;
}

export interface RequestHead {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  /** Path and query, or a whole URL for a proxy. */
  readonly path: string;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readable | null;
}

/** Controls a request that was begun. */
export interface RequestControl {
  pause(): void;
  resume(): void;
  /** Ends the request, and with it the connection (HTTP/2: the stream). */
  abort(error: Error): void;
}

/** Headers by name: a repeated one as a list, or in one line with commas (RFC 9110 section 5.3); each character of a value is one byte. */
export type RawHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** Hears about a request. The last call is either that of the end or that of an error. */
export interface AnswerHandler {
  /** The request is written now. */
  onRequestStart(control: RequestControl): void;
  onResponseStart(control: RequestControl, status: number, headers: RawHeaders, statusText?: string): void;
  onResponseData(control: RequestControl, chunk: Buffer): void;
  onResponseEnd(): void;
  onResponseError(control: RequestControl, error: Error): void;
}
