/** Files that are in the local repository already: known by the verification cache, else judged anew. */
import type { RepositoryCandidate } from '../repository/order.js';
import { policyDigest, policyFor } from '../verification/policy.js';
import type { Context } from './context.js';
import type { FileSubject, ResolvedFile } from './file-subject.js';

/**
 * The file, when it is there and Maven would use it for one of these repositories; null when it has to be fetched.
 * @throws ClojarsFetchError ERR_CHECKSUM when it contradicts a pin, the first-seen record or a demanded proof,
 * ERR_LOCAL_REPOSITORY when it is not what it was when it was placed. It is never overwritten.
 */
export async function findLocalFile(context: Context, subject: FileSubject, candidates: readonly RepositoryCandidate[], signal: AbortSignal): Promise<ResolvedFile | null> {
  const { local, verificationCache } = context;
  const { path } = subject;
  const found = await local.find(path);
  if (!found) return null;
  const digest = policyDigest(policyFor(context.policy, subject.group));
  const known = await verificationCache.lookup(found, digest);
  const pin = context.pinFor(path);
  if (known && !context.paranoid && (known.repository === null || candidates.some(({ repository }) => repository.id === known.repository)) && (pin === null || (known.level === 'pinned' && pin.algorithm === 'sha256' && pin.value.toLowerCase() === known.sha256))) {
    return { path, file: found.file, size: found.size, sha256: known.sha256, repository: known.repository, mirror: null, level: known.level, proofs: known.proofs };
  }
  if (!(await local.usable(path, candidates.map(({ repository }) => repository.trackingId)))) return null;
  const origins = await local.origins(path);
  const home = origins.kind === 'remote' ? candidates.find(({ repository }) => origins.repositoryIds.includes(repository.trackingId)) : undefined;
  const { judgeLocalFile } = await import('./judge-local-file.js');
  return judgeLocalFile(context, subject, candidates, found, home?.repository.id ?? null, signal);
}
