/** A repository over http as a source, listed by its index or by a crawl. */
import { crawl } from './crawl.js';
import { HttpFiles, type HttpFilesOptions } from './http-files.js';
import { listByPomIndex } from './pom-index.js';
import type { ListContext, MirrorSource, OpenOptions, SourceBody, SourceFile } from './source.js';

export interface HttpSourceOptions extends HttpFilesOptions {
  readonly listing: 'index' | 'crawl';
  /** Requests at once for listings. */
  readonly connections: number;
}

export class HttpSource implements MirrorSource {
  readonly name: string;
  readonly #options: HttpSourceOptions;
  readonly #files: HttpFiles;

  constructor(options: HttpSourceOptions) {
    this.#options = options;
    this.#files = new HttpFiles(options);
    this.name = options.base.href;
  }

  get traffic(): { readonly requests: number; readonly bytes: number } {
    return this.#options.politeness.traffic;
  }

  get publicName(): string {
    return this.name;
  }

  now(): number {
    return this.#files.now();
  }

  list(context: ListContext): AsyncIterable<readonly SourceFile[]> {
    const { listing, connections } = this.#options;
    const open = this.#files.open.bind(this.#files);
    return listing === 'crawl' ? crawl(open, connections, context) : listByPomIndex(open, connections, context);
  }

  open(key: string, options: OpenOptions): Promise<SourceBody | null> {
    return this.#files.open(key, options);
  }

  close(): Promise<void> {
    return this.#options.transport.close();
  }
}
