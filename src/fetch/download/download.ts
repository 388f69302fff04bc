/**
 * Streams one body into a temporary file and hashes it on the way. The bytes that arrived before a cut or a stall are kept
 * as a `PartialDownload`, which the next mirror continues by Range; the checksum at the end decides whether they fit.
 */
import { posix } from 'node:path';

import type { CancelSignal } from '../../base/async/cancellation.js';
import type { TemporaryFile } from '../../base/disk/temporary-file.js';
import { originOf } from '../../network/mirrors/order.js';
import type { AttemptMonitor } from '../../network/mirrors/race.js';
import type { Mirror } from '../../network/mirrors/repository.js';
import { classifyStatus, failureOf, type Network, type RequestFailure, requestFor, waitRule } from '../../network/mirrors/request.js';
import { jointSpeaker, type Speaker, speakerOf } from '../../network/mirrors/witness.js';
import type { TransportAnswer, TransportRequest } from '../../network/transport/contract/transport.js';
import { lastModifiedOf, type Validator } from '../../network/transport/contract/validator.js';
import type { ChecksumAlgorithm } from '../../proof/checksum/claim.js';
import type { BodyDigester } from './body-digester.js';
import { type BodyFollower, smallestFollowedBytes } from './body-follower.js';
import { BodyReader, pageInstead } from './body-reader.js';
import { GatheringDigester } from './gathering-digester.js';
import type { PartialDownload } from './partial-download.js';

/** A smaller partial download costs more to continue than it saves. */
const smallestPartialBytes = 1024;

/** A body of at least this size is hashed in a separate thread. */
export const largeBodyBytes = 16 << 20;

export type DownloadResult =
  | {
      readonly kind: 'body';
      readonly partial: PartialDownload;
      readonly answer: TransportAnswer;
      readonly resumed: boolean;
      /** From the answer's Last-Modified; null if it has none. */
      readonly lastModifiedMs: number | null;
    }
  | { readonly kind: 'not-found'; readonly status: number; readonly speaker: Speaker; readonly partial?: PartialDownload | undefined }
  /** Only after a conditional request. */
  | { readonly kind: 'unchanged'; readonly status: 304; readonly speaker: Speaker; readonly partial?: undefined }
  | (RequestFailure & { readonly partial?: PartialDownload | undefined });

export interface DownloadOptions {
  readonly path: string;
  /** All mirrors of the repository. */
  readonly mirrors: readonly Mirror[];
  readonly maxBytes: number;
  readonly algorithms: readonly ChecksumAlgorithm[];
  /** Accept an HTML page unless its Content-Type says so: some repositories publish one as a POM. */
  readonly mayBePage: boolean;
  readonly signal: CancelSignal;
  readonly monitor: AttemptMonitor;
  /** An earlier attempt's bytes; this download owns them from now on. */
  readonly partial: PartialDownload | null;
  /** Makes the request conditional: the mirror may say that the file with this validator is still right. Not with `partial`. */
  readonly unlessMatches?: Validator | undefined;
  readonly createTemporary: () => Promise<TemporaryFile>;
  readonly follower: BodyFollower | undefined;
  /** `last` at the end of a body, whole or not. */
  readonly onBytes: (received: number, total: number | null, last: boolean) => void;
  /** Called once the mirror is known to have the file. */
  readonly onFound: (answer: TransportAnswer) => void;
}

/** Downloads from one mirror. Mirror faults are results; local disk faults are thrown, the temporary file discarded. */
export class Download {
  readonly #network: Network;
  readonly #mirror: Mirror;
  readonly #options: DownloadOptions;
  readonly #origin: string;
  /** The bytes so far: those of an earlier attempt until the body begins. */
  #partial: PartialDownload | null;
  /** Whether the bytes of an earlier attempt are kept: they survive every failure except an abort and an HTML page. */
  #holdsEarlier: boolean;
  #startedMs = 0;
  #firstByteMs = 0;

  constructor(network: Network, mirror: Mirror, options: DownloadOptions) {
    this.#network = network;
    this.#mirror = mirror;
    this.#options = options;
    this.#origin = originOf(mirror.url);
    this.#partial = options.partial;
    this.#holdsEarlier = options.partial !== null;
  }

  async run(): Promise<DownloadResult> {
    let answer: TransportAnswer;
    try {
      answer = await this.#network.transport.get(this.#request());
      if (this.#isUnusable(answer)) answer = await this.#askForWhole(answer);
    } catch (error) {
      return this.#fail(await this.#failureOf(error));
    }
    return this.#take(answer);
  }

  async #askForWhole(unusable: TransportAnswer): Promise<TransportAnswer> {
    unusable.cancel();
    await this.#discard();
    return this.#network.transport.get(this.#request());
  }

  #take(answer: TransportAnswer): DownloadResult | Promise<DownloadResult> {
    const { health } = this.#network;
    this.#firstByteMs = health.now() - this.#startedMs;
    const speaker = speakerOf(this.#mirror, this.#options.path, answer, this.#options.mirrors);
    if (answer.status === 304 && this.#options.unlessMatches !== undefined) {
      answer.cancel();
      health.completed(this.#origin, this.#firstByteMs, 0, 0);
      return { kind: 'unchanged', status: 304, speaker };
    }
    const refusal = this.#refusalOf(answer);
    if (refusal === null) return this.#receive(answer, speaker);
    answer.cancel();
    if (refusal.kind === 'failed') return this.#fail(refusal);
    health.completed(this.#origin, this.#firstByteMs, 0, 0);
    return { ...refusal, speaker, partial: this.#partial ?? undefined };
  }

  /** The request, without a Range once the earlier bytes are discarded. */
  #request(): TransportRequest {
    const { path, maxBytes, signal, monitor, unlessMatches } = this.#options;
    this.#startedMs = this.#network.health.now();
    const waitsOn = waitRule(this.#network, this.#origin, () => monitor.isLast());
    return { ...requestFor(this.#mirror, path, maxBytes, signal, this.#partial?.size ?? 0), waitsOn, unlessMatches };
  }

  #resumes({ status, headers }: TransportAnswer): boolean {
    return status === 206 && this.#partial !== null && rangeStart(headers['content-range']) === this.#partial.size;
  }

  /**
   * Whether the whole file must be requested instead. 416: the partial download is longer than the file here, so it is not a part of it. A
   * 206 for another offset: the server's ranges are unreliable, but its whole files may be good.
   */
  #isUnusable(answer: TransportAnswer): boolean {
    return this.#partial !== null && (answer.status === 416 || (answer.status === 206 && !this.#resumes(answer)));
  }

  /** Returns the reason not to read the body; null if it may be the file. */
  #refusalOf(answer: TransportAnswer): RequestFailure | { readonly kind: 'not-found'; readonly status: number } | null {
    const { status, headers } = answer;
    const verdict = classifyStatus(answer, this.#network.health.now());
    if (verdict !== 'body') return verdict;
    if (isCaptivePortal(this.#options.path, headers['content-type'])) return pageInstead(status);
    if (status === 206 && !this.#resumes(answer))
      return { kind: 'failed', outcome: 'status', status, detail: 'a range came without a request for one' };
    return null;
  }

  async #receive(answer: TransportAnswer, speaker: Speaker): Promise<DownloadResult> {
    const resumed = this.#resumes(answer);
    let partial: PartialDownload;
    try {
      this.#partial = partial = await this.#begin(answer, speaker, resumed);
    } catch (error) {
      answer.cancel();
      throw error;
    }
    const total = this.#startBody(answer, partial);
    const failure = await this.#read(answer, partial, total);
    this.#options.onBytes(partial.size, total, true);
    if (failure !== null) return this.#fail(failure);
    return this.#complete(answer, partial, resumed);
  }

  /** Reports the answer. Returns the size of the whole file; null if it is unknown. */
  #startBody(answer: TransportAnswer, { size }: PartialDownload): number | null {
    const { monitor, onFound } = this.#options;
    const { contentLength } = answer;
    monitor.headers(contentLength);
    onFound(answer);
    return contentLength === null ? null : contentLength + size;
  }

  #complete(answer: TransportAnswer, partial: PartialDownload, resumed: boolean): DownloadResult {
    const { health } = this.#network;
    health.completed(this.#origin, this.#firstByteMs, partial.size, health.now() - this.#startedMs - this.#firstByteMs);
    return { kind: 'body', partial, answer, resumed, lastModifiedMs: lastModifiedOf(answer.headers, health.now()) };
  }

  async #begin(answer: TransportAnswer, speaker: Speaker, resumed: boolean): Promise<PartialDownload> {
    if (this.#partial !== null) return this.#beginAfter(this.#partial, answer, speaker, resumed);
    const { contentLength } = answer;
    const digester = isLarge(contentLength)
      ? await createBackgroundDigester(this.#options.algorithms)
      : new GatheringDigester(this.#options.algorithms);
    return { temporary: await this.#createTemporary(answer), digester, size: 0, speaker };
  }

  /** Begins after an attempt that has left some bytes. */
  async #beginAfter(earlier: PartialDownload, answer: TransportAnswer, speaker: Speaker, resumed: boolean): Promise<PartialDownload> {
    const { algorithms, follower } = this.#options;
    if (resumed) {
      earlier.speaker = jointSpeaker(earlier.speaker, speaker);
      return earlier;
    }
    const digester = isLarge(answer.contentLength) ? await createBackgroundDigester(algorithms) : new GatheringDigester(algorithms);
    if (follower === undefined) {
      await earlier.temporary.truncate(0);
      return { temporary: earlier.temporary, digester, size: 0, speaker };
    }
    // A reader may still need the earlier bytes: a file that is followed only grows.
    await earlier.temporary.discard();
    return { temporary: await this.#createTemporary(answer), digester, size: 0, speaker };
  }

  #createTemporary(answer: TransportAnswer): Promise<TemporaryFile> {
    const { createTemporary, follower } = this.#options;
    const { contentLength } = answer;
    const temporary = createTemporary();
    if (follower === undefined || contentLength === null || contentLength <= smallestFollowedBytes) return temporary;
    return temporary.then((plain) => this.#follow(plain, follower, answer, contentLength));
  }

  async #follow(
    temporary: TemporaryFile,
    follower: BodyFollower,
    { headers }: TransportAnswer,
    contentLength: number,
  ): Promise<TemporaryFile> {
    const { followTemporary } = await import('./followed-temporary.js');
    return followTemporary(temporary, follower, {
      total: contentLength,
      mirror: this.#mirror.url.href,
      lastModifiedMs: lastModifiedOf(headers, this.#network.health.now()),
    });
  }

  /** Writes and hashes the body. Returns the mirror's fault, or null at the end of the body. */
  async #read(answer: TransportAnswer, partial: PartialDownload, total: number | null): Promise<RequestFailure | null> {
    const { maxBytes, monitor, onBytes, follower } = this.#options;
    const mayBePage = this.#mayBePage(answer.headers['content-type']);
    try {
      const failure = await new BodyReader(partial, { status: answer.status, total, mayBePage, maxBytes, monitor, onBytes }).read(answer);
      // Only readers of a body that is followed need it in the file: the check of a small one reads it from memory.
      if (failure === null && follower !== undefined && total !== null && total > smallestFollowedBytes) await partial.temporary.flush();
      return failure;
    } catch (error) {
      return this.#failureOf(error);
    }
  }

  #mayBePage(contentType: string | undefined): boolean {
    const { path, mayBePage } = this.#options;
    return path.endsWith('.html') || (mayBePage && (this.#mirror.url.protocol === 'file:' || contentType !== undefined));
  }

  /** Rethrows a fault of the local disk, after discarding the temporary file. */
  async #failureOf(error: unknown): Promise<RequestFailure> {
    try {
      return failureOf(error);
    } catch (local) {
      await this.#discard();
      throw local;
    }
  }

  async #fail(failure: RequestFailure): Promise<RequestFailure & { readonly partial?: PartialDownload | undefined }> {
    const { outcome } = failure;
    this.#network.health.failed(this.#origin, outcome, failure);
    const partial = this.#partial;
    const mayContinue = outcome === 'stalled' || outcome === 'truncated' || outcome === 'reset' || this.#holdsEarlier;
    if (partial && mayContinue && outcome !== 'aborted' && outcome !== 'not-maven' && partial.size >= smallestPartialBytes)
      return { ...failure, partial };
    await this.#discard();
    return failure;
  }

  async #discard(): Promise<void> {
    const partial = this.#partial;
    this.#partial = null;
    this.#holdsEarlier = false;
    await partial?.temporary.discard();
  }
}

function isLarge(bytes: number | null): boolean {
  return bytes !== null && bytes >= largeBodyBytes;
}

async function createBackgroundDigester(algorithms: readonly ChecksumAlgorithm[]): Promise<BodyDigester> {
  const { BackgroundDigester } = await import('./background-digester.js');
  return new BackgroundDigester(algorithms);
}

/** A captive portal answers every request with a page. The only Maven artifact that is a page has the extension `.html`. */
function isCaptivePortal(path: string, contentType: string | undefined): boolean {
  if (contentType === undefined || !/^\s*(text\/html|application\/xhtml\+xml)/i.test(contentType)) return false;
  const extension = posix.extname(path);
  return extension !== '.html' && extension !== '.htm';
}

/** Returns the first byte of a Content-Range (RFC 9110 section 14.4), or -1. */
function rangeStart(header: string | undefined): number {
  const match = /^bytes (\d+)-/.exec(header ?? '');
  return match?.[1] ? Number(match[1]) : -1;
}
