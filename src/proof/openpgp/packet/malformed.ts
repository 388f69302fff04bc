/** The error of every parser here: bytes that are not what they claim to be. */
import { ClojarsFetchError, isClojarsFetchError } from '../../../base/error.js';

/** Maximum size of a signature file, in bytes: a signature with its subpackets has a few hundred. */
export const maxSignatureFileBytes = 64 * 1024;
/** Maximum size of a certificate, in bytes. The best-known keys have tens of thousands of certifications, 5 MB together. */
export const maxCertificateBytes = 8 * 1024 * 1024;

/** @param message the fault, without untrusted text */
export function malformed(message: string): ClojarsFetchError {
  return new ClojarsFetchError('ERR_SIGNATURE', { reason: 'malformed', message });
}

/** Whether an error is `malformed`; any other is a bug here and must be rethrown. */
export function isMalformed(error: unknown): error is ClojarsFetchError {
  return isClojarsFetchError(error) && error.code === 'ERR_SIGNATURE' && error.reason === 'malformed';
}
