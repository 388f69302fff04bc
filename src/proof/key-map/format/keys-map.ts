/**
 * Parses pgpverify's key maps: one `group:artifact:packaging:version = 0xFINGERPRINT, 0xFINGERPRINT` per line.
 *
 * Source of the rule: pgpverify-maven-plugin, `KeysMap.loadKeysMap` and `keysmap-format.md`. Unlike there, an empty right side (deprecated;
 * no signature) and key IDs shorter than a fingerprint are refused.
 */
import { createHash } from 'node:crypto';

import type { KeyMap, KeyMapEntry } from '../model/key-map.js';
import { keyMapError, maxKeyMapBytes, placeIn } from '../model/key-map-error.js';
import { KeyListError, parseKeyList } from './key-list.js';
import { KeysMapPatternError, parseKeysMapPattern } from './keys-map-pattern.js';

const hint = 'A line reads group:artifact:packaging:version = 0xFINGERPRINT, 0xFINGERPRINT; all but the group may be left out.';

/**
 * @param source name for messages
 * @throws ClojarsFetchError ERR_CONFIG, reason `bad-value`, with the line
 */
export function parseKeysMap(text: string, source: string): KeyMap {
  if (text.length > maxKeyMapBytes) throw keyMapError(source, '', `has more than ${maxKeyMapBytes} characters`);
  const entries = logicalLines(text).map(({ content, line }) => parseLine(content, source, `line ${line}`));
  return { format: 'keysmap', source, entries, pinsOf: () => null, digest: createHash('sha256').update(text).digest('hex') };
}

function parseLine(content: string, source: string, place: string): KeyMapEntry {
  const equals = content.indexOf('=');
  if (equals === -1) throw keyMapError(source, place, 'the = between a pattern and its keys is missing', hint);
  try {
    const pattern = parseKeysMapPattern(content.slice(0, equals).trim());
    return { ...parseKeyList(content.slice(equals + 1).split(','), false), pattern, place: placeIn(source, place) };
  } catch (error) {
    if (error instanceof KeysMapPatternError || error instanceof KeyListError) throw keyMapError(source, place, error.message, hint, error);
    throw error;
  }
}

/** Drops comments and empty lines, and joins a line that ends in a backslash with the next non-empty one. */
function logicalLines(text: string): readonly { readonly content: string; readonly line: number }[] {
  const lines: { content: string; line: number }[] = [];
  let parts: string[] = [];
  let start = 0;
  const flush = (): void => {
    const content = parts.join(' ').trim();
    if (content !== '') lines.push({ content, line: start });
    parts = [];
  };
  text
    .replace(/^\ufeff/, '')
    .split(/\r\n|\r|\n/)
    .forEach((raw, index) => {
      const comment = raw.indexOf('#');
      const line = (comment === -1 ? raw : raw.slice(0, comment)).trim();
      if (line === '') return;
      if (parts.length === 0) start = index + 1;
      if (line.endsWith('\\')) {
        parts.push(line.slice(0, -1));
      } else {
        parts.push(line);
        flush();
      }
    });
  flush();
  return lines;
}
