/**
 * Streams one body into a temporary file while it is hashed. What arrived before a cut or a stall is kept as a
 * `PartialDownload`, so that the next mirror continues it by Range; the checksum at the end decides whether that was right.
 */
import { posix } from 'node:path';

import type { TemporaryFile } from '../../base/disk/temporary-file.js';
import { originOf } from '../../network/mirrors/order.js';
import type { AttemptMonitor } from '../../network/mirrors/race.js';
import type { Mirror } from '../../network/mirrors/repository.js';
import { classifyStatus, failureOf, type Network, type RequestFailure, requestFor } from '../../network/mirrors/request.js';
import { jointSpeaker, type Speaker, speakerOf } from '../../network/mirrors/witness.js';
import type { TransportAnswer } from '../../network/transport/transport.js';
import type { ChecksumAlgorithm } from '../../proof/checksum/claim.js';
import { createDigester } from '../../proof/checksum/digest.js';
import type { BodyDigester } from './body-digester.js';
import { looksLikeHtml } from './looks-like-html.js';

/** Continuing less than this costs more than it saves. */
const smallestPartialBytes = 1024;

/** From here on a thread of its own hashes the body. */
export const largeBodyBytes = 16 << 20;

/** Bytes on disk and the hash state that goes with them. */
export interface PartialDownload {
  readonly temporary: TemporaryFile;
  digester: BodyDigester;
  size: number;
  /** Whose word the bytes are; where several mirrors sent parts of it, only what all of them are. */
  speaker: Speaker;
}

export type DownloadResult =
  | { readonly kind: 'body'; readonly partial: PartialDownload; readonly answer: TransportAnswer; readonly resumed: boolean }
  | { readonly kind: 'not-found'; readonly status: number; readonly speaker: Speaker; readonly partial?: PartialDownload | undefined }
  | (RequestFailure & { readonly partial?: PartialDownload | undefined });

export interface DownloadOptions {
  readonly path: string;
  /** All mirrors of the repository. */
  readonly mirrors: readonly Mirror[];
  readonly maxBytes: number;
  readonly algorithms: readonly ChecksumAlgorithm[];
  /** A page passes, if its Content-Type does not say that it is one: then it is what was published. */
  readonly mayBePage: boolean;
  readonly signal: AbortSignal;
  readonly monitor: AttemptMonitor;
  /** An earlier attempt's bytes; this download owns them from now on. */
  readonly partial: PartialDownload | null;
  readonly createTemporary: () => Promise<TemporaryFile>;
  /** `last` at the end of a body, whole or not. */
  readonly onBytes: (received: number, total: number | null, last: boolean) => void;
  /** Called once the mirror is known to have the file. */
  readonly onFound: (answer: TransportAnswer) => void;
}

/** Downloads from one mirror. Mirror faults are results; local disk faults are thrown, the temporary file discarded. */
export async function download(network: Network, mirror: Mirror, options: DownloadOptions): Promise<DownloadResult> {
  const { health } = network;
  const origin = originOf(mirror.url);
  const startedMs = health.now();
  let partial = options.partial;
  let answer: TransportAnswer;
  try {
    const request = requestFor(mirror, options.path, options.maxBytes, options.signal, partial?.size ?? 0);
    // A repository manager that fetches on demand is slow with its first byte. With no other mirror left, one that has
    // answered before has until the deadline; one that never did is taken for dead.
    const waitsOn = (): boolean => options.monitor.isLast() && health.circuits.p95(origin) !== null && !health.isSuspect(origin);
    answer = await network.transport.get({ ...request, waitsOn });
  } catch (error) {
    return fail(failureOf(error));
  }
  const firstByteMs = health.now() - startedMs;
  const resumed = answer.status === 206 && partial !== null && rangeStart(answer.headers['content-range']) === partial.size;
  if (partial && (answer.status === 416 || (answer.status === 206 && !resumed))) {
    // 416: the partial is longer than the file here, so it was no part of it. 206 of another place: a server whose
    // ranges are not to be relied on, and whose whole files may well be.
    answer.cancel();
    await partial.temporary.discard();
    return download(network, mirror, { ...options, partial: null });
  }
  const speaker = speakerOf(mirror, options.path, answer, options.mirrors);
  const verdict = classifyStatus(answer, health.now());
  if (verdict !== 'body') {
    answer.cancel();
    if (verdict.kind === 'not-found') {
      health.completed(origin, firstByteMs, 0, 0);
      return { ...verdict, speaker, partial: partial ?? undefined };
    }
    return fail(verdict);
  }
  if (isCaptivePortal(options.path, answer.headers['content-type'])) {
    answer.cancel();
    return fail({ kind: 'failed', outcome: 'not-maven', status: answer.status, detail: 'an HTML page came instead of the file' });
  }
  if (answer.status === 206 && !resumed) {
    answer.cancel();
    return fail({ kind: 'failed', outcome: 'status', status: 206, detail: 'a range was sent that was not asked for' });
  }
  try {
    partial = await begin(partial, resumed, answer.contentLength, speaker, options);
  } catch (error) {
    answer.cancel();
    throw error;
  }
  options.monitor.headers(answer.contentLength);
  options.onFound(answer);
  const total = answer.contentLength === null ? null : answer.contentLength + partial.size;
  let bodyFailure: RequestFailure | null = null;
  const mayBePage =
    options.path.endsWith('.html') ||
    (options.mayBePage && (mirror.url.protocol === 'file:' || answer.headers['content-type'] !== undefined));
  try {
    for await (const chunk of answer.body) {
      if (partial.size === 0 && !mayBePage && looksLikeHtml(chunk)) {
        bodyFailure = { kind: 'failed', outcome: 'not-maven', status: answer.status, detail: 'an HTML page came instead of the file' };
        break;
      }
      const hashing = partial.digester.update(chunk);
      if (hashing) await hashing;
      partial.size += chunk.length;
      options.monitor.received(chunk.length);
      await partial.temporary.write(chunk);
      options.onBytes(partial.size, total, false);
      if (partial.size > options.maxBytes) {
        bodyFailure = { kind: 'failed', outcome: 'too-large', status: answer.status, detail: `more than ${options.maxBytes} bytes` };
        break;
      }
    }
  } catch (error) {
    try {
      bodyFailure = failureOf(error);
    } catch (local) {
      await partial.temporary.discard();
      throw local;
    }
  }
  options.onBytes(partial.size, total, true);
  if (bodyFailure) return fail(bodyFailure);
  health.completed(origin, firstByteMs, partial.size, health.now() - startedMs - firstByteMs);
  return { kind: 'body', partial, answer, resumed };

  async function fail(failure: RequestFailure): Promise<RequestFailure & { partial?: PartialDownload | undefined }> {
    health.failed(origin, failure.outcome, failure);
    const continuable =
      failure.outcome === 'stalled' || failure.outcome === 'truncated' || failure.outcome === 'reset' || options.partial !== null;
    if (partial && continuable && failure.outcome !== 'aborted' && failure.outcome !== 'not-maven' && partial.size >= smallestPartialBytes)
      return { ...failure, partial };
    await partial?.temporary.discard();
    return failure;
  }
}

async function begin(
  partial: PartialDownload | null,
  resumed: boolean,
  bytes: number | null,
  speaker: Speaker,
  options: DownloadOptions,
): Promise<PartialDownload> {
  if (partial && resumed) {
    partial.speaker = jointSpeaker(partial.speaker, speaker);
    return partial;
  }
  const digester = await chooseDigester(bytes, options.algorithms);
  if (partial) {
    await partial.temporary.truncate(0);
    return { temporary: partial.temporary, digester, size: 0, speaker };
  }
  return { temporary: await options.createTemporary(), digester, size: 0, speaker };
}

async function chooseDigester(bytes: number | null, algorithms: readonly ChecksumAlgorithm[]): Promise<BodyDigester> {
  if (bytes === null || bytes < largeBodyBytes) return createDigester(algorithms);
  const { createBackgroundDigester } = await import('./background-digester.js');
  return createBackgroundDigester(algorithms);
}

/** A captive portal answers everything with a page; no Maven artifact but an `.html` one is a page. */
function isCaptivePortal(path: string, contentType: string | undefined): boolean {
  const extension = posix.extname(path);
  return extension !== '.html' && extension !== '.htm' && /^\s*(text\/html|application\/xhtml\+xml)/i.test(contentType ?? '');
}

/** First byte of a Content-Range (RFC 9110 section 14.4), -1 when there is none. */
function rangeStart(header: string | undefined): number {
  const match = /^bytes (\d+)-/.exec(header ?? '');
  return match?.[1] ? Number(match[1]) : -1;
}
