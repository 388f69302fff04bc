/** Opens the cache that the options name: a folder of the proxy's own, or the user's local repository. */
import { join, resolve } from 'node:path';

import type { FileCache } from '../../local/cache/file-cache.js';
import { openFolderCache } from '../../local/cache/folder-cache.js';
import { openLocalRepositoryCache } from '../../local/cache/local-repository-cache.js';
import type { EffectiveConfiguration } from '../../local/settings/configuration.js';
import type { OwnOptions } from './read-options.js';

const standardMaxBytes = 10 * 2 ** 30;

/** How the cache is used. */
interface CacheRun {
  readonly now?: (() => number) | undefined;
  /** Whether files are evicted. Default: true. */
  readonly keepsLimit?: boolean | undefined;
  /** When the files are counted, unless one is fetched sooner. Default: at once. */
  readonly countAfterMs?: number | undefined;
  /** Told of each file that left the cache. */
  readonly onRemoved?: ((file: string) => void) | undefined;
}

/** @throws ClojarsFetchError ERR_CONFIG, ERR_LOCAL_REPOSITORY */
export async function openCache(configuration: EffectiveConfiguration, options: OwnOptions, given: CacheRun = {}): Promise<FileCache> {
  const { now = Date.now, keepsLimit, onRemoved, countAfterMs } = given;
  const { repositories, localRepository, cacheFolder } = configuration;
  if (options.useLocalRepository === true) {
    return openLocalRepositoryCache({ root: localRepository, repositories: repositories.map(({ id }) => id), now });
  }
  return openFolderCache({
    folder: options.proxyFolder === undefined ? join(cacheFolder, 'proxy') : resolve(options.proxyFolder),
    repositories: repositories.map(({ id, url }) => ({ id, url: url.href })),
    limitBytes: options.cacheMaxBytes ?? standardMaxBytes,
    keepsLimit,
    onRemoved,
    now,
    countAfterMs,
  });
}
