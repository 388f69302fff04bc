/** Files that are in the local repository already: ours by the verification cache, others' at level `local`. */
import { readFile } from 'node:fs/promises';

import { ClojarsFetchError } from '../error.js';
import type { LocalFile } from '../local-repository/temporary-file.js';
import type { RepositoryCandidate } from '../repository/order.js';
import { compareLevels, type ChecksumClaim } from '../verification/level.js';
import { parseSidecar } from '../verification/checksum/sidecar.js';
import { policyDigest, policyFor } from '../verification/policy.js';
import { checkFile } from '../verification/verifier.js';
import { createClaimCollector } from './claims.js';
import type { Context } from './context.js';
import { digestFile } from './digest-file.js';
import { rememberVerdict } from './remember-verdict.js';
import type { FileSubject, ResolvedFile } from './resolve-file.js';

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
  return judgeLocalFile(context, subject, candidates, found, home?.repository.id ?? null, signal);
}

async function judgeLocalFile(context: Context, subject: FileSubject, candidates: readonly RepositoryCandidate[], found: LocalFile, repository: string | null, signal: AbortSignal): Promise<ResolvedFile> {
  const { path } = subject;
  const policy = policyFor(context.policy, subject.group);
  const pin = context.pinFor(path);
  const digests = await digestFile(found.file, [...new Set(['sha1', 'sha256', ...(pin ? [pin.algorithm] : [])] as const)]);
  const sha256 = digests.sha256 ?? '';
  const beside = await readPersistedChecksum(`${found.file}.sha1`);
  if (beside !== null && beside !== digests.sha1) {
    throw new ClojarsFetchError('ERR_LOCAL_REPOSITORY', {
      reason: 'corrupt',
      coordinate: subject.coordinate,
      path: found.file,
      message: `${found.file} does not have the checksum that was stored beside it: sha1 ${beside} expected, ${digests.sha1 ?? ''} found`,
      hint: 'The file was damaged or changed. Delete it and its .sha1, and run again.',
    });
  }
  const firstSeen = subject.snapshot ? null : await context.firstSeen.check(path);
  const needsProof = policy.level !== null && compareLevels(policy.level, 'local') > 0 && pin === null && !context.offline;
  const claims = needsProof ? await claimsOf(context, subject, candidates, signal) : [];
  const verdict = checkFile(
    {
      path,
      digests,
      servedBy: null,
      local: true,
      claims,
      ...(pin ? { pin } : {}),
      ...(firstSeen ? { firstSeen: firstSeen.sha256 } : {}),
      canonicalReachable: claims.some(({ canonical }) => canonical),
      checksumFileExempt: subject.checksumExempt,
    },
    policy,
  );
  if (!verdict.ok) {
    throw new ClojarsFetchError(verdict.code, {
      reason: verdict.reason,
      coordinate: subject.coordinate,
      path: found.file,
      message: `${found.file}: ${verdict.message}`,
      hint: verdict.hint ?? 'Another tool put the file there; it is not overwritten. Delete it to have it fetched again.',
    });
  }
  const entry = { sha256, level: verdict.level, proofs: verdict.proofs, repository, mirror: null };
  await rememberVerdict(context, subject, found, { ...entry, sha1: digests.sha1 ?? null });
  context.emit({ type: 'verified', path, level: verdict.level, proofs: verdict.proofs });
  return { path, file: found.file, size: found.size, ...entry };
}

/** What all mirrors of the repositories say of the file, when the policy wants more than `local`. */
async function claimsOf(context: Context, subject: FileSubject, candidates: readonly RepositoryCandidate[], signal: AbortSignal): Promise<ChecksumClaim[]> {
  const wire = await context.wire();
  const answers = await Promise.all(candidates.map(({ repository }) => createClaimCollector(wire, subject.path, signal).askAll(repository.mirrors)));
  return answers.flat().flatMap(({ claim }) => (claim ? [claim] : []));
}

/** The checksum file that Maven keeps beside an artifact; null where there is none that can be read. */
async function readPersistedChecksum(file: string): Promise<string | null> {
  try {
    const sidecar = parseSidecar(await readFile(file), 'sha1');
    return sidecar.ok ? sidecar.value : null;
  } catch {
    return null;
  }
}
