import type { ArtifactVerification } from '../../../fetch/artifact.js';

/** Who signed, in the words of the table and the page. */

/** The user ID, the fingerprint, and the status where it is not good. Empty where nobody looked. Not escaped. */
export function signerOf({ signature }: ArtifactVerification): string[] {
  if (signature === null) return [];
  const { status, fingerprint, userId } = signature;
  return [...(userId === null ? [] : [userId]), ...(fingerprint === null ? [] : [fingerprint]), ...(status === 'good' ? [] : [status])];
}
