/**
 * A strict S3 server in memory. It checks signatures by itself, lists in the order of bytes with tokens that mean nothing, refuses what does
 * not have the digests that were announced, and answers with errors on demand.
 */
import { createHash, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

import { listen, type Listening } from '../listening.js';
import { element, S3Refusal } from './refusal.js';
import { type ServerKey, verifySignature } from './signature.js';

export interface StoredObject {
  readonly body: Buffer;
  readonly etag: string;
  readonly contentType: string;
  readonly lastModified: Date;
  /** The names and values of x-amz-meta- headers, in lower case. */
  readonly metadata: Readonly<Record<string, string>>;
}

export interface S3ServerOptions {
  /** Default `bucket`. */
  readonly bucket?: string;
  /** Default `eu-central-1`. */
  readonly region?: string;
  readonly files?: ReadonlyMap<string, Buffer>;
  /** Access key ids and their keys. Default: `AKIDTEST` with the secret `secret/Key+1`. */
  readonly keys?: ReadonlyMap<string, ServerKey>;
  /** Rights of requests without a signature. Default: nothing. */
  readonly anonymous?: 'nothing' | 'get' | 'get-and-list';
  /** Whether signed requests may list. Default true. */
  readonly listable?: boolean;
  /** Fate of conditional PUTs: `ignored` as old servers do, `refused` with 501 as Swift does. Default `honoured`. */
  readonly conditions?: 'honoured' | 'ignored' | 'refused';
  /** Keys on a page, whatever the request says. Default 1,000. */
  readonly pageSize?: number;
  /** Whether the server knows `encoding-type=url`. Default true. */
  readonly encodes?: boolean;
  /** Refuses a request before anything else is looked at. */
  readonly refuse?: (request: S3ServerRequest) => S3Refusal | null;
  /** Requests that are never answered. */
  readonly ignores?: (request: S3ServerRequest) => boolean;
  /** Answers a listing with something else. */
  readonly listing?: (request: S3ServerRequest) => string | Buffer | null;
  /** Called after each change of an object. */
  readonly onChange?: (key: string) => void;
  readonly now?: () => number;
}

export interface S3ServerRequest {
  readonly method: string;
  readonly key: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  /** The access key id of a right signature. */
  readonly signedBy: string | null;
}

export interface S3Server extends Listening {
  /** `http://127.0.0.1:PORT` */
  readonly endpoint: string;
  readonly objects: Map<string, StoredObject>;
  readonly requests: S3ServerRequest[];
  /** Uploads in parts that were neither completed nor aborted. */
  readonly uploads: ReadonlyMap<string, unknown>;
  /** A URL of the bucket as a source, a target or a mirror. */
  url(prefix?: string, parameters?: string): string;
}

interface Upload {
  readonly key: string;
  readonly parts: Map<number, { readonly body: Buffer; readonly etag: string }>;
  readonly contentType: string;
}

interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

const partMinBytes = 5 * 1024 * 1024;
const defaultKeys: ReadonlyMap<string, ServerKey> = new Map([['AKIDTEST', { secretAccessKey: 'secret/Key+1' }]]);

/** The environment of a user of the default key. */
export const testKeyEnvironment = { AWS_ACCESS_KEY_ID: 'AKIDTEST', AWS_SECRET_ACCESS_KEY: 'secret/Key+1' };

export async function startS3Server(options: S3ServerOptions = {}): Promise<S3Server> {
  const server = new Server(options);
  const listening = await listen(createServer((request, response) => void server.answer(request, response)));
  const { bucket = 'bucket', region = 'eu-central-1' } = options;
  const endpoint = `http://127.0.0.1:${listening.port}`;
  return {
    ...listening,
    endpoint,
    objects: server.objects,
    requests: server.requests,
    uploads: server.uploads,
    url: (prefix = '', parameters = `region=${region}`) =>
      `s3://${bucket}/${prefix}?${[parameters, `endpoint=${encodeURIComponent(endpoint)}`].filter((part) => part !== '').join('&')}`,
  };
}

class Server {
  readonly objects = new Map<string, StoredObject>();
  readonly requests: S3ServerRequest[] = [];
  readonly uploads = new Map<string, Upload>();
  readonly #options: S3ServerOptions;
  readonly #tokens = new Map<string, string>();

  constructor(options: S3ServerOptions) {
    this.#options = options;
    for (const [key, body] of options.files ?? []) this.#store(key, body, {});
  }

  async answer(message: IncomingMessage, response: ServerResponse): Promise<void> {
    let answer: Answer | null;
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of message) if (Buffer.isBuffer(chunk)) chunks.push(chunk);
      answer = this.#answerTo(message, Buffer.concat(chunks));
    } catch (error) {
      if (!(error instanceof S3Refusal)) return void response.destroy();
      answer = { status: error.status, headers: { 'content-type': 'application/xml', ...error.headers }, body: error.document };
    }
    if (answer === null) return;
    const { status, headers = {}, body = '' } = answer;
    const date = new Date((this.#options.now ?? Date.now)()).toUTCString();
    response.writeHead(status, { 'x-amz-request-id': 'TEST', date, 'content-length': Buffer.byteLength(body), ...headers });
    response.end(message.method === 'HEAD' || status === 304 || status === 204 ? undefined : body);
  }

  /** Null if it is not answered. */
  #answerTo(message: IncomingMessage, body: Buffer): Answer | null {
    const { keys = defaultKeys, region = 'eu-central-1', now = Date.now } = this.#options;
    const { bucket, key, query } = this.#target(message);
    const unsigned = { method: message.method ?? '', key, query, headers: message.headers, signedBy: null };
    const refusal = this.#options.refuse?.(unsigned) ?? null;
    if (refusal !== null) {
      this.requests.push(unsigned);
      throw refusal;
    }
    if (this.#options.ignores?.(unsigned) === true) return null;
    const request: S3ServerRequest = { ...unsigned, signedBy: verifySignature(message, keys, region, now()) };
    this.requests.push(request);
    if (bucket !== (this.#options.bucket ?? 'bucket')) throw new S3Refusal(404, 'NoSuchBucket', 'The specified bucket does not exist');
    verifyBody(message, body, request.signedBy !== null);
    return this.#route(request, body);
  }

  /** Path style, or the bucket as the first label of the host. */
  #target(message: IncomingMessage): { bucket: string; key: string; query: URLSearchParams } {
    const [path = '', search = ''] = (message.url ?? '/').split(/\?(.*)/s);
    if (/[^A-Za-z0-9._~/%-]/.test(path)) throw new S3Refusal(400, 'InvalidURI', 'The path has characters that are not encoded.');
    const query = new URLSearchParams(search);
    const text = decodeURIComponent(path).slice(1);
    const host = (message.headers.host ?? '').replace(/:\d+$/, '');
    if (/^[a-z]/.test(host) && host.includes('.')) return { bucket: host.split('.')[0] ?? '', key: text, query };
    const [bucket = '', key = ''] = text.split(/\/(.*)/s);
    return { bucket, key, query };
  }

  #route(request: S3ServerRequest, body: Buffer): Answer {
    const { method, key, query } = request;
    if (key === '') {
      if (method === 'GET' && query.has('location')) return this.#location(request);
      if (method === 'HEAD') return this.#headBucket(request);
      if (method === 'GET') return this.#list(request);
      if (method === 'POST' && query.has('delete')) return this.#deleteMany(request, body);
    } else if (method === 'GET' || method === 'HEAD') return this.#get(request);
    else if (request.signedBy === null) throw denied();
    else if (method === 'PUT' && query.has('partNumber')) return this.#putPart(request, body);
    else if (method === 'PUT') return this.#put(request, body);
    else if (method === 'POST' && query.has('uploads')) return this.#beginUpload(request);
    else if (method === 'POST' && query.has('uploadId')) return this.#completeUpload(request, body.toString());
    else if (method === 'DELETE') return this.#delete(request);
    throw new S3Refusal(501, 'NotImplemented', 'A header or a method is not implemented.');
  }

  #mayList({ signedBy }: S3ServerRequest): boolean {
    return signedBy === null ? this.#options.anonymous === 'get-and-list' : this.#options.listable !== false;
  }

  #get(request: S3ServerRequest): Answer {
    const { key, headers, signedBy } = request;
    if (signedBy === null && (this.#options.anonymous ?? 'nothing') === 'nothing') throw denied();
    const object = this.objects.get(key);
    if (object === undefined)
      throw this.#mayList(request) ? new S3Refusal(404, 'NoSuchKey', 'The specified key does not exist.', { Key: key }) : denied();
    const { body, etag, contentType, lastModified, metadata } = object;
    const common = { etag: `"${etag}"`, 'last-modified': lastModified.toUTCString(), ...metadata };
    if (headers['if-none-match'] === `"${etag}"`) return { status: 304, headers: common };
    const range = /^bytes=(\d+)-(\d*)$/.exec(headers.range ?? '');
    if (!range) return { status: 200, headers: { ...common, 'content-type': contentType }, body };
    const from = Number(range[1]);
    const to = range[2] === '' ? body.length : Math.min(body.length, Number(range[2]) + 1);
    if (from >= body.length) throw new S3Refusal(416, 'InvalidRange', 'The requested range is not satisfiable');
    return {
      status: 206,
      headers: { ...common, 'content-type': contentType, 'content-range': `bytes ${from}-${to - 1}/${body.length}` },
      body: body.subarray(from, to),
    };
  }

  #headBucket(request: S3ServerRequest): Answer {
    if (!this.#mayList(request)) throw denied();
    return { status: 200, headers: { 'x-amz-bucket-region': this.#options.region ?? 'eu-central-1' } };
  }

  #location(request: S3ServerRequest): Answer {
    if (!this.#mayList(request)) throw denied();
    return xml(
      `<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${this.#options.region ?? 'eu-central-1'}</LocationConstraint>`,
    );
  }

  #list(request: S3ServerRequest): Answer {
    if (!this.#mayList(request)) throw denied();
    const other = this.#options.listing?.(request) ?? null;
    if (other !== null) return { status: 200, headers: { 'content-type': 'application/xml' }, body: other };
    const { query } = request;
    const isNewer = query.get('list-type') === '2';
    const prefix = query.get('prefix') ?? '';
    const delimiter = query.get('delimiter') ?? '';
    const after = this.#startOf(query, isNewer);
    const size = Math.min(this.#options.pageSize ?? 1000, Number(query.get('max-keys') ?? 1000), 1000);
    const entries = new Map<string, StoredObject | null>();
    let isTruncated = false;
    for (const key of [...this.objects.keys()].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))) {
      if (!key.startsWith(prefix)) continue;
      const cut = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
      const entry = cut < 0 ? key : key.slice(0, cut + delimiter.length);
      if (entries.has(entry) || Buffer.compare(Buffer.from(entry), Buffer.from(after)) <= 0) continue;
      if (entries.size >= size) {
        isTruncated = true;
        break;
      }
      entries.set(entry, cut < 0 ? (this.objects.get(key) ?? null) : null);
    }
    return xml(this.#listingDocument(query, entries, { isNewer, isTruncated, size }));
  }

  #listingDocument(
    query: URLSearchParams,
    entries: ReadonlyMap<string, StoredObject | null>,
    { isNewer, isTruncated, size }: { readonly isNewer: boolean; readonly isTruncated: boolean; readonly size: number },
  ): string {
    const encodes = query.get('encoding-type') === 'url' && this.#options.encodes !== false;
    const write = (text: string): string => (encodes ? encodeURIComponent(text).replaceAll('%2F', '/').replaceAll('%20', '+') : text);
    const last = [...entries.keys()].at(-1) ?? '';
    const parts = [
      element('Name', this.#options.bucket ?? 'bucket'),
      element('Prefix', write(query.get('prefix') ?? '')),
      element('MaxKeys', size),
      ...(query.has('delimiter') ? [element('Delimiter', write(query.get('delimiter') ?? ''))] : []),
      ...(encodes ? [element('EncodingType', 'url')] : []),
      element('IsTruncated', String(isTruncated)),
      ...(isNewer ? [element('KeyCount', entries.size)] : [element('Marker', query.get('marker') ?? '')]),
    ];
    if (isTruncated) parts.push(isNewer ? element('NextContinuationToken', this.#token(last)) : element('NextMarker', write(last)));
    for (const [entry, object] of entries) {
      if (object === null) parts.push(`<CommonPrefixes>${element('Prefix', write(entry))}</CommonPrefixes>`);
      else {
        const { etag, body, lastModified } = object;
        const fields = [element('Key', write(entry)), element('LastModified', lastModified.toISOString()), element('ETag', `"${etag}"`)];
        parts.push(`<Contents>${fields.join('')}${element('Size', body.length)}${element('StorageClass', 'STANDARD')}</Contents>`);
      }
    }
    return `<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${parts.join('')}</ListBucketResult>`;
  }

  /** A token is random, has characters that must be encoded, and is good once more than needed. */
  #token(key: string): string {
    const token = `${randomBytes(12).toString('base64')}+/=&`;
    this.#tokens.set(token, key);
    return token;
  }

  #startOf(query: URLSearchParams, isNewer: boolean): string {
    if (!isNewer) return query.get('marker') ?? '';
    const token = query.get('continuation-token');
    if (token === null) return query.get('start-after') ?? '';
    const key = this.#tokens.get(token);
    if (key === undefined) throw new S3Refusal(400, 'InvalidArgument', 'The continuation token provided is incorrect');
    return key;
  }

  #put(request: S3ServerRequest, body: Buffer): Answer {
    const { key, headers } = request;
    this.#verifyCondition(key, headers);
    const source = headers['x-amz-copy-source'];
    if (typeof source === 'string') {
      const from = this.objects.get(decodeURIComponent(source).replace(/^\/?[^/]+\//, ''));
      if (from === undefined) throw new S3Refusal(404, 'NoSuchKey', 'The specified key does not exist.');
      const copied = this.#store(key, from.body, headers, from.contentType);
      return xml(
        `<CopyObjectResult>${element('ETag', `"${copied.etag}"`)}${element('LastModified', copied.lastModified.toISOString())}</CopyObjectResult>`,
      );
    }
    return { status: 200, headers: { etag: `"${this.#store(key, body, headers).etag}"` } };
  }

  #verifyCondition(key: string, headers: IncomingMessage['headers']): void {
    const absent = headers['if-none-match'];
    const same = headers['if-match'];
    if (absent === undefined && same === undefined) return;
    const { conditions = 'honoured' } = this.#options;
    if (conditions === 'refused')
      throw new S3Refusal(501, 'NotImplemented', 'A header you provided implies functionality that is not implemented.');
    if (conditions === 'ignored') return;
    const object = this.objects.get(key);
    const failed = (absent === '*' && object !== undefined) || (same !== undefined && same !== `"${object?.etag ?? ''}"`);
    if (absent !== undefined && absent !== '*') throw new S3Refusal(501, 'NotImplemented', 'If-None-Match takes * only.');
    if (failed) throw new S3Refusal(412, 'PreconditionFailed', 'At least one of the pre-conditions you specified did not hold');
  }

  #store(key: string, body: Buffer, headers: IncomingMessage['headers'], contentType?: string, etag = md5(body)): StoredObject {
    const metadata = Object.entries(headers).filter(([name]) => name.startsWith('x-amz-meta-'));
    const object: StoredObject = {
      body,
      etag,
      contentType: contentType ?? headers['content-type'] ?? 'binary/octet-stream',
      lastModified: new Date((this.#options.now ?? Date.now)()),
      metadata: Object.fromEntries(metadata.map(([name, value]) => [name, String(value)])),
    };
    this.objects.set(key, object);
    this.#options.onChange?.(key);
    return object;
  }

  #beginUpload({ key, headers }: S3ServerRequest): Answer {
    const id = `${randomBytes(9).toString('base64')}+=`;
    this.uploads.set(id, { key, parts: new Map(), contentType: headers['content-type'] ?? 'binary/octet-stream' });
    return xml(
      `<InitiateMultipartUploadResult>${element('Bucket', 'bucket')}${element('Key', key)}${element('UploadId', id)}</InitiateMultipartUploadResult>`,
    );
  }

  #uploadOf({ key, query }: S3ServerRequest): Upload {
    const upload = this.uploads.get(query.get('uploadId') ?? '');
    if (upload?.key !== key) throw new S3Refusal(404, 'NoSuchUpload', 'The specified upload does not exist.');
    return upload;
  }

  #putPart(request: S3ServerRequest, body: Buffer): Answer {
    const upload = this.#uploadOf(request);
    const number = Number(request.query.get('partNumber'));
    if (!(Number.isInteger(number) && number >= 1 && number <= 10_000))
      throw new S3Refusal(400, 'InvalidArgument', 'Part number must be 1 to 10,000.');
    const etag = md5(body);
    upload.parts.set(number, { body, etag });
    return { status: 200, headers: { etag: `"${etag}"` } };
  }

  #completeUpload(request: S3ServerRequest, document: string): Answer {
    const { key, query, headers } = request;
    const upload = this.#uploadOf(request);
    this.#verifyCondition(key, headers);
    const listed = [...document.matchAll(/<Part>(.*?)<\/Part>/gs)].map(([, part = '']) => ({
      number: Number(/<PartNumber>\s*(\d+)/.exec(part)?.[1]),
      etag: /<ETag>\s*(?:&quot;|&#34;|")?([0-9a-f]{32})/.exec(part)?.[1],
    }));
    const bodies: Buffer[] = [];
    for (const [index, { number, etag }] of listed.entries()) {
      const part = upload.parts.get(number);
      if (part === undefined || part.etag !== etag)
        throw new S3Refusal(400, 'InvalidPart', 'A part could not be found, or has another ETag.');
      if (index > 0 && number <= (listed[index - 1]?.number ?? 0))
        throw new S3Refusal(400, 'InvalidPartOrder', 'The list of parts was not in ascending order.');
      if (index < listed.length - 1 && part.body.length < partMinBytes)
        throw new S3Refusal(400, 'EntityTooSmall', 'A part is smaller than the minimum.');
      bodies.push(part.body);
    }
    if (bodies.length === 0) throw new S3Refusal(400, 'MalformedXML', 'No part is listed.');
    this.uploads.delete(query.get('uploadId') ?? '');
    const etag = `${md5(Buffer.concat(listed.map((part) => Buffer.from(part.etag ?? '', 'hex'))))}-${listed.length}`;
    this.#store(key, Buffer.concat(bodies), {}, upload.contentType, etag);
    return xml(`<CompleteMultipartUploadResult>${element('Key', key)}${element('ETag', `"${etag}"`)}</CompleteMultipartUploadResult>`);
  }

  #delete(request: S3ServerRequest): Answer {
    const { key, query } = request;
    if (query.has('uploadId')) {
      this.#uploadOf(request);
      this.uploads.delete(query.get('uploadId') ?? '');
    } else if (this.objects.delete(key)) this.#options.onChange?.(key);
    return { status: 204 };
  }

  #deleteMany({ signedBy, headers }: S3ServerRequest, body: Buffer): Answer {
    if (signedBy === null) throw denied();
    if (headers['content-md5'] === undefined) throw new S3Refusal(400, 'InvalidRequest', 'Content-MD5 is missing.');
    const keys = [...body.toString().matchAll(/<Key>(.*?)<\/Key>/gs)].map(([, key = '']) => key.replaceAll('&amp;', '&'));
    for (const key of keys) this.objects.delete(key);
    return xml(`<DeleteResult>${keys.map((key) => `<Deleted>${element('Key', key)}</Deleted>`).join('')}</DeleteResult>`);
  }
}

/** Compares the body with the digests that the request announces. */
function verifyBody({ headers }: IncomingMessage, body: Buffer, isSigned: boolean): void {
  const announced = headers['x-amz-content-sha256'];
  if (isSigned && announced === undefined) throw new S3Refusal(400, 'InvalidRequest', 'Missing required header: x-amz-content-sha256');
  if (typeof announced === 'string' && announced !== 'UNSIGNED-PAYLOAD' && announced !== createHash('sha256').update(body).digest('hex')) {
    throw new S3Refusal(400, 'XAmzContentSHA256Mismatch', "The provided 'x-amz-content-sha256' header does not match what was computed.");
  }
  const digest = headers['content-md5'];
  if (digest === undefined) return;
  if (Buffer.from(String(digest), 'base64').length !== 16)
    throw new S3Refusal(400, 'InvalidDigest', 'The Content-MD5 you specified is not valid.');
  if (digest !== createHash('md5').update(body).digest('base64'))
    throw new S3Refusal(400, 'BadDigest', 'The Content-MD5 you specified did not match.');
}

function denied(): S3Refusal {
  return new S3Refusal(403, 'AccessDenied', 'Access Denied');
}

function xml(body: string): Answer {
  return { status: 200, headers: { 'content-type': 'application/xml' }, body: `<?xml version="1.0" encoding="UTF-8"?>\n${body}` };
}

function md5(body: Buffer): string {
  return createHash('md5').update(body).digest('hex');
}
