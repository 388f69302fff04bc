/** Facts about each checksum algorithm: its strength, and the form of its checksums. */
import type { ChecksumAlgorithm } from './claim.js';

/** Strongest first. */
export const checksumAlgorithms: readonly ChecksumAlgorithm[] = ['sha512', 'sha256', 'sha1', 'md5'];

/** Length of a checksum in hex digits. */
export const hexLengths: Readonly<Record<ChecksumAlgorithm, number>> = { md5: 32, sha1: 40, sha256: 64, sha512: 128 };

/**
 * Whether the algorithm is too weak for anything above `transport`. MD5 is broken even for content that the attacker did not choose: it
 * shows only that a transfer was not damaged.
 */
export function isWeak(algorithm: ChecksumAlgorithm): boolean {
  return algorithm === 'md5';
}

/** Whether the algorithm is strong enough for a pin: only SHA-256 and SHA-512 are. */
export function isPinStrength(algorithm: ChecksumAlgorithm): boolean {
  return algorithm === 'sha256' || algorithm === 'sha512';
}

/** Finds the algorithm by the length of its checksums; null if there is none. */
export function algorithmOfLength(hexDigits: number): ChecksumAlgorithm | null {
  return checksumAlgorithms.find((algorithm) => hexLengths[algorithm] === hexDigits) ?? null;
}

/** Normalizes a checksum to lower-case hex; null if it is not hex of the algorithm's length. */
export function normalizedHex(value: string, algorithm: ChecksumAlgorithm): string | null {
  return value.length === hexLengths[algorithm] && /^[0-9a-f]+$/i.test(value) ? value.toLowerCase() : null;
}

/** Converts a base64 checksum (padding optional) to lower-case hex; null if it does not have the algorithm's length. */
export function hexOfBase64(value: string, algorithm: ChecksumAlgorithm): string | null {
  if (value.length > 100 || !/^[A-Za-z0-9+/]+={0,2}$/.test(value)) return null;
  return normalizedHex(Buffer.from(value, 'base64').toString('hex'), algorithm);
}
