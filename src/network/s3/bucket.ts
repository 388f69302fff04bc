/** Sends requests to one bucket: signed or not, in its region, with credentials that are still good. */
import type { CancelSignal } from '../../base/async/cancellation.js';
import { untilAborted } from '../../base/async/until-aborted.js';
import { parseHttpDate } from '../transport/contract/retry-after.js';
import {
  type HttpRequest,
  type HttpSender,
  type RequestBody,
  type TransportAnswer,
  TransportError,
  type TransportRequest,
} from '../transport/contract/transport.js';
import { CredentialStore } from './credentials/credential-store.js';
import type { CredentialPlaces, S3Credentials } from './credentials/credentials.js';
import { readProfile } from './credentials/profile.js';
import { isRegionName, type S3Location, writeS3Url } from './location.js';
import { firstRegion, objectUrl, type Query } from './object-url.js';
import { readS3Error, type S3Error } from './s3-error.js';
import { emptySha256, RequestSigner } from './sign.js';

export interface BucketOptions {
  readonly http: HttpSender;
  readonly places: CredentialPlaces;
  /** Signs in place of what the location names. */
  readonly credentials?: S3Credentials | undefined;
}

export interface BucketRequest extends Pick<
  TransportRequest,
  'maxBytes' | 'signal' | 'rangeFrom' | 'unlessMatches' | 'onWritten' | 'waitsOn' | 'via'
> {
  readonly method: HttpRequest['method'];
  /** The whole key; empty for the bucket itself. */
  readonly key: string;
  readonly query?: Query | undefined;
  /** By lower-case name. The signature covers them. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** With its SHA-256 in hex, which the signature covers. */
  readonly body?: (RequestBody & { readonly sha256: string }) | undefined;
}

/** An answer, and the error that it tells: then its body has been read. */
export interface BucketAnswer {
  readonly answer: TransportAnswer;
  readonly error: S3Error | null;
}

/** Answers without the document of an error: 304 has no body, and 416 is answered by the caller's next request. */
const plainStatuses = new Set([200, 204, 206, 304, 416]);
const expiredCodes = new Set(['ExpiredToken', 'InvalidToken', 'TokenRefreshRequired']);
const wrongRegionCodes = new Set([
  'PermanentRedirect',
  'TemporaryRedirect',
  'AuthorizationHeaderMalformed',
  'IllegalLocationConstraintException',
]);

/** A difference of clocks that signatures bear. */
const toleratedSkewMs = 2000;

/** Things that a request may put right, once each, before it is sent again. */
interface Corrections {
  region: boolean;
  credentials: boolean;
  clock: boolean;
}

export class S3Bucket {
  readonly location: S3Location;
  readonly #http: HttpSender;
  readonly #places: CredentialPlaces;
  readonly #store: Pick<CredentialStore, 'get' | 'forget'>;
  readonly #signer = new RequestSigner();
  #region: string | null;
  /** The server's clock minus this machine's, in milliseconds, as far as it is known: signatures must be dated right. */
  #clockAheadMs = 0;
  #hasToldTime = false;

  constructor(location: S3Location, { http, places, credentials }: BucketOptions) {
    this.location = location;
    this.#http = http;
    this.#places = places;
    this.#region = location.region;
    this.#store =
      credentials === undefined
        ? new CredentialStore(places, location, http)
        : { get: () => Promise.resolve(credentials), forget: () => undefined };
  }

  /**
   * Sends a request. Follows the bucket to another region, renews expired credentials, and corrects the clock, each once.
   * @throws {TransportError} if no answer came, there are no credentials, or the key has no URL.
   */
  async request(request: BucketRequest): Promise<BucketAnswer> {
    const corrections: Corrections = { region: false, credentials: false, clock: false };
    for (;;) {
      const region = (this.#region ??= this.#presumedRegion());
      const credentials = await this.#credentials(request.signal);
      const answer = await this.#http.send(await this.#signed(request, region, credentials));
      const skewMs = this.#readClock(answer);
      if (plainStatuses.has(answer.status)) return { answer, error: null };
      const error = await readS3Error(answer);
      if (!this.#correct(error, { region, credentials, skewMs }, corrections)) {
        this.#verifyNoRedirect(error);
        return { answer, error };
      }
    }
  }

  /** The present time by the server's clock, in epoch milliseconds. */
  now(): number {
    return this.#places.now() + this.#clockAheadMs;
  }

  /** Whether an answer has told the server's time. */
  get hasToldTime(): boolean {
    return this.#hasToldTime;
  }

  /** Names a key of the bucket in messages. */
  show(key: string): string {
    return `s3://${this.location.bucket}/${key}`;
  }

  async #credentials(signal: CancelSignal): Promise<S3Credentials | null> {
    try {
      return await untilAborted(this.#store.get(signal), signal);
    } catch (error) {
      if (signal.aborted) throw new TransportError('aborted', 'aborted', { cause: signal.reason });
      throw error;
    }
  }

  async #signed(request: BucketRequest, region: string, credentials: S3Credentials | null): Promise<HttpRequest> {
    const { method, key, query, headers = {}, body, ...rest } = request;
    const url = this.#urlOf(region, key, query);
    const sha256 = body?.sha256 ?? emptySha256;
    if (credentials === null) return { ...rest, method, url, headers, body };
    const nowMs = this.now();
    return { ...rest, method, url, headers: await this.#signer.sign({ method, url, headers, sha256 }, region, credentials, nowMs), body };
  }

  #urlOf(region: string, key: string, query: Query | undefined): URL {
    try {
      return objectUrl(this.location, region, key, query);
    } catch (error) {
      throw new TransportError('io', error instanceof Error ? error.message : 'no URL can name the key', { cause: error });
    }
  }

  #presumedRegion(): string {
    const { env } = this.#places;
    const candidates = [env['AWS_REGION'], env['AWS_DEFAULT_REGION'], this.#profileRegion()];
    return candidates.find((name) => name !== undefined && isRegionName(name)) ?? firstRegion;
  }

  #profileRegion(): string | undefined {
    const { credentials, profile } = this.location;
    if (credentials !== 'default' && credentials !== 'profile') return undefined;
    return readProfile(this.#places, profile).settings?.get('region');
  }

  /** Learns from an error. Whether the request is worth sending again. */
  #correct(
    error: S3Error,
    used: { readonly region: string; readonly credentials: S3Credentials | null; readonly skewMs: number },
    done: Corrections,
  ): boolean {
    const { status, code, region } = error;
    if (!done.region && isWrongRegion(error) && region !== null && region !== used.region && isRegionName(region)) {
      this.#region = region;
      return (done.region = true);
    }
    if (used.credentials === null) return false;
    if (!done.credentials && code !== null && expiredCodes.has(code)) {
      this.#store.forget(used.credentials);
      return (done.credentials = true);
    }
    // Only if the answer told that the clock was wrong.
    return !done.clock && status === 403 && code === 'RequestTimeTooSkewed' && used.skewMs !== 0 && (done.clock = true);
  }

  /** Learns the server's clock. Returns how much it differs from what was believed. */
  #readClock({ headers }: TransportAnswer): number {
    const serverMs = parseHttpDate(headers['date'] ?? '', this.now());
    if (serverMs === null) return 0;
    this.#hasToldTime = true;
    const skewMs = serverMs - this.now();
    // The header tells full seconds.
    if (Math.abs(skewMs) < toleratedSkewMs) return 0;
    this.#clockAheadMs += skewMs;
    return skewMs;
  }

  #verifyNoRedirect({ status, message }: S3Error): void {
    if (status < 300 || status >= 400) return;
    throw new TransportError('redirect', `${writeS3Url(this.location)}: the bucket is elsewhere (${message})`, { status });
  }
}

function isWrongRegion({ status, code }: S3Error): boolean {
  if (status === 301 || status === 307) return true;
  return status === 400 && (code === null || wrongRegionCodes.has(code));
}
