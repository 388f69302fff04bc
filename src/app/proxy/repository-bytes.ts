/** Metadata and documents of the repositories, as the proxy serves them. */
import { ClojarsFetchError, isClojarsFetchError } from '../../base/error.js';
import { resolveMetadata } from '../../fetch/versions/resolve-metadata.js';
import type { Repository } from '../../network/mirrors/repository.js';
import { runBounded } from '../client/operation.js';
import { type Servable, servableBytes } from './content.js';
import type { RepositoryAccess } from './files/repository-access.js';
import type { BytesSource } from './repositories-content.js';

export interface RepositoryBytesOptions {
  /** By id, in the order of the repositories. */
  readonly accesses: ReadonlyMap<string, RepositoryAccess>;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export class RepositoryBytes implements BytesSource {
  readonly #options: RepositoryBytesOptions;

  constructor(options: RepositoryBytesOptions) {
    this.#options = options;
  }

  async metadata(repository: Repository, path: string): Promise<Servable> {
    const { signal, timeoutMs, accesses } = this.#options;
    const access = accesses.get(repository.id);
    if (access === undefined) throw absent(path);
    const { bytes, lastModifiedMs, mirror } = await runBounded(path, [signal], timeoutMs, (own) =>
      resolveMetadata(access.context(own), { repository, path, kept: null }),
    );
    return servableBytes(bytes, { path, lastModifiedMs, cacheStatus: { kind: 'miss', mirror }, ageMs: 0 });
  }

  async mergedMetadata(path: string): Promise<Servable> {
    for (const { repository } of this.#options.accesses.values()) {
      try {
        return await this.metadata(repository, path);
      } catch (error) {
        if (!isClojarsFetchError(error) || error.code !== 'ERR_NOT_FOUND') throw error;
      }
    }
    throw absent(path);
  }

  document(_repository: Repository, path: string): Promise<Servable> {
    return Promise.reject(absent(path));
  }

  mergedDocument(path: string): Promise<Servable> {
    return Promise.reject(absent(path));
  }
}

function absent(path: string): ClojarsFetchError {
  return new ClojarsFetchError('ERR_NOT_FOUND', { reason: 'absent', message: `${path} is in no repository` });
}
