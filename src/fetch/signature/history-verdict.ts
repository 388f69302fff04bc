/** Judges a release by its history: the signers of the artifact's other releases. */
import { signatureHint } from '../../proof/signature-policy.js';
import type { SignatureVerdict } from '../../proof/signature-verdict.js';
import type { ReviewSubject, SignatureReview } from './signature-review.js';
import type { SignerHistory } from './signer-history.js';

/** The history's finding about a release that its own signature does not refuse. */
type HistoryFinding =
  | { readonly kind: 'fits' }
  | { readonly kind: 'warning'; readonly sentence: string }
  | { readonly kind: 'refused'; readonly status: 'signer-changed' | 'signer-lost'; readonly sentence: string };

export interface HistorySubject extends ReviewSubject {
  /** Ends a sentence about a release without a signature that could be checked. */
  readonly unsigned: string;
}

/**
 * Adds the history's warning or refusal to a review. Without a history, or if the release is consistent with it, the review is unchanged.
 */
export function holdAgainstHistory(
  review: SignatureReview,
  verdict: SignatureVerdict,
  history: SignerHistory | null,
  about: HistorySubject,
): SignatureReview {
  if (history === null) return review;
  const finding = compareWithHistory(history, verdict, about);
  switch (finding.kind) {
    case 'fits':
      return review;
    case 'warning':
      return review.decision === 'fail' ? review : { ...review, warnings: [...review.warnings, finding.sentence] };
    case 'refused':
      return about.pinned && finding.status === 'signer-lost' ? review : refuse(review, verdict, finding, about);
  }
}

function refuse(
  review: SignatureReview,
  verdict: SignatureVerdict,
  { status, sentence }: HistoryFinding & { readonly kind: 'refused' },
  { subject: { group, artifact } }: HistorySubject,
): SignatureReview {
  return {
    ...review,
    decision: 'fail',
    verdict: { ...verdict, status, sentence },
    sentence,
    hint: signatureHint(status, { group, artifact, fingerprint: verdict.fingerprint ?? verdict.signingKey, signers: null }),
    aboutBody: status === 'signer-changed',
  };
}

/**
 * Compares a verdict with the history. An artifact that had a signer who counts, and now has none, is refused in both modes; but not if it
 * is the same key that merely does not count on this machine. If the earlier signer did not count either, a change is a warning, and
 * refused under `require`.
 */
function compareWithHistory(
  { signed, seen, accepted }: SignerHistory,
  verdict: SignatureVerdict,
  { subject, policy, unsigned }: HistorySubject,
): HistoryFinding {
  const key = verdict.fingerprint ?? verdict.signingKey ?? verdict.keyId;
  const isKnown = key !== null && [...signed, ...seen].some((known) => isSameKey(known, key));
  if (isKnown || (key ?? 'none') === accepted || (verdict.status === 'missing' && accepted === 'none')) return { kind: 'fits' };
  const isUnsigned = verdict.status === 'missing' || key === null;
  const now = isUnsigned ? unsigned : `is signed by ${key}`;
  const name = `${subject.group}:${subject.artifact}`;
  if (signed.length > 0) {
    if (verdict.status === 'good') return { kind: 'fits' };
    const status = isUnsigned ? 'signer-lost' : 'signer-changed';
    return { kind: 'refused', status, sentence: `other releases of ${name} are signed by ${signed.join(', ')}, and this one ${now}` };
  }
  if (seen.length === 0) return { kind: 'fits' };
  const sentence = `other releases of ${name} in the lockfile are signed by ${seen.join(', ')}, and this one ${now}`;
  return policy.signatures === 'require' ? { kind: 'refused', status: 'signer-changed', sentence } : { kind: 'warning', sentence };
}

/** A key ID is the end of a fingerprint (version 4). */
function isSameKey(a: string, b: string): boolean {
  return a === b || (a.length === 16 && b.endsWith(a)) || (b.length === 16 && a.endsWith(b));
}
