/** Turns the outcome of the ladder into a review: the sentence, the hint, and the signature file to keep. */
import type { Attempt } from '../../base/error.js';
import { signatureHint } from '../../proof/signature-policy.js';
import type { SignatureVerdict } from '../../proof/signature-verdict.js';
import type { LadderOutcome, Offer } from './signature-ladder.js';
import type { ReviewOptions, SignatureReview } from './signature-review.js';
import { unsignedVerdict } from './unsigned-verdict.js';

const sshSentence = 'its signature is an SSH signature, which is not supported yet';

/** @returns the review before the history of signers is taken into account */
export function writeReview(options: ReviewOptions, outcome: LadderOutcome): SignatureReview {
  const attempts = options.sources?.attempts() ?? [];
  switch (outcome.kind) {
    case 'offer':
      return reviewOfOffer(options, outcome.offer, attempts);
    case 'missing':
      return reviewOfMissing(options, outcome, attempts);
    case 'unknown':
      return reviewOfUnknown(options, outcome.hasSsh, attempts);
  }
}

function reviewOfOffer(
  options: ReviewOptions,
  { verdict, decision, warnings, bytes, origin }: Offer,
  attempts: readonly Attempt[],
): SignatureReview {
  // A signature that proves nothing is not kept if it comes from a mirror that could have replaced the real one.
  const settled = decision === 'proof' || origin !== 'mirror';
  return {
    settled,
    decision,
    verdict,
    warnings,
    signatureFile: settled ? { bytes, fromRepository: origin === 'canonical' || origin === 'mirror' } : null,
    sentence: verdict.sentence,
    hint: hintOn(options, verdict),
    aboutBody: verdict.status === 'bad' || verdict.status === 'wrong-coordinate' || verdict.status === 'signer-changed',
    attempts,
  };
}

function reviewOfMissing(
  options: ReviewOptions,
  { decision, before, others, hasSsh }: LadderOutcome & { readonly kind: 'missing' },
  attempts: readonly Attempt[],
): SignatureReview {
  const { group, artifact } = options.subject;
  const sentence =
    before === null
      ? `${hasSsh ? sshSentence : 'it is not signed'}${others.length === 0 ? '' : `, and other releases of ${group}:${artifact} are signed by ${others.join(', ')}`}`
      : `${hasSsh ? sshSentence : 'it is not signed now'}, and was signed before, by ${before}`;
  const verdict = unsignedVerdict(sentence);
  return {
    decision,
    verdict,
    sentence,
    settled: true,
    signatureFile: null,
    warnings: [],
    aboutBody: false,
    hint: before === null ? hintOn(options, verdict) : 'The signature was taken away. Do not use the file until you know why.',
    attempts,
  };
}

function reviewOfUnknown({ policy, sources }: ReviewOptions, hasSsh: boolean, attempts: readonly Attempt[]): SignatureReview {
  const isOffline = sources === null;
  const reason = isOffline
    ? 'whether it is signed is not known here, and no server may be asked'
    : 'whether it is signed is not known: the canonical repository could not be reached, and no other has a signature';
  return {
    decision: policy.signatures === 'require' ? 'fail' : 'warn',
    verdict: null,
    settled: false,
    signatureFile: null,
    warnings: [],
    aboutBody: false,
    sentence: hasSsh ? `${reason}; ${sshSentence}` : reason,
    hint: isOffline
      ? 'Run once without --offline.'
      : 'Try again when the canonical repository answers, or keep its signatures in a signature store.',
    attempts,
  };
}

function hintOn({ subject, policy, context }: ReviewOptions, { status, fingerprint, signingKey }: SignatureVerdict): string {
  return signatureHint(status, {
    group: subject.group,
    artifact: subject.artifact,
    fingerprint: fingerprint ?? signingKey,
    signers: policy.signers,
    keyMaps: context.trust.signatures.keyMaps,
  });
}
