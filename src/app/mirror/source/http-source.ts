/** A repository over http as a source, listed by its index or by a crawl. */
import { crawl, FolderListings } from './crawl.js';
import { HttpFiles, type HttpFilesOptions } from './http-files.js';
import { listVersion } from './list-version.js';
import { indexedPoms, listByPomIndex } from './pom-index.js';
import { withRetries } from './read-text.js';
import type { IncrementalSource, ListContext, MirrorSource, OpenOptions, SourceBody, SourceFile } from './source.js';

export interface HttpSourceOptions extends HttpFilesOptions {
  readonly listing: 'index' | 'crawl';
  /** Requests at once for listings. */
  readonly connections: number;
}

export class HttpSource implements MirrorSource {
  readonly name: string;
  readonly increments: IncrementalSource;
  readonly #options: HttpSourceOptions;
  readonly #files: HttpFiles;

  constructor(options: HttpSourceOptions) {
    this.#options = options;
    this.#files = new HttpFiles(options);
    this.name = options.base.href;
    const open = this.#files.open.bind(this.#files);
    const listings = new FolderListings(open);
    this.increments = {
      fullEveryDays: options.listing === 'index' ? 1 : 7,
      listVersion: (folder, signal) => listVersion(open, listings, folder, signal),
      // A site that is listed by its index has a full sync every day.
      ...(options.listing === 'crawl' ? { indexedPoms: (signal: AbortSignal) => indexedPoms(open, signal) } : {}),
      readUrl: (url, maxBytes, signal) => this.#files.readUrl(url, maxBytes, signal),
    };
  }

  get traffic(): { readonly requests: number; readonly bytes: number } {
    return this.#options.politeness.traffic;
  }

  get publicName(): string {
    return this.name;
  }

  get msPerRequest(): number | null {
    return this.#options.politeness.msPerRequest;
  }

  now(): number {
    return this.#files.now();
  }

  get isTimeless(): boolean {
    return this.#files.isTimeless;
  }

  list(context: ListContext): AsyncIterable<readonly SourceFile[]> {
    const { listing, connections } = this.#options;
    const open = this.#files.open.bind(this.#files);
    return listing === 'crawl' ? crawl(open, connections, context) : listByPomIndex(open, connections, context);
  }

  open(key: string, options: OpenOptions): Promise<SourceBody | null> {
    return this.#files.open(key, options);
  }

  dateOf(key: string, signal: AbortSignal): Promise<number | null> {
    return withRetries(() => this.#files.dateOf(key, signal), signal);
  }

  close(): Promise<void> {
    return this.#options.transport.close();
  }
}
