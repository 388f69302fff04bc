/**
 * Parses our own key maps: a JSON object from pattern to keys, `{ "org.clojure.*": ["FINGERPRINT", "noSig"] }`.
 *
 * Patterns and words are those of pgpverify's key maps; the `0x` before a fingerprint is optional.
 */
import { createHash } from 'node:crypto';

import { escapeForDisplay } from '../../../base/escape.js';
import type { KeyMap } from '../model/key-map.js';
import { keyMapError, maxKeyMapBytes, placeIn } from '../model/key-map-error.js';
import { KeyListError, parseKeyList } from './key-list.js';
import { KeysMapPatternError, parseKeysMapPattern } from './keys-map-pattern.js';

const hint = 'It reads { "group:artifact:packaging:version": ["FINGERPRINT", …], … }; all but the group may be left out.';

/**
 * @param source name for messages
 * @throws ClojarsFetchError ERR_CONFIG, reason `bad-value`, with the pattern
 */
export function parseJsonKeyMap(text: string, source: string): KeyMap {
  if (text.length > maxKeyMapBytes) throw keyMapError(source, '', `has more than ${maxKeyMapBytes} characters`);
  const entries = Object.entries(parseObject(text, source)).map(([name, value]) => {
    const place = escapeForDisplay(JSON.stringify(name));
    const keys: unknown = typeof value === 'string' ? [value] : value;
    if (!isTextList(keys) || keys.length === 0) throw keyMapError(source, place, 'its keys are not a list of strings', hint);
    try {
      return { ...parseKeyList(keys, true), pattern: parseKeysMapPattern(name), place: placeIn(source, place) };
    } catch (error) {
      if (error instanceof KeysMapPatternError || error instanceof KeyListError)
        throw keyMapError(source, place, error.message, hint, error);
      throw error;
    }
  });
  return { format: 'json', source, entries, pinsOf: () => null, digest: createHash('sha256').update(text).digest('hex') };
}

function parseObject(text: string, source: string): object {
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\ufeff/, ''));
  } catch (error) {
    throw keyMapError(source, '', `is not JSON: ${escapeForDisplay(error instanceof Error ? error.message : '')}`, hint, error);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw keyMapError(source, '', 'is not a JSON object', hint);
  return value;
}

function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
