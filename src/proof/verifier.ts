/**
 * Judges one file: turns evidence and policy into a verdict.
 *
 * Contradictions come first: a pin that does not match, a release that changed, a canonical checksum or the server's own
 * that does not match, operators that disagree. Then the proofs are collected, and the strongest is compared with what
 * the policy requires. Nothing depends on the order of the claims, so timing cannot change a verdict.
 *
 * MD5 proves `transport` only: if no better checksum matches, a policy that requires more refuses the file as `weak`.
 */
import { checksumAlgorithms, isPinStrength, isWeak } from './checksum/algorithm.js';
import type { ChecksumAlgorithm, ChecksumClaim } from './checksum/claim.js';
import { checkQuorum, type QuorumVerdict } from './checksum/quorum.js';
import type { Accepted, Evidence, Need, Refused, Verdict, Witness } from './evidence.js';
import { compareLevels, type Level } from './level.js';
import { fitsPin, proofOfPin } from './pin-proof.js';
import type { TrustPolicy } from './policy.js';
import type { Proof } from './proof.js';

/** The part of the policy that one file is judged by: see `policyFor`. */
export type FilePolicy = Pick<TrustPolicy, 'level' | 'checksums' | 'acceptMirrorChecksums' | 'quorum'>;

/** Judges one file. Never throws. */
export function checkFile(evidence: Evidence, policy: FilePolicy): Verdict {
  const claims = evidence.claims.filter((claim) => evidence.digests[claim.algorithm] !== undefined);
  const matches = (claim: ChecksumClaim): boolean => evidence.digests[claim.algorithm] === claim.value;
  const origin = claims.filter((claim) => claim.canonical && claim.secure);
  const own = claims.filter((claim) => isOwn(claim, evidence));
  const quorum = checkQuorum(claims, evidence.digests, policy.quorum);

  const pinned = checkPin(evidence);
  if (pinned !== null && typeof pinned === 'object') return pinned;
  const changed = pinned === 'strong' ? null : checkFirstSeen(evidence);
  if (changed !== null) return changed;
  const overruled = pinned === 'strong' || evidence.signature !== undefined;
  const contradicted = overruled ? null : checkContradictions(evidence, claims, origin, own, quorum);
  if (contradicted !== null) return contradicted;

  const warnings: string[] = [];
  const wrong = sorted(claims.filter((claim) => !matches(claim)));
  const dissenters = [...new Set(wrong.map((claim) => claim.mirror))];
  for (const mirror of dissenters) warnings.push(`${mirror} publishes another checksum for ${evidence.path}; it was not believed`);
  if (pinned === 'strong' && checkFirstSeen(evidence) !== null)
    warnings.push(`${evidence.path} is not what was first seen; the pin decided`);
  if (pinned === 'weak')
    warnings.push(`the pin of ${evidence.path} is ${evidence.pin?.algorithm ?? ''}, too weak to count as a proof; pin sha256 or sha512`);

  const best = (from: readonly ChecksumClaim[]): ChecksumClaim | undefined => sorted(from.filter(matches))[0];
  const originClaim = best(origin.filter((claim) => !isWeak(claim.algorithm)));
  const ownClaim = best(own);
  const proofs = collectProofs(evidence, {
    isPinned: pinned === 'strong',
    operators: quorum.met ? quorum.agreeing : null,
    origin: originClaim,
    own: ownClaim,
  });
  const level = proofs[0]?.level ?? 'none';

  const refusal = checkDefaultRule(evidence, policy, level, claims, quorum) ?? checkMinimum(evidence, policy, level, claims, quorum);
  if (refusal !== null) return refusal;
  if (level === 'none' && policy.checksums === 'warn' && evidence.checksumFileExempt !== true) {
    warnings.push(`no checksum is published for ${evidence.path}; it was not verified`);
  }
  const shown = originClaim ?? ownClaim ?? best(quorum.met ? claims : []);
  const checksum: Accepted['checksum'] = shown === undefined ? null : { algorithm: shown.algorithm, source: shown.mirror };
  return {
    ok: true,
    level,
    proofs,
    checksum,
    warnings,
    dissenters,
    withoutSignature: evidence.signature === undefined ? { level, proofs } : judgeWithoutSignature(evidence, policy),
    witnesses: witnessesOf(claims, evidence),
    overHttp: [...new Set(claims.filter((claim) => !claim.secure && matches(claim)).map(({ mirror }) => mirror))].sort(),
  };
}

/** The proofs in the evidence, before they are compared with the policy. */
interface Findings {
  readonly isPinned: boolean;
  /** The operators of a quorum that is met, else null. */
  readonly operators: readonly string[] | null;
  readonly origin: ChecksumClaim | undefined;
  readonly own: ChecksumClaim | undefined;
}

/** Returns the proofs, strongest first: those of this run, and those of an earlier run at levels that this one did not reach. */
function collectProofs(
  { pin, signature, earlier = [], local }: Evidence,
  { isPinned, operators, origin, own }: Findings,
): readonly Proof[] {
  const proofs: Proof[] = [];
  if (isPinned && pin !== undefined) proofs.push(proofOfPin(pin));
  if (signature !== undefined) proofs.push({ level: 'signed', fingerprint: signature.fingerprint });
  if (operators !== null) proofs.push({ level: 'quorum', operators });
  if (origin !== undefined) proofs.push({ level: 'origin', algorithm: origin.algorithm });
  if (own !== undefined) proofs.push({ level: 'transport', algorithm: own.algorithm });
  const known = earlier.filter(
    ({ level }) => (level === 'quorum' || level === 'origin' || level === 'transport') && !proofs.some((proof) => proof.level === level),
  );
  if (known.length > 0) return [...proofs, ...known].sort((a, b) => compareLevels(b.level, a.level));
  if (local === true) proofs.push({ level: 'local' });
  return proofs;
}

function judgeWithoutSignature(evidence: Evidence, policy: FilePolicy): Accepted['withoutSignature'] {
  const verdict = checkFile({ ...evidence, signature: undefined }, policy);
  return verdict.ok ? { level: verdict.level, proofs: verdict.proofs } : null;
}

/** Selects the claims that {@link checkQuorum} counts: known operators only, over https only. */
function witnessesOf(claims: readonly ChecksumClaim[], { digests }: Evidence): Witness[] {
  const heard = sorted(claims).flatMap(({ operator, mirror, algorithm, value, secure }): Witness[] =>
    operator === null || !secure ? [] : [{ operator, mirror, algorithm, value, agrees: digests[algorithm] === value }],
  );
  // A mirror that publishes the same checksum in a header and in a file counts once.
  const distinct = heard.filter(
    (one, index) =>
      heard.findIndex((other) => other.mirror === one.mirror && other.algorithm === one.algorithm && other.value === one.value) === index,
  );
  return distinct.sort((a, b) => (a.operator < b.operator ? -1 : a.operator > b.operator ? 1 : 0));
}

/** Returns 'strong' or 'weak' for a matching pin, null if there is no pin. */
function checkPin({ pin, digests, path }: Evidence): 'strong' | 'weak' | null | Refused {
  if (pin === undefined) return null;
  const digest = digests[pin.algorithm];
  // A missing digest is the caller's mistake, and must not pass as a match.
  if (!fitsPin(pin, digest)) {
    return refused(
      pin.lockedLevel === undefined ? 'ERR_CHECKSUM' : 'ERR_LOCKFILE',
      'mismatch',
      `${path}: ${pin.source} pins ${pin.algorithm} ${pin.value}, the file has ${digest ?? 'not been hashed with it'}`,
      {
        ...expectedAndActual(pin.algorithm, pin.value, digest),
        hint:
          pin.lockedLevel === undefined
            ? `If the file was meant to change, update ${pin.source}.`
            : 'A release never changes: find out who changed it. If the change was intended, run `clojars-fetch lock --update GROUP/ARTIFACT`.',
      },
    );
  }
  return isPinStrength(pin.algorithm) ? 'strong' : 'weak';
}

function checkFirstSeen({ firstSeen, moved, digests, path }: Evidence): Refused | null {
  if (firstSeen === undefined || digests.sha256 === firstSeen) return null;
  if (moved !== undefined) {
    return refused(
      'ERR_CHECKSUM',
      'changed',
      `${path}: ${moved.to} has another file of this name than ${moved.from}, where it was first seen (sha256 ${firstSeen}, now ${digests.sha256 ?? 'not hashed'})`,
      {
        ...expectedAndActual('sha256', firstSeen, digests.sha256),
        hint: `Find out which is right. To use the file of ${moved.to}, pin it with --trusted-checksums, or delete the line with its path from first-seen.jsonl.`,
      },
    );
  }
  return refused(
    'ERR_CHECKSUM',
    'changed',
    `${path}: this release has changed since it was first seen (sha256 ${firstSeen}, now ${digests.sha256 ?? 'not hashed'})`,
    {
      ...expectedAndActual('sha256', firstSeen, digests.sha256),
      hint: 'Releases never change. Ask its author, and find out why this one did before you use it.',
    },
  );
}

/** Refuses checksums that do not match, strongest publisher first. A matching secure canonical claim overrules all others. */
function checkContradictions(
  evidence: Evidence,
  claims: readonly ChecksumClaim[],
  origin: readonly ChecksumClaim[],
  own: readonly ChecksumClaim[],
  quorum: QuorumVerdict,
): Refused | null {
  const { digests, path } = evidence;
  const wrongIn = (from: readonly ChecksumClaim[]): ChecksumClaim | undefined =>
    sorted(from.filter((claim) => digests[claim.algorithm] !== claim.value))[0];
  const mismatch = (claim: ChecksumClaim, whose: string): Refused =>
    refused(
      'ERR_CHECKSUM',
      'mismatch',
      `${path}: ${whose} says ${claim.algorithm} ${claim.value}, the file has ${digests[claim.algorithm] ?? ''}`,
      {
        ...expectedAndActual(claim.algorithm, claim.value, digests[claim.algorithm]),
        dissenters: [claim.mirror],
      },
    );
  const wrongOrigin = wrongIn(origin);
  if (wrongOrigin !== undefined) return mismatch(wrongOrigin, `the canonical checksum of ${wrongOrigin.mirror}`);
  if (origin.some((claim) => !isWeak(claim.algorithm))) return null;

  const wrongCanonical = wrongIn(claims.filter((claim) => claim.canonical));
  if (wrongCanonical !== undefined) return mismatch(wrongCanonical, `the canonical checksum of ${wrongCanonical.mirror}, over plain http,`);
  const wrongOwn = wrongIn(own);
  if (wrongOwn !== undefined) return mismatch(wrongOwn, `the checksum of ${wrongOwn.mirror}, which served it,`);
  if (quorum.dissenting.length === 0) return null;
  return refused(
    'ERR_QUORUM',
    'disagreement',
    `${path}: operators disagree on its checksum: ${quorum.dissenting.join(', ')} against ${[...quorum.agreeing, evidence.servedBy?.mirror ?? 'the local file'].join(', ')}`,
    {
      dissenters: quorum.dissentingMirrors,
      hint: 'A canonical checksum, a pin or a signature can decide. Wait until the canonical repository answers, or pin the sha256 that you trust.',
      needs: evidence.canonicalReachable && !claims.some((claim) => claim.canonical) ? ['canonical-checksum'] : undefined,
    },
  );
}

/** Applies the default rule: `transport` from the canonical operator or a trusted mirror, otherwise `origin` or stronger. */
function checkDefaultRule(
  evidence: Evidence,
  policy: FilePolicy,
  level: Level,
  claims: readonly ChecksumClaim[],
  quorum: QuorumVerdict,
): Refused | null {
  if (compareLevels(level, 'origin') >= 0 || evidence.local === true) return null;
  const server = evidence.servedBy;
  const suffices = server !== null && (server.canonical || server.trusted);
  if (level === 'transport' && (suffices || policy.acceptMirrorChecksums)) return null;
  if (level === 'none' && suffices) {
    if (policy.checksums !== 'fail' || evidence.checksumFileExempt === true) return null;
    return refused('ERR_CHECKSUM', 'missing', `${evidence.path}: ${server.mirror} publishes no checksum for it`, {
      hint: 'Use --checksums warn to accept files without a checksum.',
      ...needs(neededChecksums(evidence, claims)),
    });
  }
  return notProven(evidence, policy, claims, quorum);
}

/** Applies the policy's own minimum, in addition to the default rule. */
function checkMinimum(
  evidence: Evidence,
  policy: FilePolicy,
  level: Level,
  claims: readonly ChecksumClaim[],
  quorum: QuorumVerdict,
): Refused | null {
  const least = policy.level;
  if (least === null || compareLevels(level, least) >= 0) return null;
  const found = `${evidence.path}: proven at level '${level}', the policy asks for '${least}'`;
  switch (least) {
    case 'pinned':
      return refused('ERR_CHECKSUM', 'missing', `${found}: no trusted-checksum file pins it`, {
        hint: 'Add its sha256 to a file that you name with --trusted-checksums.',
      });
    case 'signed':
      return refused('ERR_SIGNATURE', 'missing', `${found}: no good signature`, { needs: ['signature'] });
    case 'quorum':
      return refused('ERR_QUORUM', 'too-few', `${found}: ${agreement(quorum, policy)}`, { needs: ['other-checksums'] });
    case 'origin':
      return notProven(evidence, policy, claims, quorum);
    default:
      return refused('ERR_CHECKSUM', 'missing', `${found}: no checksum is published for it`, needs(neededChecksums(evidence, claims)));
  }
}

/** Refuses a file below `origin`, and says whether the canonical operator or the other mirrors could still prove it. */
function notProven(evidence: Evidence, policy: FilePolicy, claims: readonly ChecksumClaim[], quorum: QuorumVerdict): Refused {
  const { path } = evidence;
  const from = evidence.servedBy?.mirror ?? 'the local repository';
  const canonical = claims.filter((claim) => claim.canonical && claim.secure);
  if (canonical.length > 0) {
    return refused('ERR_CHECKSUM', 'weak', `${path} came from ${from}, and all that the canonical repository publishes for it is md5`, {
      hint: 'MD5 proves nothing against a forger. A quorum, a pin or a signature is needed.',
      needs: ['other-checksums'],
    });
  }
  if (evidence.canonicalReachable) {
    return refused('ERR_CHECKSUM', 'missing', `${path} came from ${from}, and no canonical checksum over https vouches for it`, {
      // A canonical claim over plain http was already fetched: asking again would return the same.
      ...needs([
        ...(claims.some((claim) => claim.canonical) ? [] : (['canonical-checksum'] as const)),
        ...(policy.level !== null && compareLevels(policy.level, 'quorum') >= 0 ? (['other-checksums'] as const) : []),
      ]),
      ...acceptHint(policy),
    });
  }
  return refused(
    'ERR_QUORUM',
    'too-few',
    `${path} came from ${from}, the canonical repository does not answer, and ${agreement(quorum, policy)}`,
    {
      needs: ['other-checksums'],
      ...acceptHint(policy),
    },
  );
}

function acceptHint(policy: FilePolicy): { hint?: string | undefined } {
  return policy.acceptMirrorChecksums
    ? {}
    : {
        hint: "Pin its sha256 with --trusted-checksums. Less safe: --accept-mirror-checksums believes the serving mirror's own checksum.",
      };
}

function agreement(quorum: QuorumVerdict, policy: FilePolicy): string {
  const names = quorum.agreeing.length === 0 ? 'no known operator' : `only ${quorum.agreeing.join(', ')}`;
  const inconsistent = quorum.inconsistent.length === 0 ? '' : ` (${quorum.inconsistent.join(', ')} contradicts itself)`;
  return `${names} of the ${policy.quorum} operators needed publishes its checksum${inconsistent}`;
}

function neededChecksums(evidence: Evidence, claims: readonly ChecksumClaim[]): Need[] {
  const needed: Need[] = [];
  if (evidence.canonicalReachable && !claims.some((claim) => claim.canonical)) needed.push('canonical-checksum');
  needed.push('other-checksums');
  return needed;
}

function needs(needed: readonly Need[]): { needs?: readonly Need[] | undefined } {
  return needed.length === 0 ? {} : { needs: needed };
}

/** Whether the claim comes from the serving mirror, or from another mirror of the same operator. */
function isOwn(claim: ChecksumClaim, { servedBy }: Evidence): boolean {
  if (servedBy === null) return false;
  return (
    claim.mirror === servedBy.mirror ||
    (claim.canonical && servedBy.canonical) ||
    (claim.operator !== null && claim.operator === servedBy.operator)
  );
}

/** Sorts by algorithm, strongest first, then by mirror, so that arrival order never shows. */
function sorted(claims: readonly ChecksumClaim[]): ChecksumClaim[] {
  const rank = (algorithm: ChecksumAlgorithm): number => checksumAlgorithms.indexOf(algorithm);
  const key = (claim: ChecksumClaim): string => `${rank(claim.algorithm)} ${claim.mirror} ${claim.source} ${claim.value}`;
  return [...claims].sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0));
}

function expectedAndActual(
  algorithm: ChecksumAlgorithm,
  expected: string,
  actual: string | undefined,
): { expected: string; actual?: string | undefined } {
  return { expected: `${algorithm} ${expected}`, actual: actual === undefined ? undefined : `${algorithm} ${actual}` };
}

function refused(
  code: Refused['code'],
  reason: Refused['reason'],
  message: string,
  more: Omit<Refused, 'ok' | 'code' | 'reason' | 'message'> = {},
): Refused {
  return { ok: false, code, reason, message, ...more };
}
