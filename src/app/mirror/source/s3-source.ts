/** A bucket as a source: listed in the order of bytes, read object by object. */
import { ClojarsFetchError } from '../../../base/error.js';
import { type Asking, BucketError, mayPass } from '../../../network/s3/ask.js';
import { listObjects } from '../../../network/s3/list-objects.js';
import type { ListedObject } from '../../../network/s3/listing-page.js';
import { writeS3Url } from '../../../network/s3/location.js';
import { getObject } from '../../../network/s3/objects.js';
import { ServerClock } from '../../../network/transport/contract/server-clock.js';
import { isTransportError, type Transport, type TransportAnswer } from '../../../network/transport/contract/transport.js';
import { HttpFiles } from './http-files.js';
import type { Politeness } from './politeness.js';
import { indexedPoms } from './pom-index.js';
import {
  type IncrementalSource,
  type ListContext,
  type ListingPage,
  type ListingPlace,
  ListingPlaceError,
  type MirrorSource,
  type OpenOptions,
  type SourceBody,
  SourceError,
  type SourceFile,
} from './source.js';

export interface S3SourceOptions {
  readonly asking: Asking;
  readonly politeness: Politeness;
  /** Closed with the source. */
  readonly transport: Transport;
}

/** How long to stay away from a server that says it is overloaded, but not for how long. */
const standardPauseMs = 1000;

export class S3Source implements MirrorSource {
  readonly name: string;
  readonly publicName: string;
  readonly #options: S3SourceOptions;
  readonly #prefix: string;
  /** Of the server of the release feed, which is asked first. */
  readonly #feedClock = new ServerClock();

  constructor(options: S3SourceOptions) {
    const { location } = options.asking.bucket;
    this.#options = options;
    this.#prefix = location.prefix;
    this.name = writeS3Url(location);
    // Not which server and whose credentials.
    this.publicName = options.asking.bucket.show(location.prefix);
  }

  get traffic(): { readonly requests: number; readonly bytes: number } {
    return this.#options.politeness.traffic;
  }

  get msPerRequest(): number | null {
    return this.#options.politeness.msPerRequest;
  }

  now(): number {
    const { bucket } = this.#options.asking;
    return bucket.hasToldTime ? bucket.now() : this.#feedClock.now();
  }

  get isTimeless(): boolean {
    return !this.#options.asking.bucket.hasToldTime && this.#feedClock.aheadMs === null;
  }

  async *list({ signal }: ListContext): AsyncGenerator<readonly SourceFile[]> {
    for await (const { files } of this.listPages(null, signal)) yield files;
  }

  async *listPages(from: ListingPlace | null, signal: AbortSignal): AsyncGenerator<ListingPage> {
    const { asking, politeness } = this.#options;
    const startAfter = from === null ? undefined : `${this.#prefix}${from.after}`;
    const pages = listObjects(asking, { prefix: this.#prefix, signal, token: from?.token ?? null, startAfter });
    let after = from?.after ?? '';
    let isFirst = true;
    try {
      for (;;) {
        const leave = await politeness.enter(signal);
        const page = await pages.next().finally(leave);
        if (page.done === true) return;
        isFirst = false;
        const { objects, nextToken } = page.value;
        after = objects.at(-1)?.key.slice(this.#prefix.length) ?? after;
        const files = objects.filter((object) => !isFolderMark(object)).map((object) => this.#file(object));
        yield { files, next: nextToken === null ? null : { token: nextToken, after } };
      }
    } catch (error) {
      signal.throwIfAborted();
      if (from !== null && isFirst && error instanceof BucketError && error.status === 400)
        throw new ListingPlaceError(error.message, { cause: error });
      throw isTransportError(error) ? incomplete(error) : error;
    }
  }

  async open(key: string, { maxBytes, signal }: OpenOptions): Promise<SourceBody | null> {
    const { asking, politeness } = this.#options;
    const leave = await politeness.enter(signal);
    try {
      const answer = await getObject({ ...asking, attempts: 1 }, `${this.#prefix}${key}`, { maxBytes, signal });
      if (answer === null) {
        leave();
        return null;
      }
      return {
        body: this.#read(answer, leave, signal),
        cancel() {
          answer.cancel();
          leave();
        },
      };
    } catch (error) {
      leave();
      throw this.#toSourceError(error, signal);
    }
  }

  /** A release costs two listings by prefix, of the version and of its artifact's metadata, and then its files. */
  get increments(): IncrementalSource {
    const { transport, politeness } = this.#options;
    return {
      fullEveryDays: 7,
      listVersion: (folder, signal) => this.#listPrefix(`${folder}/`, signal),
      listMetadata: (artifact, signal) => this.#listPrefix(`${artifact}/maven-metadata.xml`, signal),
      indexedPoms: (signal) => indexedPoms(this.open.bind(this), signal),
      readUrl: (url, maxBytes, signal) =>
        new HttpFiles({ base: url, transport, politeness, clock: this.#feedClock }).readUrl(url, maxBytes, signal),
    };
  }

  close(): Promise<void> {
    return this.#options.transport.close();
  }

  async #listPrefix(prefix: string, signal: AbortSignal): Promise<readonly SourceFile[]> {
    const { asking, politeness } = this.#options;
    const pages = listObjects(asking, { prefix: `${this.#prefix}${prefix}`, signal });
    const files: SourceFile[] = [];
    try {
      for (;;) {
        const leave = await politeness.enter(signal);
        const page = await pages.next().finally(leave);
        if (page.done === true) return files;
        files.push(...page.value.objects.filter((object) => !isFolderMark(object)).map((object) => this.#file(object)));
      }
    } catch (error) {
      throw this.#toSourceError(error, signal);
    }
  }

  #file({ key, size, etag, lastModified }: ListedObject): SourceFile {
    const ms = Date.parse(lastModified);
    return {
      key: key.slice(this.#prefix.length),
      size,
      mark: etag === '' ? '' : `e:${etag}`,
      modifiedMs: Number.isNaN(ms) ? undefined : ms,
    };
  }

  async *#read(answer: TransportAnswer, leave: () => void, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of answer.body) {
        const pause = this.#options.politeness.spend(chunk.length, signal);
        if (pause !== null) await pause;
        yield chunk;
      }
    } catch (error) {
      throw this.#toSourceError(error, signal);
    } finally {
      leave();
    }
  }

  #toSourceError(error: unknown, signal: AbortSignal): unknown {
    if (signal.aborted) return signal.reason;
    if (!isTransportError(error)) return error;
    const isTransient = mayPass(error);
    const retryAfterMs = error instanceof BucketError ? error.retryAfterMs : 0;
    if (error.status === 503 || error.status === 429) this.#options.politeness.pause(Math.max(retryAfterMs, standardPauseMs));
    return new SourceError(error.message, isTransient, retryAfterMs, { cause: error });
  }
}

/** Programs with a view of folders store an empty object for each. */
function isFolderMark({ key, size }: ListedObject): boolean {
  return size === 0 && key.endsWith('/');
}

function incomplete(cause: Error): ClojarsFetchError {
  return new ClojarsFetchError('ERR_UNREACHABLE', {
    reason: 'no-listing',
    message: `the source cannot be listed: ${cause.message}`,
    hint: 'Check the URL of the bucket, and whether these credentials may list it.',
    cause,
  });
}
