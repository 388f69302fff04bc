/** `proxy check`: hashes every file of the cache. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

import { ClojarsFetchError } from '../../base/error.js';
import { escapeForDisplay } from '../../base/escape.js';
import type { CheckFinding, CheckReport } from '../../local/cache/file-cache.js';
import { userEnvironment } from '../../local/settings/machine/user-environment.js';
import { openSession } from '../client/session.js';
import { openCache } from './open-cache.js';
import type { ProxyOptions } from './proxy-options.js';
import { splitOptions } from './read-options.js';

/**
 * Hashes every file of the proxy's cache, and moves damaged ones aside: they are fetched again when they are asked for. A running proxy
 * may go on meanwhile. Asks no mirror.
 *
 * @param onFinding called for each file that is not as it was recorded
 * @throws {ClojarsFetchError} as `createProxy`
 */
export async function checkProxyCache(options: ProxyOptions, onFinding: (finding: CheckFinding) => void): Promise<CheckReport> {
  const { signal = new AbortController().signal } = options;
  const { own, client } = splitOptions(options);
  // Not made, as it would be for a proxy: a misspelt name must not look like a cache without damage.
  if (own.proxyFolder !== undefined && !existsSync(own.proxyFolder)) throw noCache(resolve(own.proxyFolder));
  const session = await openSession({ options: client, ...userEnvironment(), emit: () => undefined });
  const cache = await openCache(session.configuration, own, { keepsLimit: false });
  try {
    return await cache.check(signal, onFinding);
  } finally {
    await cache.close();
    await session.close();
  }
}

function noCache(path: string): ClojarsFetchError {
  return new ClojarsFetchError('ERR_CONFIG', {
    reason: 'bad-value',
    path,
    message: `${escapeForDisplay(path, 300)}: this folder does not exist, so nothing can be checked`,
    hint: 'Check the spelling of the folder, and that its disk is there. A proxy makes it when it starts.',
  });
}
