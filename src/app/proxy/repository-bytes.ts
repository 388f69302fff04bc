/** Metadata and documents of the repositories, as the proxy serves them. */
import { readRegularFile } from '../../base/disk/regular-file.js';
import { ClojarsFetchError, isClojarsFetchError } from '../../base/error.js';
import type { Repository } from '../../network/mirrors/repository.js';
import { metadataMaxBytes } from '../../network/transport/contract/limits.js';
import { type Servable, servableBytes } from './content.js';
import type { DocumentStore, StoredDocument } from './files/document-store.js';
import { type Patience, withPatience } from './files/patience.js';
import type { RepositoryAccess } from './files/repository-access.js';
import { accessVia } from './files/via.js';
import { contentTypeOf } from './http/content-type.js';
import { mergePrefixes } from './http/prefixes.js';
import type { MetadataStore } from './metadata/metadata-store.js';
import type { ServedMetadata } from './metadata/served-metadata.js';
import type { BytesSource } from './repositories-content.js';

export interface RepositoryBytesOptions {
  /** By id, in the order of the repositories. */
  readonly accesses: ReadonlyMap<string, RepositoryAccess>;
  readonly metadata: MetadataStore;
  readonly documents: DocumentStore;
  /** The signal ends all requests. */
  readonly patience: Patience;
}

const prefixesPath = '.meta/prefixes.txt';

export class RepositoryBytes implements BytesSource {
  readonly #options: RepositoryBytesOptions;

  constructor(options: RepositoryBytesOptions) {
    this.#options = options;
  }

  async metadata(repository: Repository, path: string, via?: string): Promise<Servable> {
    const { metadata, patience } = this.#options;
    // The context outlives the try: others may wait for the same answer.
    const { outage, ...access } = this.#access(repository, via);
    const context = access.context(patience.signal);
    const served = await withPatience((signal) => metadata.get(context, repository, path, { signal }), { ...patience, outage });
    if (served.status === 'miss') outage.served(repository, served.mirror);
    return describeMetadata(path, served);
  }

  async mergedMetadata(path: string, via?: string): Promise<Servable> {
    return describeMetadata(path, await withPatience((signal) => this.#merged(path, signal, via), this.#options.patience));
  }

  /** The metadata of all repositories as one file; null if none has it. Asks once. Throws as `MetadataStore.merged`. */
  async readMetadata(path: string): Promise<Uint8Array | null> {
    try {
      return (await this.#merged(path, this.#options.patience.signal)).bytes;
    } catch (error) {
      if (isClojarsFetchError(error) && error.code === 'ERR_NOT_FOUND') return null;
      throw error;
    }
  }

  #merged(path: string, signal: AbortSignal, via?: string): Promise<ServedMetadata> {
    const { accesses, metadata, patience } = this.#options;
    const members = [...accesses.values()].map((access) => ({
      context: accessVia(access, via).context(patience.signal),
      repository: access.repository,
    }));
    return metadata.merged(members, path, { signal });
  }

  async document(repository: Repository, path: string, via?: string): Promise<Servable> {
    return describeDocument(path, await this.#options.documents.get(this.#access(repository, via), path));
  }

  /** Only the prefixes of all repositories can be merged; the other documents are about one repository each. */
  async mergedDocument(path: string, via?: string): Promise<Servable> {
    if (path !== prefixesPath)
      throw absent(path, `Ask one of the repositories for it, such as /${[...this.#options.accesses.keys()][0] ?? ''}/${path}.`);
    const members = await Promise.all([...this.#options.accesses.values()].map((access) => this.#prefixes(accessVia(access, via))));
    const merged = mergePrefixes(members);
    if (merged === null) throw absent(path, 'Not every repository has one.');
    return servableBytes(merged, { path, lastModifiedMs: null, cacheStatus: { kind: 'hit' }, ageMs: null });
  }

  async #prefixes(access: RepositoryAccess): Promise<Uint8Array | null> {
    try {
      const { document } = await this.#options.documents.get(access, prefixesPath);
      return readRegularFile(document.file, metadataMaxBytes);
    } catch (error) {
      if (isClojarsFetchError(error) && error.code === 'ERR_NOT_FOUND') return null;
      throw error;
    }
  }

  #access({ id }: Repository, via?: string): RepositoryAccess {
    const access = this.#options.accesses.get(id);
    if (access === undefined) throw new TypeError(`no repository ${id}`);
    return accessVia(access, via);
  }
}

function describeMetadata(path: string, { bytes, lastModifiedMs, ageMs, status, mirror }: ServedMetadata): Servable {
  return servableBytes(bytes, { path, lastModifiedMs, ageMs, cacheStatus: status === 'hit' ? { kind: 'hit' } : { kind: status, mirror } });
}

function describeDocument(path: string, { document, ageMs, status }: StoredDocument): Servable {
  const { file, size, modifiedMs, lastModifiedMs, sha256, sha1, md5, mirror } = document;
  return {
    representation: {
      size,
      lastModifiedMs,
      contentType: contentTypeOf(path),
      digests: { sha256, sha1, md5 },
      lifetime: 'revalidate',
      cacheStatus: status === 'hit' ? { kind: 'hit' } : { kind: status, mirror },
      ageSeconds: ageMs / 1000,
    },
    body: { kind: 'file', file, size, modifiedMs },
    level: null,
  };
}

function absent(path: string, hint: string): ClojarsFetchError {
  return new ClojarsFetchError('ERR_NOT_FOUND', {
    reason: 'absent',
    message: `${path} does not exist for all repositories together`,
    hint,
  });
}
