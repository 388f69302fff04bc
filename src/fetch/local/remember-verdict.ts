/** Keeps a verdict for the next warm start. */
import type { LocalFile } from '../../base/disk/stat-file.js';
import { isClojarsFetchError } from '../../base/error.js';
import type { CachedVerdict } from '../../local/ledger/verification-cache.js';
import type { Parts } from '../context.js';
import type { WantedFile } from '../wanted-file.js';
import { verdictKey } from './verdict-key.js';

/**
 * Records the verdict under the policy in effect. The cache only saves time: if it cannot be written (a read-only home
 * folder in a container, a full disk), the verified file is still good, so that is a warning.
 */
export async function rememberVerdict(
  { store, trust, run }: Parts<'store' | 'trust' | 'run'>,
  wanted: WantedFile,
  file: LocalFile,
  verdict: Omit<CachedVerdict, 'policyDigest'>,
): Promise<void> {
  try {
    await store.verificationCache.record(file, { ...verdict, policyDigest: await verdictKey(trust, wanted) }, run.signal);
  } catch (error) {
    if (!isClojarsFetchError(error)) throw error;
    run.emit({
      type: 'warning',
      warning: 'cache-unwritable',
      message: `the verification cache cannot be written, so the next run hashes again: ${error.message}`,
      path: wanted.path,
    });
  }
}
