/** Reports the verdict on a signature once the file may be used. */
import type { CachedSignature } from '../../local/ledger/verification-cache.js';
import type { Run } from '../context.js';
import type { WantedFile } from '../wanted-file.js';
import type { SignatureReview } from './signature-review.js';

/** Extracts the part of a verdict that results and the cache hold; null without a verdict. */
export function summaryOf({ verdict, sentence }: SignatureReview): CachedSignature | null {
  if (verdict === null) return null;
  const { status, fingerprint, userId, signedAtMs, notes } = verdict;
  const signingKey = verdict.signingKey ?? verdict.keyId;
  const signedAt = signedAtMs === null ? null : new Date(signedAtMs).toISOString();
  return {
    status,
    fingerprint,
    signingKey,
    userId: userId?.slice(0, 1000) ?? null,
    signedAt,
    sentence: [sentence, ...notes].join(' ').slice(0, 2000),
  };
}

/** Emits the event, and a warning if the file is accepted although its signature proves nothing. */
export function reportSignature(
  { emit }: Pick<Run, 'emit'>,
  { path, coordinate }: Pick<WantedFile, 'path' | 'coordinate'>,
  { verdict, decision, sentence, warnings }: SignatureReview,
): void {
  emit({
    type: 'signature',
    path,
    status: verdict?.status ?? 'unknown',
    fingerprint: verdict?.fingerprint ?? null,
    signingKey: verdict?.signingKey ?? verdict?.keyId ?? null,
    decision,
    sentence,
  });
  if (decision === 'warn')
    emit({ type: 'warning', warning: `signature-${verdict?.status ?? 'unknown'}`, message: `${coordinate}: ${sentence}`, path });
  for (const message of warnings) emit({ type: 'warning', warning: 'signature-beside', message: `${coordinate}: ${message}`, path });
}
