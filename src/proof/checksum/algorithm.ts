import type { ChecksumAlgorithm } from './claim.js';

/** What is known of each checksum algorithm. */

/** Strongest first. */
export const checksumAlgorithms: readonly ChecksumAlgorithm[] = ['sha512', 'sha256', 'sha1', 'md5'];

/** Length of a checksum in hex digits. */
export const hexLengths: Readonly<Record<ChecksumAlgorithm, number>> = { md5: 32, sha1: 40, sha256: 64, sha512: 128 };

/**
 * MD5 is broken even against a second publisher who did not choose the content: it shows that a transfer was not
 * damaged (`transport`), and proves nothing above.
 */
export function isWeak(algorithm: ChecksumAlgorithm): boolean {
  return algorithm === 'md5';
}

/** Strong enough for a pin: SHA-256 and SHA-512. */
export function isPinStrength(algorithm: ChecksumAlgorithm): boolean {
  return algorithm === 'sha256' || algorithm === 'sha512';
}

/** The algorithm whose checksums are that long, or null. */
export function algorithmOfLength(hexDigits: number): ChecksumAlgorithm | null {
  return checksumAlgorithms.find((algorithm) => hexLengths[algorithm] === hexDigits) ?? null;
}

/** Lower-case hex of that algorithm's length, or null. */
export function normalizedHex(value: string, algorithm: ChecksumAlgorithm): string | null {
  return value.length === hexLengths[algorithm] && /^[0-9a-f]+$/i.test(value) ? value.toLowerCase() : null;
}

/** Lower-case hex of a base64 checksum (padding optional), or null when it is not that algorithm's length. */
export function hexOfBase64(value: string, algorithm: ChecksumAlgorithm): string | null {
  if (value.length > 100 || !/^[A-Za-z0-9+/]+={0,2}$/.test(value)) return null;
  return normalizedHex(Buffer.from(value, 'base64').toString('hex'), algorithm);
}
