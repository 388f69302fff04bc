/** Stores verdicts for the next warm start. */
import type { LocalFile } from '../../base/disk/stat-file.js';
import { isClojarsFetchError } from '../../base/error.js';
import type { CachedVerdict } from '../../local/ledger/verification-cache.js';
import type { Accepted } from '../../proof/evidence.js';
import { compareLevels } from '../../proof/level.js';
import type { Parts } from '../context.js';
import type { WantedFile } from '../wanted-file.js';
import { checksumKey, verdictKey } from './verdict-key.js';

/** A verdict, and the verdict that remains without the file's signature. */
export interface RememberedVerdict extends Omit<CachedVerdict, 'policyDigest'> {
  readonly withoutSignature: Accepted['withoutSignature'];
  /** Whether the judgement of the signature is final. If not, only the rest is stored, and the signature is requested again next time. */
  readonly settled: boolean;
}

/**
 * Records the verdict under the policy in effect and, if signatures are checked, what is proven without them under the policy for
 * checksums: when keys or the trust model change, only the signature is judged again.
 *
 * The cache only saves time: if it cannot be written (a read-only home folder in a container, a full disk), the verified file is still
 * good, so the failure is only a warning.
 */
export async function rememberVerdict(
  { store: { verificationCache }, trust, run }: Parts<'store' | 'trust' | 'run'>,
  wanted: WantedFile,
  file: LocalFile,
  { withoutSignature, settled, ...verdict }: RememberedVerdict,
): Promise<void> {
  const record = (entry: CachedVerdict): Promise<void> => verificationCache.record(file, entry, run.signal);
  const [whole, checksums] = [await verdictKey(trust, wanted), checksumKey(wanted)];
  const records: Promise<void>[] = [];
  if (settled) records.push(record({ ...verdict, policyDigest: whole }));
  if (withoutSignature !== null && whole !== checksums) {
    const before = await verificationCache.lookup(file, checksums);
    if (before === null || compareLevels(withoutSignature.level, before.level) > 0)
      records.push(record({ ...verdict, ...withoutSignature, signature: undefined, policyDigest: checksums }));
  }
  try {
    await Promise.all(records);
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
