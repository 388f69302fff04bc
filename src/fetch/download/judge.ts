/** Judges a body on the disk: asks the verifier, requests the claims that would help, and asks again. */
import { originOf } from '../../network/mirrors/order.js';
import type { Mirror } from '../../network/mirrors/repository.js';
import type { Speaker } from '../../network/mirrors/witness.js';
import type { ChecksumAlgorithm, ChecksumClaim, Digests } from '../../proof/checksum/claim.js';
import type { Evidence, Need, Verdict } from '../../proof/evidence.js';
import { compareLevels } from '../../proof/level.js';
import type { FilePolicy } from '../../proof/policy.js';
import { checkFile } from '../../proof/verifier.js';
import { digestFile } from '../digest-file.js';
import type { ClaimAnswer } from './claims.js';
import type { FileRequest } from './file-request.js';
import type { FileState } from './file-state.js';
import type { PartialDownload } from './partial-download.js';

/** Whether the policy always needs a quorum, so that the witnesses are asked during the download. */
export function needsWitnesses({ request }: FileState): boolean {
  return request.policy.level === 'quorum' && request.pin === null;
}

/** Asks the other operators during the download. A failure is reported when the verdict needs the answers. */
export function askWitnesses({ request, claims }: FileState, mirror: Mirror): Promise<readonly ClaimAnswer[]> {
  const others = request.repository.mirrors.filter(({ operator }) => operator !== mirror.operator);
  const answers = withAudits(claims.askOperators(others, request.policy.quorum), claims, request);
  answers.catch(() => undefined);
  return answers;
}

/** A body, and the claims about its checksum so far. */
export interface JudgedBody {
  readonly mirror: Mirror;
  readonly partial: PartialDownload;
  readonly claims: readonly ChecksumClaim[];
  /** Answers of the other operators, if they were asked already. */
  readonly witnesses: Promise<readonly ClaimAnswer[]> | null;
  /** Fingerprint of its good signature. */
  readonly signer: string | null;
}

export interface Judgement {
  readonly verdict: Verdict;
  readonly digests: Digests;
}

/** Asks the verifier, requests the claims that would change a refusal, and asks again. */
export async function judge(state: FileState, body: JudgedBody): Promise<Judgement> {
  const { mirror, partial, witnesses } = body;
  const known: ChecksumClaim[] = [...body.claims];
  if (witnesses !== null) addClaims(known, await witnesses);
  const computed = partial.digester.digests();
  let digests = (computed instanceof Promise ? await computed : computed) ?? (await digestAgain(partial, digestAlgorithms(state.request)));
  let canonicalReachable = true;
  const asked = new Set<Need>();
  // A quorum may do without a canonical operator that is out of reach: then not every file waits for it.
  let isPostponed = false;
  for (;;) {
    const missing = algorithmsWithout(digests, known);
    if (missing.length > 0) digests = { ...digests, ...(await digestAgain(partial, missing)) };
    const verdict = checkFile(evidenceOf(state, body, digests, known, canonicalReachable), policyAgainst(state, partial.speaker));
    const unasked = verdict.ok ? undefined : verdict.needs?.find((kind) => !asked.has(kind));
    const need: Need | undefined = unasked ?? (isPostponed && !verdict.ok ? 'canonical-checksum' : undefined);
    if (need === undefined) return { verdict, digests };
    asked.add(need);
    if (need === 'canonical-checksum') {
      isPostponed = unasked !== undefined && isCanonicalOutOfReach(state, mirror);
      canonicalReachable = false;
      if (isPostponed) continue;
    }
    const answers = await askFor(
      need,
      state,
      isPostponed ? mirrorsBut(mirror, state).filter(({ canonical }) => !canonical) : mirrorsBut(mirror, state),
    );
    if (need === 'canonical-checksum') canonicalReachable = answers.some(({ reachable }) => reachable);
    addClaims(known, answers);
  }
}

function askFor(need: Need, { request, claims }: FileState, mirrors: readonly Mirror[]): Promise<readonly ClaimAnswer[]> {
  if (need === 'canonical-checksum') return claims.askAll(mirrors.filter(({ canonical }) => canonical));
  return withAudits(claims.askAll(mirrors, request.policy.quorum), claims, request);
}

/** Adds the answers of audits. An audit and a mirror of the same operator count once, but may contradict each other. */
async function withAudits(
  answers: Promise<readonly ClaimAnswer[]>,
  claims: FileState['claims'],
  { policy }: FileRequest,
): Promise<readonly ClaimAnswer[]> {
  return (await Promise.all([answers, claims.askAudits(policy.quorum)])).flat();
}

/** The mirror's own checksum file was already requested, unless it may be missing. */
function mirrorsBut(mirror: Mirror, { request }: FileState): readonly Mirror[] {
  return request.repository.mirrors.filter((other) => request.checksumExempt || other !== mirror);
}

function isCanonicalOutOfReach(state: FileState, mirror: Mirror): boolean {
  const { health } = state.network;
  return mirrorsBut(mirror, state).every(({ canonical, url }) => !canonical || !health.mayAwait(originOf(url)));
}

/** Digests the body on the disk. */
async function digestAgain({ temporary }: PartialDownload, algorithms: readonly ChecksumAlgorithm[]): Promise<Digests> {
  await temporary.flush();
  return digestFile(temporary.file, algorithms);
}

/** Returns the algorithms of claims that cannot be compared with these digests. */
function algorithmsWithout(digests: Digests, claims: readonly ChecksumClaim[]): readonly ChecksumAlgorithm[] {
  const missing = new Set<ChecksumAlgorithm>();
  for (const { algorithm } of claims) if (digests[algorithm] === undefined) missing.add(algorithm);
  return [...missing];
}

function evidenceOf(
  { request }: FileState,
  { partial, signer }: JudgedBody,
  digests: Digests,
  claims: readonly ChecksumClaim[],
  canonicalReachable: boolean,
): Evidence {
  const { path, pin, firstSeen, repository, checksumExempt } = request;
  return {
    path,
    digests,
    servedBy: partial.speaker,
    claims,
    pin: pin ?? undefined,
    firstSeen: firstSeen?.sha256,
    moved: firstSeen === null || firstSeen.repository === repository.id ? undefined : { from: firstSeen.repository, to: repository.id },
    signature: signer === null ? undefined : { fingerprint: signer },
    canonicalReachable,
    checksumFileExempt: checksumExempt,
  };
}

function addClaims(known: ChecksumClaim[], answers: readonly ClaimAnswer[]): void {
  for (const { claim } of answers) {
    const isKnown = (other: ChecksumClaim): boolean =>
      other.mirror === claim?.mirror &&
      other.algorithm === claim.algorithm &&
      other.value === claim.value &&
      other.operator === claim.operator;
    if (claim !== null && !known.some(isKnown)) known.push(claim);
  }
}

/**
 * Returns the policy for a file from this mirror. If the canonical operator does not have the file (a cached 404, a withdrawn release, a
 * forgery), an untrusted mirror needs a proof of `quorum` or stronger.
 */
function policyAgainst({ request, canonicalNotFound }: FileState, speaker: Speaker): FilePolicy {
  const { policy } = request;
  if (!canonicalNotFound || speaker.canonical || speaker.trusted) return policy;
  return policy.level !== null && compareLevels(policy.level, 'quorum') > 0 ? policy : { ...policy, level: 'quorum' };
}

/** Returns the algorithms to hash a body with. Besides SHA-256, most signatures are over SHA-512. */
export function digestAlgorithms({
  pin,
  signatures,
  alsoDigest = [],
}: Pick<FileRequest, 'pin' | 'signatures' | 'alsoDigest'>): readonly ChecksumAlgorithm[] {
  return [
    ...new Set<ChecksumAlgorithm>([
      'sha1',
      'sha256',
      ...(pin === null ? [] : [pin.algorithm]),
      ...(signatures === null ? [] : (['sha512'] as const)),
      ...alsoDigest,
    ]),
  ];
}
