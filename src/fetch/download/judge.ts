/** From a body on the disk to a verdict: asks the verifier, gets the claims that would help, and asks again. */
import type { Mirror } from '../../network/mirrors/repository.js';
import type { ChecksumAlgorithm, ChecksumClaim, Digests } from '../../proof/checksum/claim.js';
import type { Verdict } from '../../proof/evidence.js';
import { compareLevels } from '../../proof/level.js';
import { checkFile, type FilePolicy } from '../../proof/verifier.js';
import { digestFile } from '../digest-file.js';
import type { ClaimAnswer } from './claims.js';
import type { PartialDownload } from './download.js';
import type { FileRequest } from './file-request.js';
import type { FileState } from './file-state.js';

/** Whether every file needs a quorum, so that its witnesses are asked while it is on its way. */
export function needsWitnesses({ request }: FileState): boolean {
  return request.policy.level === 'quorum' && request.pin === null && !request.checksumExempt;
}

/**
 * Asks the other operators, beside the download. A failure shows when the verdict needs the answers.
 */
export function askWitnesses({ request, claims }: FileState, mirror: Mirror): Promise<readonly ClaimAnswer[]> {
  const answers = claims.askOperators(request.repository.mirrors.filter(({ operator }) => operator !== mirror.operator));
  answers.catch(() => undefined);
  return answers;
}

/** Asks the verifier, gets the claims that it says would help, and asks again. */
export async function judge(
  state: FileState,
  mirror: Mirror,
  partial: PartialDownload,
  secure: boolean,
  own: readonly ChecksumClaim[],
  witnesses: Promise<readonly ClaimAnswer[]> | null = null,
  signer: string | null = null,
): Promise<{ verdict: Verdict; digests: Digests }> {
  const { request, claims } = state;
  const known: ChecksumClaim[] = [...own];
  if (witnesses !== null) addClaims(known, await witnesses);
  const computed = await partial.digester.digests();
  if (computed === null) await partial.temporary.flush();
  let digests: Digests = computed ?? (await digestFile(partial.temporary.file, digestAlgorithms(request)));
  let canonicalReachable = true;
  const asked = new Set<string>();
  for (;;) {
    const missing = known.map(({ algorithm }) => algorithm).filter((algorithm) => digests[algorithm] === undefined);
    if (missing.length > 0) {
      await partial.temporary.flush();
      digests = { ...digests, ...(await digestFile(partial.temporary.file, [...new Set(missing)])) };
    }
    const verdict = checkFile(
      {
        path: request.path,
        digests,
        servedBy: { mirror: mirror.url.href, operator: mirror.operator, canonical: mirror.canonical, trusted: mirror.trusted, secure },
        claims: known,
        pin: request.pin ?? undefined,
        firstSeen: request.firstSeen === null ? undefined : request.firstSeen.sha256,
        moved:
          request.firstSeen === null || request.firstSeen.repository === request.repository.id
            ? undefined
            : { from: request.firstSeen.repository, to: request.repository.id },
        signature: signer === null ? undefined : { fingerprint: signer },
        canonicalReachable,
        checksumFileExempt: request.checksumExempt,
      },
      policyAgainst(state, mirror),
    );
    const need = verdict.ok ? undefined : verdict.needs?.find((kind) => !asked.has(kind));
    if (need === undefined) return { verdict, digests };
    asked.add(need);
    const others = request.repository.mirrors.filter((other) => other !== mirror);
    const answers = await claims.askAll(need === 'canonical-checksum' ? others.filter((other) => other.canonical) : others);
    if (need === 'canonical-checksum') canonicalReachable = answers.some(({ reachable }) => reachable);
    addClaims(known, answers);
  }
}

function addClaims(known: ChecksumClaim[], answers: readonly ClaimAnswer[]): void {
  for (const { claim } of answers) {
    if (claim && !known.some(({ mirror: speaker, algorithm }) => speaker === claim.mirror && algorithm === claim.algorithm))
      known.push(claim);
  }
}

/**
 * What the canonical operator says is not there (a cached 404, a withdrawn release, an invention) is taken from an
 * untrusted mirror only with a proof of `quorum` or stronger.
 */
function policyAgainst({ request, canonicalNotFound }: FileState, mirror: Mirror): FilePolicy {
  const { policy } = request;
  if (!canonicalNotFound || mirror.canonical || mirror.trusted) return policy;
  return policy.level !== null && compareLevels(policy.level, 'quorum') > 0 ? policy : { ...policy, level: 'quorum' };
}

/** SHA-512 is what most signatures are over, beside SHA-256. */
export function digestAlgorithms({ pin, signatures }: Pick<FileRequest, 'pin' | 'signatures'>): readonly ChecksumAlgorithm[] {
  return [
    ...new Set<ChecksumAlgorithm>([
      'sha1',
      'sha256',
      ...(pin === null ? [] : [pin.algorithm]),
      ...(signatures === null ? [] : (['sha512'] as const)),
    ]),
  ];
}
