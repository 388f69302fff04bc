/** Fingerprints as people write them in key maps. */

/** What a fingerprint must be; ends the sentence of an error. */
export const fingerprintRule =
  'give the whole fingerprint, 40 hexadecimal digits (64 for a version 6 key): key IDs can be made to order by anyone';

/** Upper-case hex without spaces or `0x`; null where it is no whole fingerprint. */
export function parseFingerprint(text: string): string | null {
  const digits = text.replace(/^0x/i, '').replace(/\s+/g, '');
  return /^(?:[0-9a-fA-F]{40}|[0-9a-fA-F]{64})$/.test(digits) ? digits.toUpperCase() : null;
}
