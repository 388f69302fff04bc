/** Parses fingerprints and key IDs as people write them in key maps. */

/** Describes a valid fingerprint; ends an error message. */
export const fingerprintRule =
  'give the whole fingerprint, 40 hexadecimal digits (64 for a version 6 key): anyone can make a key with a given key ID';

/** Returns upper-case hex without spaces or `0x`; null unless the text is a full fingerprint. */
export function parseFingerprint(text: string): string | null {
  const key = parseKeyId(text);
  return key !== null && isFingerprint(key) ? key : null;
}

/** Returns a fingerprint or key ID as upper-case hex without spaces or `0x`; null for any other text. */
export function parseKeyId(text: string): string | null {
  const digits = text.replace(/^\s*0x/i, '').replace(/\s+/g, '');
  return /^[0-9a-fA-F]{8,64}$/.test(digits) ? digits.toUpperCase() : null;
}

/** Whether the result of `parseKeyId` is a full fingerprint. */
export function isFingerprint(key: string): boolean {
  return key.length === 40 || key.length === 64;
}
