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
  context: Parts<'store' | 'trust' | 'run'>,
  wanted: WantedFile,
  file: LocalFile,
  verdict: RememberedVerdict,
): Promise<void> {
  const checksums = checksumKey(wanted);
  const whole = wanted.policy.signatures === 'off' ? checksums : await verdictKey(context.trust, wanted);
  try {
    const isRecorded = verdict.settled ? record(context, file, { ...withoutLayers(verdict), policyDigest: whole }) : null;
    await (whole === checksums ? isRecorded : Promise.all([isRecorded, recordChecksums(context, file, verdict, checksums)]));
  } catch (error) {
    warnUnwritable(context, wanted, error);
  }
}

/** Records what is proven without the signature, unless as much is recorded already. */
async function recordChecksums(
  context: Parts<'store' | 'run'>,
  file: LocalFile,
  verdict: RememberedVerdict,
  policyDigest: string,
): Promise<void> {
  const { withoutSignature } = verdict;
  if (withoutSignature === null) return;
  const before = context.store.verificationCache.lookup(file, policyDigest);
  if (before === null || compareLevels(withoutSignature.level, before.level) > 0)
    await record(context, file, { ...withoutLayers(verdict), ...withoutSignature, signature: undefined, policyDigest });
}

function withoutLayers({ withoutSignature: _, settled: __, ...verdict }: RememberedVerdict): Omit<CachedVerdict, 'policyDigest'> {
  return verdict;
}

function record({ store, run }: Parts<'store' | 'run'>, file: LocalFile, entry: CachedVerdict): Promise<void> {
  return store.verificationCache.record(file, entry, run.signal);
}

function warnUnwritable({ run }: Parts<'run'>, { path }: WantedFile, error: unknown): void {
  if (!isClojarsFetchError(error)) throw error;
  run.emit({
    type: 'warning',
    warning: 'cache-unwritable',
    message: `the verification cache cannot be written, so the next run hashes again: ${error.message}`,
    path,
  });
}
