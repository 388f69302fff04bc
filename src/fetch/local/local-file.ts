/** Files that are in the local repository already: known by the verification cache, else judged anew. */
import type { CachedVerdict } from '../../local/ledger/verification-cache.js';
import type { RepositoryCandidate } from '../../network/mirrors/order.js';
import type { Pin } from '../../proof/evidence.js';
import { fitsPin, proofOfPin } from '../../proof/pin-proof.js';
import type { Context } from '../context.js';
import type { ResolvedFile, WantedFile } from '../wanted-file.js';
import { verdictKey } from './verdict-key.js';

/**
 * Returns the file if it is there and Maven would use it for one of these repositories; null if it has to be fetched.
 * @throws ClojarsFetchError ERR_CHECKSUM if it contradicts a pin, the first-seen record or a required proof,
 * ERR_LOCAL_REPOSITORY if it changed since it was placed. It is never overwritten.
 */
export async function findLocalFile(
  context: Context,
  wanted: WantedFile,
  candidates: readonly RepositoryCandidate[],
): Promise<ResolvedFile | null> {
  const { store, trust, run } = context;
  const { local } = store;
  const { path } = wanted;
  const found = await local.find(path);
  if (!found) return null;
  const known = await store.verificationCache.lookup(found, await verdictKey(trust, wanted));
  const pinned = known && underPin(known, wanted.pin);
  if (
    known &&
    pinned &&
    !run.paranoid &&
    (known.repository === null || candidates.some(({ repository }) => repository.id === known.repository))
  ) {
    const { sha256, repository, signature } = known;
    return { path, file: found.file, size: found.size, sha256, repository, mirror: null, ...pinned, signature };
  }
  const trackingIds = candidates.map(({ repository }) => repository.trackingId);
  if (!(await local.usable(path, trackingIds))) return null;
  const origins = await local.origins(path);
  const home =
    origins.kind === 'remote' ? candidates.find(({ repository }) => origins.repositoryIds.includes(repository.trackingId)) : undefined;
  const { judgeLocalFile } = await import('./judge-local-file.js');
  return judgeLocalFile(context, wanted, { found, candidates, repository: home?.repository.id ?? null });
}

/**
 * Applies the pin in effect to a remembered verdict; null if the file must be judged anew. A verdict made by a pin is
 * worthless without the pin.
 */
function underPin({ level, proofs, sha256 }: CachedVerdict, pin: Pin | null): Pick<ResolvedFile, 'level' | 'proofs'> | null {
  if (pin === null) return level === 'pinned' ? null : { level, proofs };
  if (pin.algorithm !== 'sha256' || !fitsPin(pin, sha256)) return null;
  return { level: 'pinned', proofs: [proofOfPin(pin), ...proofs.filter((proof) => proof.level !== 'pinned')] };
}
