/** Answers `s3:` URLs, so that a bucket in Maven's layout is a mirror like any other. */
import {
  type HttpSender,
  type Transport,
  type TransportAnswer,
  TransportError,
  type TransportRequest,
} from '../transport/contract/transport.js';
import { S3Bucket } from './bucket.js';
import { checkCredentials, credentialError, type CredentialPlaces, type S3Credentials } from './credentials/credentials.js';
import { parseS3Url, type S3Location } from './location.js';
import type { S3Error } from './s3-error.js';

/** How long a bucket's answer to a listing counts. */
const listingKnownMs = 10 * 60_000;
/** A server that asks for fewer requests does not always say for how long. */
const slowDownSeconds = '2';

/** A bucket, and whether the caller may list it. */
interface KnownBucket {
  readonly bucket: S3Bucket;
  listing: { readonly isForbidden: Promise<boolean>; readonly untilMs: number } | null;
}

/** A transport for `s3:` URLs, which sends its requests over `http`. Closing it leaves `http` open. */
export class S3Transport implements Transport {
  readonly #http: HttpSender;
  readonly #places: CredentialPlaces;
  readonly #buckets = new Map<string, KnownBucket>();

  constructor(http: HttpSender, places: CredentialPlaces) {
    this.#http = http;
    this.#places = places;
  }

  async get(request: TransportRequest): Promise<TransportAnswer> {
    const known = this.#bucketOf(request);
    const { url, credentials: _, isCanonical: __, ...rest } = request;
    const { answer, error } = await known.bucket.request({ ...rest, method: 'GET', key: keyOf(url) });
    if (error === null) return answer;
    const headers = error.code === 'SlowDown' ? { 'retry-after': slowDownSeconds, ...answer.headers } : answer.headers;
    return withoutBody(answer, { status: await this.#statusOf(error, known, request), headers });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** Returns the status that tells what the error means for the file. */
  async #statusOf(error: S3Error, known: KnownBucket, { url, isCanonical = false, signal }: TransportRequest): Promise<number> {
    const { status, code, message } = error;
    const where = known.bucket.show(keyOf(url));
    if (status === 404 && code !== null && code !== 'NoSuchKey') throw new TransportError('status', `${where}: ${message}`, { status });
    if (status !== 403 || isFolder(keyOf(url))) return status;
    // Without the right to list, S3 does not tell a missing key from a forbidden one. A bucket that is not canonical may just be closed.
    if (isCanonical && code === 'AccessDenied' && (await this.#isListingForbidden(known, signal))) return 404;
    throw new TransportError('status', `${where}: ${message}`, { status });
  }

  #isListingForbidden(known: KnownBucket, signal: TransportRequest['signal']): Promise<boolean> {
    const nowMs = this.#places.now();
    if (known.listing === null || known.listing.untilMs <= nowMs) {
      const isForbidden = mayNotList(known.bucket, signal);
      const listing = (known.listing = { isForbidden, untilMs: nowMs + listingKnownMs });
      isForbidden.catch(() => {
        if (known.listing === listing) known.listing = null;
      });
    }
    return known.listing.isForbidden;
  }

  #bucketOf({ url, credentials }: TransportRequest): KnownBucket {
    const own = ownCredentials(credentials);
    const name = `${url.host}${url.search} ${own === null ? '' : `${own.accessKeyId} ${own.secretAccessKey}`}`;
    const known = this.#buckets.get(name);
    if (known !== undefined) return known;
    const location = locationOf(url);
    const bucket = new S3Bucket(location, { http: this.#http, places: this.#places, credentials: own ?? undefined });
    const created: KnownBucket = { bucket, listing: null };
    this.#buckets.set(name, created);
    return created;
  }
}

async function mayNotList(bucket: S3Bucket, signal: TransportRequest['signal']): Promise<boolean> {
  const query = { 'list-type': '2', 'max-keys': '1', prefix: bucket.location.prefix };
  const { answer, error } = await bucket.request({ method: 'GET', key: '', query, maxBytes: 64 * 1024, signal });
  if (error === null) answer.cancel();
  return error?.status === 403 && error.code === 'AccessDenied';
}

/** A mirror's own login signs with the access key id as user name and the secret access key as password. */
function ownCredentials(credentials: TransportRequest['credentials']): S3Credentials | null {
  if (credentials === undefined) return null;
  if (credentials.kind !== 'basic')
    throw credentialError('a bucket takes an access key id and a secret access key, as user name and password');
  const { username, password } = credentials;
  return checkCredentials({ accessKeyId: username, secretAccessKey: password, sessionToken: null, expiresMs: null }, 'the mirror');
}

function locationOf(url: URL): S3Location {
  const parsed = parseS3Url(`s3://${url.host}/${url.search}`);
  if ('problem' in parsed) throw new TransportError('io', `${url.host}: ${parsed.problem}`);
  return parsed.location;
}

/** The base URL of a mirror is asked for only to see whether the server answers. */
function isFolder(key: string): boolean {
  return key === '' || key.endsWith('/');
}

function keyOf(url: URL): string {
  return decodeURIComponent(url.pathname.slice(1));
}

function withoutBody(answer: TransportAnswer, changed: Pick<TransportAnswer, 'status' | 'headers'>): TransportAnswer {
  return { ...answer, ...changed, contentLength: 0, body: { [Symbol.asyncIterator]: noBytes }, takeWhole: () => new Uint8Array() };
}

async function* noBytes(): AsyncGenerator<Uint8Array, void, undefined> {
  return;
}
