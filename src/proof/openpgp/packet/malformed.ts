/** How every parser here refuses: bytes that are not what they claim to be. */
import { ClojarsFetchError, isClojarsFetchError } from '../../../base/error.js';

/** Longest signature file, in bytes: a signature with its subpackets has a few hundred. */
export const maxSignatureFileBytes = 64 * 1024;
/** Longest certificate, in bytes. The best-known keys have tens of thousands of certifications, 5 MB together. */
export const maxCertificateBytes = 8 * 1024 * 1024;

/** @param message what is wrong, without a stranger's text in it */
export function malformed(message: string): ClojarsFetchError {
  return new ClojarsFetchError('ERR_SIGNATURE', { reason: 'malformed', message });
}

/** Whether an error says `malformed`; any other is a fault of ours and has to be thrown on. */
export function isMalformed(error: unknown): error is ClojarsFetchError {
  return isClojarsFetchError(error) && error.code === 'ERR_SIGNATURE' && error.reason === 'malformed';
}
