/**
 * Judges one file: turns evidence and policy into a verdict.
 *
 * Contradictions come first: a pin that does not match, a release that changed, a canonical checksum or the server's own
 * that does not match, operators that disagree. Then the proofs are collected, and the strongest is compared with what
 * the policy requires. Nothing depends on the order of the claims, so timing cannot change a verdict.
 *
 * MD5 proves `transport` only: if no better checksum matches, a policy that requires more refuses the file as `weak`.
 */
import { isWeak } from './checksum/algorithm.js';
import type { ChecksumClaim } from './checksum/claim.js';
import { checkContradictions, checkFirstSeen, checkPin } from './contradictions.js';
import type { Accepted, Evidence, Verdict } from './evidence.js';
import { FileClaims } from './file-claims.js';
import { compareLevels } from './level.js';
import { proofOfPin } from './pin-proof.js';
import type { FilePolicy } from './policy.js';
import type { Proof } from './proof.js';
import { checkLevel } from './required-level.js';

/** Judges one file. Never throws. */
export function checkFile(evidence: Evidence, policy: FilePolicy): Verdict {
  const claims = new FileClaims(evidence, policy.quorum);
  const pinned = checkPin(evidence);
  if (pinned !== null && typeof pinned === 'object') return pinned;
  const isPinned = pinned === 'strong';
  const changed = checkFirstSeen(evidence);
  if (changed !== null && !isPinned) return changed;
  const isOverruled = isPinned || evidence.signature !== undefined;
  const contradicted = isOverruled ? null : checkContradictions(evidence, claims);
  if (contradicted !== null) return contradicted;

  const origin = claims.best(claims.origin.filter((claim) => !isWeak(claim.algorithm)));
  const own = claims.best(claims.own);
  const operators = claims.quorum.met ? claims.quorum.agreeing : null;
  const proofs = collectProofs(evidence, { isPinned, operators, origin, own });
  const level = proofs[0]?.level ?? 'none';
  const refusal = checkLevel(evidence, policy, level, claims);
  if (refusal !== null) return refusal;

  const { dissenters, witnesses, overHttp } = claims;
  const shown = origin ?? own ?? (operators === null ? undefined : claims.best(claims.all));
  return {
    ok: true,
    level,
    proofs,
    checksum: shown === undefined ? null : { algorithm: shown.algorithm, source: shown.mirror },
    warnings: warningsOf(evidence, {
      dissenters,
      isChangedPin: isPinned && changed !== null,
      isWeakPin: pinned === 'weak',
      isUnverified: level === 'none' && policy.checksums === 'warn',
    }),
    dissenters,
    withoutSignature: evidence.signature === undefined ? { level, proofs } : judgeWithoutSignature(evidence, policy),
    witnesses,
    overHttp,
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

/** Reasons to warn of a file that is accepted. */
interface Doubts {
  readonly dissenters: readonly string[];
  /** The pin allows the file, though it is not the one that was first seen. */
  readonly isChangedPin: boolean;
  readonly isWeakPin: boolean;
  /** The policy accepts it without a proof. */
  readonly isUnverified: boolean;
}

function warningsOf({ path, pin, checksumFileExempt }: Evidence, doubts: Doubts): readonly string[] {
  const warnings = doubts.dissenters.map((mirror) => `${mirror} publishes another checksum for ${path}; it was not believed`);
  if (doubts.isChangedPin) warnings.push(`${path} is not what was first seen; the pin decided`);
  if (doubts.isWeakPin) warnings.push(`the pin of ${path} is ${pin?.algorithm ?? ''}, too weak to count as a proof; pin sha256 or sha512`);
  if (doubts.isUnverified && checksumFileExempt !== true) warnings.push(`no checksum is published for ${path}; it was not verified`);
  return warnings;
}
