/** A local file without a remembered verdict, such as one of another tool: hashed, and used at level `local` or better. */
import { readBounded } from '../../base/disk/read-bounded.js';
import type { LocalFile } from '../../base/disk/stat-file.js';
import { ClojarsFetchError } from '../../base/error.js';
import type { RepositoryCandidate } from '../../network/mirrors/order.js';
import { checksumMaxBytes } from '../../network/transport/limits.js';
import type { ChecksumClaim } from '../../proof/checksum/claim.js';
import { parseSidecar } from '../../proof/checksum/sidecar.js';
import { compareLevels } from '../../proof/level.js';
import { formatProof } from '../../proof/proof.js';
import { checkFile } from '../../proof/verifier.js';
import type { Context } from '../context.js';
import { digestFile } from '../digest-file.js';
import { ClaimCollector } from '../download/claims.js';
import { reportSignature, summaryOf } from '../signature/report-signature.js';
import { signatureError, signerError } from '../signature/signature-failure.js';
import { recordSigner } from '../signature/signature-review.js';
import { reviewSubjectOf } from '../signature/signature-subject.js';
import type { ResolvedFile, WantedFile } from '../wanted-file.js';
import { rememberVerdict } from './remember-verdict.js';
import { reviewLocalFile } from './review-local-file.js';

/** The file, where it may be from, and why it is judged. */
export interface LocalJudgement {
  readonly found: LocalFile;
  readonly candidates: readonly RepositoryCandidate[];
  /** Id of the repository it came from; null if that is unknown. */
  readonly repository: string | null;
  /** Check the file again: proofs are requested whatever the policy requires, and nothing is remembered. Default false. */
  readonly again?: boolean | undefined;
}

/** Errors as findLocalFile. */
export async function judgeLocalFile(
  context: Context,
  subject: WantedFile,
  { found, candidates, repository, again = false }: LocalJudgement,
): Promise<ResolvedFile> {
  const { path, policy, pin } = subject;
  let digests = await digestFile(found.file, [...new Set(['sha1', 'sha256', ...(pin ? [pin.algorithm] : [])] as const)]);
  const sha256 = digests.sha256 ?? '';
  const beside = await readPersistedChecksum(`${found.file}.sha1`);
  if (beside !== null && beside !== digests.sha1) {
    const finding = `does not have the checksum that is stored next to it: sha1 ${beside} expected, ${digests.sha1 ?? ''} found`;
    throw new ClojarsFetchError('ERR_LOCAL_REPOSITORY', {
      reason: 'corrupt',
      coordinate: subject.coordinate,
      path: found.file,
      message: `${found.file} ${finding}`,
      finding,
      hint: 'The file was damaged or changed. Delete it and its .sha1, and run again.',
    });
  }
  const firstSeen = subject.snapshot ? null : await context.store.firstSeen.check(path);
  const needsProof = (again || (policy.level !== null && compareLevels(policy.level, 'local') > 0)) && pin === null && !context.run.offline;
  const ask = again && (policy.level === null || compareLevels(policy.level, 'quorum') < 0) ? claimsOfSome : claimsOf;
  const claims = needsProof ? await ask(context, subject, candidates) : [];
  const more = [...new Set(claims.map(({ algorithm }) => algorithm))].filter((algorithm) => digests[algorithm] === undefined);
  if (more.length > 0) digests = { ...digests, ...(await digestFile(found.file, more)) };
  const review = await reviewLocalFile(context, subject, { candidates, found, repository });
  const signer = review?.decision === 'proof' ? (review.verdict?.fingerprint ?? null) : null;
  const verdict = checkFile(
    {
      path,
      digests,
      signature: signer === null ? undefined : { fingerprint: signer },
      servedBy: null,
      local: true,
      claims,
      pin: pin ?? undefined,
      firstSeen: firstSeen ? firstSeen.sha256 : undefined,
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
      finding: verdict.message,
      hint: verdict.hint ?? 'Another tool put the file there; it is not overwritten. Delete it to have it fetched again.',
    });
  }
  if (review !== null) reportSignature(context.run, subject, review);
  if (review?.decision === 'fail') throw signatureError(subject.coordinate, review, found.file);
  const options = review === null ? null : reviewSubjectOf(subject);
  const changed = review === null || options === null ? null : await recordSigner(context, options, review);
  if (changed !== null) throw signerError(subject.coordinate, changed, subject.signed ?? { group: subject.group, artifact: '' });
  const signature = review === null ? null : summaryOf(review);
  const entry = {
    sha256,
    level: verdict.level,
    proofs: verdict.proofs,
    repository,
    mirror: null,
    signature: signature ?? undefined,
  };
  // Whether it is signed is asked again where nobody could say.
  if (!again && (review === null || review.settled))
    await rememberVerdict(context, subject, found, { ...entry, sha1: digests.sha1 ?? null });
  for (const message of verdict.warnings)
    context.run.emit({ type: 'warning', warning: 'verification', message: `${subject.coordinate}: ${message}`, path });
  context.run.emit({ type: 'verified', path, level: verdict.level, proofs: verdict.proofs.map(formatProof) });
  return { path, file: found.file, size: found.size, ...entry, witnesses: verdict.witnesses, overHttp: verdict.overHttp };
}

/** What all mirrors of the repositories say of the file, when the policy wants more than `local`. */
async function claimsOf(context: Context, subject: WantedFile, candidates: readonly RepositoryCandidate[]): Promise<ChecksumClaim[]> {
  const { signal } = context.run;
  const network = await context.network.open();
  const answers = await Promise.all(
    candidates.map(({ repository }) =>
      new ClaimCollector({ network, path: subject.path, mirrors: repository.mirrors, signal }).askAll(repository.mirrors),
    ),
  );
  return answers.flat().flatMap(({ claim }) => (claim ? [claim] : []));
}

/**
 * What the canonical operator says, by the first of his mirrors that can; where none can, what the others say. The
 * repositories are asked in turn until one knows the file.
 */
async function claimsOfSome(context: Context, subject: WantedFile, candidates: readonly RepositoryCandidate[]): Promise<ChecksumClaim[]> {
  const { signal } = context.run;
  const network = await context.network.open();
  const unreachable: string[] = [];
  for (const { repository } of candidates) {
    const collector = new ClaimCollector({ network, path: subject.path, mirrors: repository.mirrors, signal });
    const heard: ChecksumClaim[] = [];
    let answered = false;
    for (const mirror of repository.mirrors.filter(({ canonical }) => canonical)) {
      const [answer] = await collector.askAll([mirror]);
      if (answer?.reachable) answered = true;
      if (answer?.claim) heard.push(answer.claim);
      if (heard.length > 0) return heard;
    }
    for (const { claim } of await collector.askAll(repository.mirrors.filter(({ canonical }) => !canonical))) if (claim) heard.push(claim);
    if (heard.length > 0) return heard;
    if (!answered) unreachable.push(repository.id);
  }
  signal.throwIfAborted();
  if (unreachable.length > 0)
    context.run.emit({
      type: 'warning',
      warning: 'not-asked',
      message: `${subject.coordinate}: ${unreachable.join(', ')} did not answer, so what it publishes could not be compared`,
      path: subject.path,
      repositories: unreachable,
    });
  return [];
}

/** The checksum file that Maven keeps beside an artifact; null where there is none that can be read. */
async function readPersistedChecksum(file: string): Promise<string | null> {
  try {
    const bytes = readBounded(file, checksumMaxBytes);
    const sidecar = bytes === null ? null : parseSidecar(bytes, 'sha1');
    return sidecar?.ok ? sidecar.value : null;
  } catch {
    return null;
  }
}
