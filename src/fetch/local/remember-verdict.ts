/** Keeps a verdict for the next warm start. */
import type { LocalFile } from '../../base/disk/stat-file.js';
import { isClojarsFetchError } from '../../base/error.js';
import type { CachedVerdict } from '../../local/ledger/verification-cache.js';
import type { Context } from '../context.js';
import type { FileSubject } from '../file-subject.js';
import { verdictKey } from './verdict-key.js';

/**
 * Records the verdict under the policy in effect. The cache only saves time: where it cannot be written (a read-only
 * home folder in a container, a full disk) a verified file is still a good one, so that is a warning.
 */
export async function rememberVerdict(
  context: Context,
  subject: FileSubject,
  file: LocalFile,
  verdict: Omit<CachedVerdict, 'policyDigest'>,
): Promise<void> {
  try {
    await context.verificationCache.record(file, { ...verdict, policyDigest: await verdictKey(context, subject.group) });
  } catch (error) {
    if (!isClojarsFetchError(error)) throw error;
    context.emit({
      type: 'warning',
      warning: 'cache-unwritable',
      message: `the verification cache cannot be written, so the next run hashes again: ${error.message}`,
      path: subject.path,
    });
  }
}
