/** Everything that the proxy serves, from one repository or from all of them. */
import type { ClojarsFetchError } from '../../base/error.js';
import type { FileCache } from '../../local/cache/file-cache.js';
import type { Repository } from '../../network/mirrors/repository.js';
import type { ClientSocket } from './ahead/client-process.js';
import type { Servable } from './content.js';
import type { AllFiles } from './files/all-files.js';
import type { ApprovedFile, FileAddress } from './files/file-download.js';
import type { FoundFile, RepositoryFiles } from './files/repository-files.js';
import type { ListedEntry } from './http/listing.js';
import { type ServiceName, type Target, targetParser } from './http/target.js';
import type { ProxyContent, ServiceAnswer } from './request-handler.js';

/** The name under which all repositories are served as one. */
export const allName = 'all';

export interface RepositoriesContentOptions {
  /** In the order to ask. */
  readonly repositories: readonly Repository[];
  readonly filesOf: ReadonlyMap<string, RepositoryFiles>;
  readonly all: AllFiles;
  /** Why the repositories cannot be served as one; null if they can. */
  readonly notMerged: ClojarsFetchError | null;
  readonly cache: FileCache;
  readonly bytes: BytesSource;
  readonly onAsked: (client: ClientSocket, address: FileAddress) => void;
  readonly onAskedMetadata: (client: ClientSocket, path: string) => void;
  readonly service: (name: ServiceName) => Promise<ServiceAnswer>;
}

/** Metadata and documents of one repository, or of all of them. `via` is the header of the request. */
export interface BytesSource {
  metadata(repository: Repository, path: string, via?: string): Promise<Servable>;
  mergedMetadata(path: string, via?: string): Promise<Servable>;
  document(repository: Repository, path: string, via?: string): Promise<Servable>;
  mergedDocument(path: string, via?: string): Promise<Servable>;
}

export class RepositoriesContent implements ProxyContent {
  readonly names: readonly string[];
  readonly parse: (target: string) => Target;
  readonly #options: RepositoriesContentOptions;

  constructor(options: RepositoriesContentOptions) {
    this.#options = options;
    this.names = [...options.repositories.map(({ id }) => id), allName];
    this.parse = targetParser(this.names);
  }

  async find(name: string, address: FileAddress): Promise<FoundFile> {
    const files = this.#options.filesOf.get(name);
    if (files !== undefined) return files.find(address);
    this.#checkMerged();
    return this.#options.all.find(address);
  }

  hold(repository: string, path: string): () => void {
    return this.#options.cache.hold(repository, path);
  }

  approved(name: string, { path }: FileAddress): ApprovedFile | null {
    return this.#options.filesOf.get(name)?.approved(path) ?? null;
  }

  asked(client: ClientSocket, address: FileAddress): void {
    this.#options.onAsked(client, address);
  }

  askedMetadata(client: ClientSocket, path: string): void {
    this.#options.onAskedMetadata(client, path);
  }

  async bytes({ repository: name, path, file }: Extract<Target, { readonly kind: 'file' }>, via?: string): Promise<Servable> {
    const { bytes, repositories } = this.#options;
    const repository = repositories.find(({ id }) => id === name);
    if (repository === undefined) {
      this.#checkMerged();
      return file.kind === 'metadata' ? bytes.mergedMetadata(path, via) : bytes.mergedDocument(path, via);
    }
    return file.kind === 'metadata' ? bytes.metadata(repository, path, via) : bytes.document(repository, path, via);
  }

  list(name: string, path: string): readonly ListedEntry[] | null {
    const { repositories, cache } = this.#options;
    if (name !== allName) return cache.list(name, path);
    this.#checkMerged();
    const lists = repositories.map(({ id }) => cache.list(id, path));
    return lists.every((list) => list === null) ? null : distinct(lists.flatMap((list) => list ?? []));
  }

  service(name: ServiceName): Promise<ServiceAnswer> {
    return this.#options.service(name);
  }

  #checkMerged(): void {
    if (this.#options.notMerged !== null) throw this.#options.notMerged;
  }
}

function distinct(entries: readonly ListedEntry[]): readonly ListedEntry[] {
  return [...new Map(entries.map((entry) => [entry.name, entry])).values()];
}
