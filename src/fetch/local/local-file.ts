/** Files that are in the local repository already: known by the verification cache, else judged anew. */
import type { CachedVerdict } from '../../local/ledger/verification-cache.js';
import type { RepositoryCandidate } from '../../network/mirrors/order.js';
import type { Pin } from '../../proof/evidence.js';
import { fitsPin, proofOfPin } from '../../proof/pin-proof.js';
import type { Context } from '../context.js';
import type { FileSubject, ResolvedFile } from '../file-subject.js';
import { verdictKey } from './verdict-key.js';

/**
 * The file, when it is there and Maven would use it for one of these repositories; null when it has to be fetched.
 * @throws ClojarsFetchError ERR_CHECKSUM when it contradicts a pin, the first-seen record or a demanded proof,
 * ERR_LOCAL_REPOSITORY when it is not what it was when it was placed. It is never overwritten.
 */
export async function findLocalFile(
  context: Context,
  subject: FileSubject,
  candidates: readonly RepositoryCandidate[],
  signal: AbortSignal,
): Promise<ResolvedFile | null> {
  const { local, verificationCache } = context;
  const { path } = subject;
  const found = await local.find(path);
  if (!found) return null;
  const known = await verificationCache.lookup(found, await verdictKey(context, subject.group));
  const pinned = known && underPin(known, context.pinFor(path));
  if (
    known &&
    pinned &&
    !context.paranoid &&
    (known.repository === null || candidates.some(({ repository }) => repository.id === known.repository))
  ) {
    return {
      path,
      file: found.file,
      size: found.size,
      sha256: known.sha256,
      repository: known.repository,
      mirror: null,
      ...pinned,
      ...(known.signature === undefined ? {} : { signature: known.signature }),
    };
  }
  if (
    !(await local.usable(
      path,
      candidates.map(({ repository }) => repository.trackingId),
    ))
  )
    return null;
  const origins = await local.origins(path);
  const home =
    origins.kind === 'remote' ? candidates.find(({ repository }) => origins.repositoryIds.includes(repository.trackingId)) : undefined;
  const { judgeLocalFile } = await import('./judge-local-file.js');
  return judgeLocalFile(context, subject, candidates, found, home?.repository.id ?? null, signal);
}

/**
 * What a remembered verdict comes to under the pin of today, if there is one; null where the file must be judged anew. A
 * verdict that a pin made is worth nothing without it.
 */
function underPin({ level, proofs, sha256 }: CachedVerdict, pin: Pin | null): Pick<ResolvedFile, 'level' | 'proofs'> | null {
  if (pin === null) return level === 'pinned' ? null : { level, proofs };
  if (pin.algorithm !== 'sha256' || !fitsPin(pin, sha256)) return null;
  return { level: 'pinned', proofs: [proofOfPin(pin), ...proofs.filter((proof) => proof.level !== 'pinned')] };
}
