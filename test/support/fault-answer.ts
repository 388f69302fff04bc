/** Answers one request, either soundly or with the given behaviour. */
import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';

import type { Behaviour } from './fault.js';

/** The parts from which an answer is made. */
export interface AnswerContext {
  readonly files: ReadonlyMap<string, Buffer>;
  /** Repository path. */
  readonly path: string;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly extraHeaders: Readonly<Record<string, string>>;
  /** Sends RST on the connection, beneath TLS if there is any. */
  reset(): void;
  /** Runs later unless the server was closed first. */
  later(ms: number, action: () => void): void;
}

const portal = '<!DOCTYPE html><html><head><title>Sign in</title></head><body><h1>Sign in to the network</h1></body></html>\n';
/** Hashing 20 MiB for each request would make a sound mirror look late. */
const etags = new WeakMap<Buffer, string>();
const checksumName = /^(.*)\.(md5|sha1|sha256|sha512)$/;

/** Answers; null is a sound mirror, with Range. */
export function answer(context: AnswerContext, behaviour: Behaviour | null): void {
  const { response, path, request } = context;
  if (behaviour === null) return serve(context, null);
  if (typeof behaviour === 'object') {
    if ('delayMs' in behaviour) return context.later(behaviour.delayMs, () => serve(context, null));
    if ('redirect' in behaviour)
      return redirect(response, behaviour.redirect.endsWith('/') ? behaviour.redirect + path : behaviour.redirect);
    return sendStatus(response, behaviour.status, behaviour.retryAfter);
  }
  switch (behaviour) {
    case 'hang':
      return;
    case 'reset':
      return context.reset();
    case 'html':
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'content-length': Buffer.byteLength(portal) });
      response.end(portal);
      return;
    case 'redirect-loop':
      return redirect(response, request.url ?? '/');
    case 'redirect-http':
      return redirect(response, `http://insecure.invalid/repo/${path}`);
    case 'endless':
      return sendEndless(response);
    default:
      return serve(context, behaviour);
  }
}

type BodyBehaviour = Exclude<Extract<Behaviour, string>, 'hang' | 'reset' | 'html' | 'redirect-loop' | 'redirect-http' | 'endless'>;

function serve(context: AnswerContext, behaviour: BodyBehaviour | null): void {
  const { request, response } = context;
  const whole = selectBody(context, behaviour);
  if (whole === null) return sendStatus(response, 404);
  const range = selectRange(request.headers.range, whole.length);
  const headers: Record<string, string | number> = {
    'content-type': contentTypeOf(context.path),
    etag: etagOf(whole),
    'accept-ranges': 'bytes',
    ...context.extraHeaders,
  };
  if (behaviour === null && request.headers['if-none-match'] === headers['etag']) {
    response.writeHead(304, headers);
    response.end();
    return;
  }
  if (range === 'unsatisfiable') {
    response.writeHead(416, { ...headers, 'content-range': `bytes */${whole.length}`, 'content-length': 0 });
    response.end();
    return;
  }
  const isPartial = range !== null && (request.headers['if-range'] ?? headers['etag']) === headers['etag'];
  const body = isPartial ? whole.subarray(range.start, range.end + 1) : whole;
  const status = isPartial ? 206 : 200;
  if (isPartial) headers['content-range'] = `bytes ${range.start}-${range.end}/${whole.length}`;
  if (request.method === 'HEAD') {
    response.writeHead(status, { ...headers, 'content-length': body.length });
    response.end();
    return;
  }
  sendBody(context, behaviour, status, headers, body);
}

function etagOf(body: Buffer): string {
  let etag = etags.get(body);
  if (etag === undefined) {
    etag = `"${createHash('sha1').update(body).digest('hex')}"`;
    etags.set(body, etag);
  }
  return etag;
}

function sendBody(
  context: AnswerContext,
  behaviour: BodyBehaviour | null,
  status: number,
  headers: Record<string, string | number>,
  body: Buffer,
): void {
  const { request, response } = context;
  const half = body.subarray(0, body.length >> 1);
  const sized = { ...headers, 'content-length': body.length };
  switch (behaviour) {
    case 'hang-after-headers':
      response.writeHead(status, sized);
      response.flushHeaders();
      return;
    case 'hang-half-way':
      response.writeHead(status, sized);
      response.flushHeaders();
      response.write(half);
      return;
    case 'trickle':
      response.writeHead(status, sized);
      response.flushHeaders();
      return sendByteByByte(context, body, 0);
    case 'reset-half-way':
      response.writeHead(status, sized);
      // An RST overtakes bytes that the client has not yet read: give the half a moment to arrive.
      response.write(half, () => context.later(50, () => context.reset()));
      return;
    case 'truncate':
      response.writeHead(status, sized);
      response.write(half, () => request.socket.end());
      return;
    case 'truncate-chunked':
      response.writeHead(status, { ...headers, 'transfer-encoding': 'chunked' });
      response.write(half, () => request.socket.end());
      return;
    case 'truncate-until-close':
      response.useChunkedEncodingByDefault = false;
      response.writeHead(status, { ...headers, connection: 'close' });
      response.end(half);
      return;
    case 'wrong-length':
      response.writeHead(status, { ...headers, 'content-length': Math.max(0, body.length - 1) });
      response.end(body.subarray(0, Math.max(0, body.length - 1)));
      return;
    case 'surplus':
      response.writeHead(status, { ...headers, 'content-length': Math.max(0, body.length - 1), connection: 'close' });
      response.end(body);
      return;
    case 'gzip': {
      const packed = gzipSync(body);
      response.writeHead(status, { ...headers, 'content-encoding': 'gzip', 'content-length': packed.length });
      response.end(packed);
      return;
    }
    default:
      response.writeHead(status, sized);
      response.end(body);
  }
}

/** The bytes for the path, modified as the behaviour demands; null if the file is missing. */
function selectBody({ files, path }: AnswerContext, behaviour: BodyBehaviour | null): Buffer | null {
  const body = files.get(path);
  if (body === undefined) return null;
  const checksum = checksumName.exec(path);
  const [, subjectPath, algorithm] = checksum ?? [];
  if (subjectPath === undefined || algorithm === undefined) {
    return behaviour === 'corrupt' || behaviour === 'corrupt-with-checksums' ? flip(body) : body;
  }
  switch (behaviour) {
    case 'corrupt-with-checksums': {
      const subject = files.get(subjectPath);
      return subject === undefined ? body : Buffer.from(createHash(algorithm).update(flip(subject)).digest('hex'));
    }
    case 'corrupt-checksum':
      return Buffer.from(createHash(algorithm).update('something else').digest('hex'));
    case 'checksum-with-name':
      return Buffer.from(`${body.toString('latin1').trim()}  ${subjectPath.slice(subjectPath.lastIndexOf('/') + 1)}\n`);
    case 'checksum-upper-case':
      return Buffer.from(body.toString('latin1').toUpperCase());
    default:
      return body;
  }
}

/** Changes up to 16 bytes in the middle; the length stays. */
function flip(body: Buffer): Buffer {
  const changed = Buffer.from(body);
  const middle = body.length >> 1;
  for (let i = middle; i < Math.min(body.length, middle + 16); i += 1) changed.writeUInt8(changed.readUInt8(i) ^ 0x5a, i);
  return changed;
}

/** RFC 9110 section 14: one range of bytes; anything else is ignored. */
function selectRange(header: string | undefined, length: number): { start: number; end: number } | 'unsatisfiable' | null {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? [];
  if (first === undefined || last === undefined || (first === '' && last === '')) return null;
  const start = first === '' ? Math.max(0, length - Number(last)) : Number(first);
  const end = first === '' || last === '' ? length - 1 : Math.min(Number(last), length - 1);
  return start > end ? 'unsatisfiable' : { start, end };
}

function sendByteByByte(context: AnswerContext, body: Buffer, position: number): void {
  if (context.response.destroyed) return;
  if (position >= body.length) {
    context.response.end();
    return;
  }
  context.response.write(body.subarray(position, position + 1));
  context.later(1_000, () => sendByteByByte(context, body, position + 1));
}

function sendEndless(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/octet-stream' });
  const block = Buffer.alloc(65_536, 0x2e);
  const pump = (): void => {
    while (!response.destroyed) {
      if (!response.write(block)) {
        response.once('drain', pump);
        return;
      }
    }
  };
  pump();
}

function redirect(response: ServerResponse, location: string): void {
  response.writeHead(302, { location, 'content-length': 0 });
  response.end();
}

/** A short text with that status. */
export function sendStatus(response: ServerResponse, status: number, retryAfter?: number | Date): void {
  const text = `${status}\n`;
  response.writeHead(status, {
    'content-type': 'text/plain',
    'content-length': text.length,
    ...(retryAfter === undefined ? {} : { 'retry-after': retryAfter instanceof Date ? retryAfter.toUTCString() : String(retryAfter) }),
  });
  response.end(text);
}

function contentTypeOf(path: string): string {
  if (path.endsWith('.pom') || path.endsWith('.xml')) return 'text/xml';
  if (path.endsWith('.jar')) return 'application/java-archive';
  return checksumName.test(path) ? 'text/plain' : 'application/octet-stream';
}
