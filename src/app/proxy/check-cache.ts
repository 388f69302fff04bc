/** `proxy check`: hashes every file of the cache. */
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
  const session = await openSession({ options: client, ...userEnvironment(), emit: () => undefined });
  const cache = await openCache(session.configuration, own, { keepsLimit: false });
  try {
    return await cache.check(signal, onFinding);
  } finally {
    await cache.close();
    await session.close();
  }
}
