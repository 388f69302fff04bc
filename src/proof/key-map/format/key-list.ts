/** Parses the right side of a line in a key map, one fingerprint or word at a time. */
import { escapeForDisplay } from '../../../base/escape.js';
import { fingerprintRule, parseFingerprint } from '../model/key-fingerprint.js';
import { type KeyMapEntry, noAllowance } from '../model/key-map.js';

/** The contents of a list of keys. */
export type KeyList = Omit<KeyMapEntry, 'pattern' | 'place'>;

/** Thrown for an item that is neither a fingerprint nor a word. The message is a clause, escaped. */
export class KeyListError extends Error {
  override readonly name = 'KeyListError';
}

/**
 * Parses items: `0x` and a fingerprint; `!0x…`, a key whose public part is unavailable; `any` or `*`; `noSig`, `noKey`, `badSig`. Words are
 * case-insensitive. Source of the rule: pgpverify-maven-plugin, `KeyItems`.
 * @param prefixOptional whether a fingerprint may lack its `0x`
 * @throws KeyListError
 */
export function parseKeyList(items: readonly string[], prefixOptional: boolean): KeyList {
  const fingerprints: string[] = [];
  const unknownKeys: string[] = [];
  let allowance = noAllowance;
  let anyKey = false;
  for (const item of items.map((text) => text.trim())) {
    const word = item.toLowerCase();
    if (word === '*' || word === 'any') anyKey = true;
    else if (word === 'nosig') allowance = { ...allowance, missing: true };
    else if (word === 'nokey') allowance = { ...allowance, unknownKey: true };
    else if (word === 'badsig') allowance = { ...allowance, bad: true };
    else (item.startsWith('!') ? unknownKeys : fingerprints).push(fingerprintOf(item, prefixOptional));
  }
  return { ...allowance, fingerprints, unknownKeys, anyKey, ignoredKeys: [] };
}

function fingerprintOf(item: string, prefixOptional: boolean): string {
  const digits = item.startsWith('!') ? item.slice(1) : item;
  const named = /^0x/i.test(digits);
  if (item === '') throw new KeyListError('it names no key; write noSig to allow files without a signature');
  if (!named && !(prefixOptional && /^[0-9a-f\s]+$/i.test(digits))) {
    throw new KeyListError(`${escapeForDisplay(item)} is neither a fingerprint that starts with 0x nor one of any, noSig, noKey, badSig`);
  }
  const fingerprint = parseFingerprint(digits);
  if (fingerprint === null) throw new KeyListError(`${escapeForDisplay(item)} is not a fingerprint; ${fingerprintRule}`);
  return fingerprint;
}
