/** Remembers the signer of a file that is about to be used. */
import type { SignatureVerdict } from '../../proof/signature-verdict.js';
import type { Parts } from '../context.js';
import type { ReviewSubject, SignatureReview } from './signature-review.js';

/**
 * Records the signer before the file gets its final name. Returns null on success; if another process recorded another signer first, the
 * verdict `signer-changed`.
 */
export async function recordSigner(
  { store: { signers }, trust, run }: Parts<'store' | 'trust' | 'run'>,
  { subject, policy }: ReviewSubject,
  { verdict, decision }: SignatureReview,
): Promise<SignatureVerdict | null> {
  if (decision !== 'proof' || verdict === null || verdict.fingerprint === null) return null;
  const { fingerprint } = verdict;
  if (trust.signatures.remembersSigners && policy.signers === null) {
    const name = `${subject.group}:${subject.artifact}`;
    const standing = await signers.record(name, fingerprint, run.signal);
    if (!standing.includes(fingerprint)) {
      if (trust.acceptSigners[name] !== fingerprint) {
        const sentence = `${name} is signed by ${standing.join(', ')}, which was recorded a moment ago, and this is signed by ${fingerprint}`;
        return { ...verdict, status: 'signer-changed', sentence };
      }
      await signers.accept(name, fingerprint, run.signal);
    }
  }
  return null;
}

/** Notes that the file has a good signature, so that a later one cannot have lost it. */
export async function noteSigned(
  { store: { signers }, run }: Parts<'store' | 'run'>,
  { path, snapshot }: Pick<ReviewSubject, 'path' | 'snapshot'>,
  { verdict, decision }: SignatureReview,
): Promise<void> {
  if (decision !== 'proof' || verdict === null || verdict.fingerprint === null || snapshot) return;
  await signers.noteSigned(path, verdict.fingerprint, run.signal);
}
