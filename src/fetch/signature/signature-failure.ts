/** Errors and refusals because of a signature, or its absence. */
import { ClojarsFetchError } from '../../base/error.js';
import type { Refused } from '../../proof/evidence.js';
import { signatureHint } from '../../proof/signature-policy.js';
import type { SignatureVerdict } from '../../proof/signature-verdict.js';
import type { SignatureReview } from './signature-review.js';

/** Builds the refusal of one mirror's body. */
export function signatureRefusal({ verdict, sentence, hint }: SignatureReview): Refused {
  return { ok: false, code: 'ERR_SIGNATURE', reason: verdict?.status ?? 'missing', message: sentence, hint };
}

/** Builds the refusal of the file, whichever mirror serves it. @param file absolute, for a file of the local repository */
export function signatureError(
  coordinate: string,
  { verdict, sentence, hint, attempts }: SignatureReview,
  file?: string,
): ClojarsFetchError {
  return new ClojarsFetchError('ERR_SIGNATURE', {
    // `unreachable`: no source that would know could be reached. That is not the same as no signature.
    reason: verdict?.status ?? 'unreachable',
    coordinate,
    attempts,
    message: `${file ?? coordinate}: ${sentence}`,
    finding: file === undefined ? undefined : sentence,
    hint,
    path: file,
  });
}

/** Builds the refusal for a signer that another process recorded differently a moment ago. */
export function signerError(
  coordinate: string,
  verdict: SignatureVerdict,
  subject: { readonly group: string; readonly artifact: string },
): ClojarsFetchError {
  return new ClojarsFetchError('ERR_SIGNATURE', {
    reason: verdict.status,
    coordinate,
    message: `${coordinate}: ${verdict.sentence}`,
    hint: signatureHint(verdict.status, { ...subject, fingerprint: verdict.fingerprint, signers: null }),
  });
}
