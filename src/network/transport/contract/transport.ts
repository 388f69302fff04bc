/**
 * The contract between the race and the code that moves bytes. One request, one answer: no retries, no fail-over and
 * no verification.
 */
import type { CancelSignal } from '../../../base/async/cancellation.js';
import type { AttemptOutcome } from '../../../base/error.js';
import type { Validator } from './validator.js';

/** Credentials for one origin, never sent to another. */
export type Credentials =
  | Login
  /** Headers by lower-case name, with a login or in place of one. */
  | { readonly kind: 'headers'; readonly headers: Readonly<Record<string, string>>; readonly login: Login | null };

export type Login =
  { readonly kind: 'basic'; readonly username: string; readonly password: string } | { readonly kind: 'bearer'; readonly token: string };

export interface TransportRequest {
  readonly url: URL;
  /** Asks for the bytes from this offset on (RFC 9110 section 14.2). A server may answer 200 with the whole file. */
  readonly rangeFrom?: number | undefined;
  /** Asks for the whole file as a range, `bytes=0-`: servers that count downloads count only answers with status 200. Default false. */
  readonly asRange?: boolean | undefined;
  /**
   * Asks for the body only if it has changed since this server gave the validator (RFC 9110 section 13.1). If it has not, the answer is
   * 304 without a body. A server may ignore it.
   */
  readonly unlessMatches?: Validator | undefined;
  readonly credentials?: Credentials | undefined;
  /** Asks for the headers alone; redirects are followed all the same. A server may not allow it. Default false. */
  readonly isHead?: boolean | undefined;
  /** Further headers, by lower-case name. Default: none. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** The proxies through which the request came, as in the header Via, for a transport that adds a name of its own. Default: none. */
  readonly via?: string | undefined;
  /** Most bytes of the body. A larger body is the outcome `too-large`. */
  readonly maxBytes: number;
  /** Called once the request is written: the race's clock starts here, not while the request is queued. */
  readonly onWritten?: (() => void) | undefined;
  /**
   * Asked whenever the time for the first byte has passed. True waits on, since no other mirror is left to ask and a
   * repository manager that fetches on demand may be slow. Default: never.
   */
  readonly waitsOn?: (() => boolean) | undefined;
  /**
   * Whether the canonical operator runs the mirror. A bucket that may not be listed answers 403 for a missing file, which is then believed.
   * Default: false.
   */
  readonly isCanonical?: boolean | undefined;
  readonly signal: CancelSignal;
}

/** A request that may also write. Its redirects are answers: only the sender knows whether the other place may see the request. */
export interface HttpRequest extends TransportRequest {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: RequestBody | undefined;
}

export interface RequestBody {
  readonly bytes: number;
  /** Begins to read the bytes; again if the request must be sent again. */
  open(): AsyncIterable<Uint8Array>;
}

export interface TransportAnswer {
  readonly status: number;
  /** Whether a 404 says that a repository manager cannot ask its own upstream: nothing is known about the file. Default: false. */
  readonly isUpstreamBlocked?: boolean | undefined;
  /** Lower-case names; repeated ones joined by ', '. */
  readonly headers: Readonly<Record<string, string>>;
  /** The URL that answered, after redirects; without credentials. */
  readonly url: URL;
  /** True if every hop was https with a verified certificate, or a local file. */
  readonly secure: boolean;
  /** Address of the server that answered; undefined for a local file and behind a proxy. */
  readonly address?: { readonly host: string; readonly port: number } | undefined;
  /** The length that the server announced; null if unknown. */
  readonly contentLength: number | null;
  /**
   * The bytes. Iterating throws a TransportError if the body is cut off, stalls, is too large, or is shorter than
   * announced. Leaving the loop early closes the connection.
   */
  readonly body: AsyncIterable<Uint8Array>;
  /**
   * Returns the whole body at once if it has arrived; otherwise null, and the body must be iterated. Spares the promises of a
   * loop for small answers, which mostly come in one piece with their headers.
   */
  readonly takeWhole?: (() => Uint8Array | null) | undefined;
  /** Drops the answer and its socket. Safe to call twice. */
  cancel(): void;
}

export interface Transport {
  /** @throws {TransportError} if no HTTP answer came; an HTTP error status is an answer. */
  get(request: TransportRequest): Promise<TransportAnswer>;
  /**
   * Opens connections for requests that may follow soon, until there are this many to the server. A failure is not reported: the first
   * request meets it again.
   */
  connectAhead?(url: URL, connections: number): void;
  close(): Promise<void>;
}

/** A transport that can also write. */
export interface HttpSender extends Transport {
  /**
   * Sends one request to http or https, and follows no redirect.
   * @throws {TransportError} if no HTTP answer came.
   */
  send(request: HttpRequest): Promise<TransportAnswer>;
}

/** `Symbol.for`, since the command line's files contain copies of this class that `instanceof` does not recognize. */
const brand = Symbol.for('clojars-fetch.transport-error');

/** The reason why no answer came, or only part of one. */
export class TransportError extends Error {
  override readonly name = 'TransportError';
  readonly outcome: AttemptOutcome;
  readonly status: number | null;
  readonly [brand] = true;

  constructor(outcome: AttemptOutcome, message: string, options: { cause?: unknown; status?: number | undefined } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.outcome = outcome;
    this.status = options.status ?? null;
  }
}

/** Whether `value` is a {@link TransportError}, from any copy of the class. */
export function isTransportError(value: unknown): value is TransportError {
  return typeof value === 'object' && value !== null && brand in value;
}
