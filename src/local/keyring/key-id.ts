/** Parses names of keys as people write them: fingerprints and key IDs. */
import { keyIdOf } from '../../proof/openpgp/packet/key-packet.js';

/**
 * Parses a fingerprint (40 or 64 hex digits) or key ID (16) into upper case. Accepts a prefix `0x`, spaces and colons
 * in between, and either case. Null for anything else. Short IDs (8 digits) are refused: a key with a given short ID is
 * easily made.
 */
export function parseKeyName(text: string): string | null {
  if (text.length > 200) return null;
  const digits = text.trim().replace(/^0x/i, '').replace(/[\s:]/g, '').toUpperCase();
  return /^(?:[0-9A-F]{16}|[0-9A-F]{40}|[0-9A-F]{64})$/.test(digits) ? digits : null;
}

/** Whether the text is an 8-digit key ID, which {@link parseKeyName} refuses. */
export function isShortKeyId(text: string): boolean {
  return /^(?:0x)?[0-9a-f]{8}$/i.test(text.trim());
}

/** Parses a fingerprint the same way; null for a key ID. */
export function parseFingerprint(text: string): string | null {
  const name = parseKeyName(text);
  return name === null || name.length === 16 ? null : name;
}

/** Whether the name, a fingerprint or key ID, names the key of this fingerprint. */
export function isNamed(fingerprint: string, name: string): boolean {
  return name.length === 16 ? keyIdOf(fingerprint) === name : fingerprint === name;
}
