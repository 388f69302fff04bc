/** Reads a key map of any format, detected from its content. */
import { keyMapOfVerificationMetadata } from './format/gradle-key-map.js';
import { parseJsonKeyMap } from './format/json-key-map.js';
import { parseKeysMap } from './format/keys-map.js';
import { parseVerificationMetadata } from './format/parse-verification-metadata.js';
import type { KeyMap } from './model/key-map.js';
import { keyMapError, maxKeyMapBytes } from './model/key-map-error.js';

/**
 * Reads Gradle's verification-metadata.xml (starts with `<`), our JSON (starts with `{`) or a key map of pgpverify.
 * @param source name for messages: the file's path
 * @throws ClojarsFetchError ERR_CONFIG, reason `bad-value`, with the place
 */
export function readKeyMap(bytes: Uint8Array, source: string): KeyMap {
  if (bytes.length > maxKeyMapBytes) throw keyMapError(source, '', `has ${bytes.length} bytes, more than ${maxKeyMapBytes}`);
  // Decoded as Latin-1, which is enough to find the first character. Zero bytes are removed, since XML may be in UTF-16.
  const head = Buffer.from(bytes.subarray(0, 1024))
    .toString('latin1')
    .replace(/\0/g, '')
    .replace(/^(?:\u00ef\u00bb\u00bf|\u00fe\u00ff|\u00ff\u00fe)/, '')
    .trimStart();
  if (head.startsWith('<'))
    return keyMapOfVerificationMetadata(parseVerificationMetadata(bytes, source), { source, unreadableExpressions: 'refuse' });
  const text = decode(bytes, source);
  return head.startsWith('{') ? parseJsonKeyMap(text, source) : parseKeysMap(text, source);
}

function decode(bytes: Uint8Array, source: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw keyMapError(
      source,
      '',
      'is not UTF-8 text',
      'A key map is a text file in the format of pgpverify, of Gradle (XML), or JSON.',
      cause,
    );
  }
}
