/** Finds files that are already in the local repository: known to the verification cache, or judged again. */
import type { LocalFile } from '../../base/disk/stat-file.js';
import type { CachedVerdict } from '../../local/ledger/verification-cache.js';
import type { RepositoryCandidate } from '../../network/mirrors/order.js';
import type { Pin } from '../../proof/evidence.js';
import { fitsPin, proofOfPin } from '../../proof/pin-proof.js';
import type { Context, Parts } from '../context.js';
import type { ResolvedFile, WantedFile } from '../wanted-file.js';
import { checksumKey, verdictKey } from './verdict-key.js';

/**
 * Returns the file if it is there and Maven would use it for one of these repositories; null if it has to be fetched.
 * @throws ClojarsFetchError ERR_CHECKSUM if it contradicts a pin, the first-seen record or a required proof, ERR_LOCAL_REPOSITORY if it
 * changed after it was placed. The file is never overwritten.
 */
export async function findLocalFile(
  context: Context,
  wanted: WantedFile,
  candidates: readonly RepositoryCandidate[],
): Promise<ResolvedFile | null> {
  const { local } = context.store;
  const { path } = wanted;
  const found = await local.find(path);
  if (!found) return null;
  const key = await verdictKey(context.trust, wanted);
  const known = recall(context, wanted, { found, candidates, key });
  if (known !== null) return asRemembered(path, found, known);
  const trackingIds = candidates.map(({ repository }) => repository.trackingId);
  if (!(await local.usable(path, trackingIds))) return null;
  const origins = await local.origins(path);
  const home =
    origins.kind === 'remote' ? candidates.find(({ repository }) => origins.repositoryIds.includes(repository.trackingId)) : undefined;
  const earlier = key === checksumKey(wanted) ? null : recall(context, wanted, { found, candidates, key: checksumKey(wanted) });
  const { judgeLocalFile } = await import('./judge-local-file.js');
  return judgeLocalFile(context, wanted, { found, candidates, repository: home?.repository.id ?? null, earlier });
}

/**
 * Returns the file if it is there with a remembered verdict that counts, and nothing must be awaited to know that; otherwise null:
 * {@link findLocalFile} may still find it.
 */
export function recallLocalFile(
  context: Parts<'store' | 'run'>,
  wanted: WantedFile,
  candidates: readonly RepositoryCandidate[],
): ResolvedFile | null {
  // The keyrings are yet to be looked at.
  if (wanted.policy.signatures !== 'off') return null;
  const found = context.store.local.peek(wanted.path);
  const known = found && recall(context, wanted, { found, candidates, key: checksumKey(wanted) });
  return known && asRemembered(wanted.path, found, known);
}

function asRemembered(
  path: string,
  { file, size }: LocalFile,
  { sha256, level, proofs, repository, signature }: CachedVerdict,
): ResolvedFile {
  return { path, file, size, sha256, repository, mirror: null, level, proofs, signature };
}

/** Looks up the remembered verdict; null if none counts under the pin in effect, for these repositories. */
function recall(
  { store, run }: Parts<'store' | 'run'>,
  { pin }: WantedFile,
  { found, candidates, key }: { readonly found: LocalFile; readonly candidates: readonly RepositoryCandidate[]; readonly key: string },
): CachedVerdict | null {
  if (run.paranoid) return null;
  const known = store.verificationCache.lookup(found, key);
  if (known === null) return null;
  const isCandidate = known.repository === null || candidates.some(({ repository }) => repository.id === known.repository);
  return isCandidate ? underPin(known, pin) : null;
}

/** Applies the pin in effect to a remembered verdict. A verdict that rests on a pin is worthless without that pin: then null. */
function underPin(verdict: CachedVerdict, pin: Pin | null): CachedVerdict | null {
  if (pin === null) return verdict.level === 'pinned' ? null : verdict;
  if (pin.algorithm !== 'sha256' || !fitsPin(pin, verdict.sha256)) return null;
  return { ...verdict, level: 'pinned', proofs: [proofOfPin(pin), ...verdict.proofs.filter((proof) => proof.level !== 'pinned')] };
}
