/**
 * A transport without sockets that plays a script: for every mirror, its answers to the next requests. It keeps the contract of
 * src/network/transport/contract/transport.ts, so that everything above it is tested.
 */
import { createHash } from 'node:crypto';

import type { CancelSignal } from '../../src/base/async/cancellation.js';
import { wait } from '../../src/base/async/wait.js';
import {
  type Transport,
  type TransportAnswer,
  TransportError,
  type TransportRequest,
} from '../../src/network/transport/contract/transport.js';

/** The outcome of one request. The first group are failures without a response; the rest are responses. */
export const faults = [
  'none',
  'refused',
  'reset',
  'dns',
  'tls',
  'timeout',
  'status-500',
  'status-503',
  'status-429',
  'status-403',
  'not-found',
  'html',
  'not-an-error-html',
  /** cut half-way, and the transport notices */
  'truncated',
  'stalled',
  'reset-half-way',
  /** cut half-way, and only a checksum can notice */
  'silently-short',
  /** one byte changed */
  'corrupt',
  /** a 206 that begins elsewhere than the requested range */
  'wrong-range',
  /** the whole file, although a range was requested */
  'range-ignored',
] as const;
export type FaultName = (typeof faults)[number];

/** One response. */
export interface Step {
  /** Before the headers, in milliseconds. */
  readonly delayMs: number;
  /** Between the two halves of the body, in milliseconds. */
  readonly bodyDelayMs: number;
  readonly fault: FaultName;
  /** Tells the mirror's lie rather than the truth; ignored for honest mirrors. */
  readonly lies: boolean;
}

/** The script of one mirror: each list starts again when it is at its end. */
export interface MirrorScript {
  /** Responses to requests for files. */
  readonly body: readonly Step[];
  /** Responses to requests for checksum files. */
  readonly checksum: readonly Step[];
  /** Checksum files that it has. */
  readonly algorithms: readonly string[];
  /** Sends `x-checksum-sha1` with files. */
  readonly sendsHeader: boolean;
  readonly secure: boolean;
  /** The lie that it tells; null for an honest mirror, which only has accidents. */
  readonly lie: number | null;
}

export interface ScriptedTransport extends Transport {
  /** Requests so far. */
  readonly requests: number;
}

const checksumName = /\.(md5|sha1|sha256|sha512)$/;

/** Bytes that differ for every name; not a real jar, but not HTML either. */
export function bytesOf(name: string, length: number): Buffer {
  const block = createHash('sha512').update(name).digest();
  return Buffer.concat([Buffer.from('PK\u0003\u0004'), Buffer.alloc(length - 4, block)]);
}

/** A liar's content for the file at `path`: as long as the truth, so that pieces of both fit together. */
export function lieOf(path: string, lie: number, length: number): Buffer {
  return bytesOf(`lie ${lie} about ${path}`, length);
}

/**
 * @param mirrors base URL to script
 * @param truth repository path to content; checksum files are made from it
 */
export function createScriptedTransport(mirrors: ReadonlyMap<string, MirrorScript>, truth: ReadonlyMap<string, Buffer>): ScriptedTransport {
  const played = new Map<string, number>();
  let requests = 0;

  const next = (key: string, steps: readonly Step[]): Step => {
    const at = played.get(key) ?? 0;
    played.set(key, at + 1);
    return steps[at % Math.max(1, steps.length)] ?? { delayMs: 0, bodyDelayMs: 0, fault: 'none', lies: false };
  };

  return {
    get requests() {
      return requests;
    },
    async get(request) {
      requests += 1;
      const base = [...mirrors.keys()].find((url) => request.url.href.startsWith(url));
      const script = base === undefined ? undefined : mirrors.get(base);
      if (base === undefined || script === undefined) throw new Error(`not in the script: ${request.url.href}`);
      const path = decodeURIComponent(request.url.href.slice(base.length));
      const algorithm = checksumName.exec(path)?.[1];
      const step = algorithm === undefined ? next(`${base} body`, script.body) : next(`${base} checksum`, script.checksum);
      request.onWritten?.();
      await pause(step.delayMs, request.signal);
      const file = algorithm === undefined ? path : path.slice(0, -algorithm.length - 1);
      return answer(request, base, script, step, contentOf(truth, script, step, file, algorithm));
    },
    close: () => Promise.resolve(),
  };
}

function contentOf(
  truth: ReadonlyMap<string, Buffer>,
  script: MirrorScript,
  step: Step,
  file: string,
  algorithm: string | undefined,
): Buffer | null {
  const honest = truth.get(file);
  if (honest === undefined) return null;
  const body = script.lie !== null && step.lies ? lieOf(file, script.lie, honest.length) : honest;
  if (algorithm === undefined) return body;
  return script.algorithms.includes(algorithm) ? Buffer.from(createHash(algorithm).update(body).digest('hex')) : null;
}

async function pause(ms: number, signal: CancelSignal): Promise<void> {
  try {
    if (ms > 0) await wait(ms, signal);
    signal.throwIfAborted();
  } catch (cause) {
    throw new TransportError('aborted', 'aborted', { cause });
  }
}

function answer(request: TransportRequest, base: string, script: MirrorScript, step: Step, content: Buffer | null): TransportAnswer {
  const { fault } = step;
  const make = (status: number, body: Buffer, headers: Record<string, string> = {}, end?: TransportError): TransportAnswer => ({
    status,
    headers: { 'content-length': String(body.length), ...headers },
    url: request.url,
    secure: script.secure,
    contentLength: end || fault === 'silently-short' ? null : body.length,
    body: stream(request, step, body, end),
    cancel: () => undefined,
  });
  switch (fault) {
    case 'refused':
    case 'reset':
    case 'dns':
    case 'tls':
    case 'timeout':
      throw new TransportError(fault, fault);
    case 'status-500':
    case 'status-503':
    case 'status-403':
      return make(Number(fault.slice(7)), Buffer.from(fault));
    case 'status-429':
      return make(429, Buffer.from(fault), { 'retry-after': '0' });
    case 'not-found':
      return make(404, Buffer.from('not here'));
    case 'html':
      return make(200, Buffer.from('<!DOCTYPE html><html><body>Sign in</body></html>'), { 'content-type': 'text/html' });
    case 'not-an-error-html':
      return make(200, Buffer.from('<html><body>Sign in</body></html>'), { 'content-type': 'application/octet-stream' });
    default:
  }
  if (content === null) return make(404, Buffer.from('not here'));
  const headers: Record<string, string> = script.sendsHeader ? { 'x-checksum-sha1': createHash('sha1').update(content).digest('hex') } : {};
  let whole = content;
  if (fault === 'corrupt') {
    // The accidents of every mirror are its own: two that agreed on the same wrong bytes would not be an accident.
    const at = createHash('sha1').update(base).digest().readUInt16BE(0) % content.length;
    whole = Buffer.from(content);
    whole[at] = (whole[at] ?? 0) ^ (1 + (base.length % 7));
  }
  const from = request.rangeFrom ?? 0;
  if (from > whole.length) return make(416, Buffer.alloc(0), { 'content-range': `bytes */${whole.length}` });
  const ranged = from > 0 && fault !== 'range-ignored';
  const start = ranged && fault === 'wrong-range' ? Math.max(0, from - 7) : ranged ? from : 0;
  const rest = whole.subarray(start);
  const half = rest.subarray(0, Math.ceil(rest.length / 2));
  const status = ranged ? 206 : 200;
  if (ranged) headers['content-range'] = `bytes ${start}-${whole.length - 1}/${whole.length}`;
  if (fault === 'silently-short') return make(status, half, headers);
  if (fault === 'truncated' || fault === 'stalled') return make(status, half, headers, new TransportError(fault, fault));
  if (fault === 'reset-half-way') return make(status, half, headers, new TransportError('reset', 'reset'));
  return make(status, rest, headers);
}

async function* stream(request: TransportRequest, step: Step, body: Buffer, end: TransportError | undefined): AsyncGenerator<Uint8Array> {
  const middle = Math.floor(body.length / 2);
  if (middle > 0) yield body.subarray(0, middle);
  await pause(step.bodyDelayMs, request.signal);
  yield body.subarray(middle);
  if (end) throw end;
  if (body.length > request.maxBytes) throw new TransportError('too-large', 'too large');
}
