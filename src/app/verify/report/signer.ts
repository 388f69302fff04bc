/** Formats the signer of a file for the table and the page. */
import type { ArtifactVerification } from '../../../fetch/artifact.js';

/** Returns the user ID, the fingerprint, and the status unless it is good. Empty if no signature was checked. Not escaped. */
export function signerOf({ signature }: ArtifactVerification): string[] {
  if (signature === null) return [];
  const { status, fingerprint, userId } = signature;
  return [...(userId === null ? [] : [userId]), ...(fingerprint === null ? [] : [fingerprint]), ...(status === 'good' ? [] : [status])];
}
