/**
 * The contract between the race and whatever moves bytes. One request, one answer; no retries, no fail-over,
 * no verification here.
 */
import type { AttemptOutcome } from '../../base/error.js';

/** Credentials for one origin. They are never sent to another one. */
export type Credentials =
  | Login
  /** Headers by lower-case name, besides a login or in place of one. */
  | { readonly kind: 'headers'; readonly headers: Readonly<Record<string, string>>; readonly login: Login | null };

export type Login =
  { readonly kind: 'basic'; readonly username: string; readonly password: string } | { readonly kind: 'bearer'; readonly token: string };

export interface TransportRequest {
  readonly url: URL;
  /** Ask for the bytes from here on (RFC 9110 section 14.2). A server may answer 200 with the whole. */
  readonly rangeFrom?: number | undefined;
  readonly credentials?: Credentials | undefined;
  /** The body may have no more bytes than this; more is the outcome `too-large`. */
  readonly maxBytes: number;
  /** Called when the request has been written: the race's clock starts here, not while it is queued. */
  readonly onWritten?: (() => void) | undefined;
  readonly signal: AbortSignal;
}

export interface TransportAnswer {
  readonly status: number;
  /** Lower-case names; repeated ones joined by ', '. */
  readonly headers: Readonly<Record<string, string>>;
  /** Where the answer came from, after redirects; no credentials in it. */
  readonly url: URL;
  /** True when every hop was https with a verified certificate (or a local file). */
  readonly secure: boolean;
  /** Address of the server that answered; undefined for a local file and behind a proxy. */
  readonly address?: { readonly host: string; readonly port: number } | undefined;
  /** Length the server announced, null when unknown. */
  readonly contentLength: number | null;
  /**
   * The bytes. Iterating throws TransportError on a cut, a stall, too many bytes, or fewer than announced.
   * Leaving the loop early closes the connection.
   */
  readonly body: AsyncIterable<Uint8Array>;
  /** Drops the answer and its socket. Safe to call twice. */
  cancel(): void;
}

export interface Transport {
  /** @throws {TransportError} for everything that is not an HTTP answer; an HTTP error status is an answer. */
  get(request: TransportRequest): Promise<TransportAnswer>;
  close(): Promise<void>;
}

/** `Symbol.for`: the command line's files have copies of their own of this class, which `instanceof` does not know. */
const brand = Symbol.for('clojars-fetch.transport-error');

/** Why no (whole) answer came. */
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

/** True for a {@link TransportError} of whichever copy of it. */
export function isTransportError(value: unknown): value is TransportError {
  return typeof value === 'object' && value !== null && brand in value;
}
