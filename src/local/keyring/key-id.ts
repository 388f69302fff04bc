/** Names of keys as people write them: fingerprints and key IDs. */
import { keyIdOf } from '../../proof/openpgp/packet/key-packet.js';

/**
 * A fingerprint (40 or 64 hex digits) or key ID (16) in upper case, from what a person or program writes: `0x` before
 * it, spaces and colons between, either case. Null for anything else. Short IDs (8 digits) are refused: anybody can
 * make a key with a given one.
 */
export function parseKeyName(text: string): string | null {
  if (text.length > 200) return null;
  const digits = text.trim().replace(/^0x/i, '').replace(/[\s:]/g, '').toUpperCase();
  return /^(?:[0-9A-F]{16}|[0-9A-F]{40}|[0-9A-F]{64})$/.test(digits) ? digits : null;
}

/** A fingerprint as above, not a key ID. */
export function parseFingerprint(text: string): string | null {
  const name = parseKeyName(text);
  return name === null || name.length === 16 ? null : name;
}

/** Whether a key of this fingerprint is what the name, a fingerprint or key ID, names. */
export function isNamed(fingerprint: string, name: string): boolean {
  return name.length === 16 ? keyIdOf(fingerprint) === name : fingerprint === name;
}
