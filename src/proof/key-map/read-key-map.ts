/** A key map of whatever kind: the file says itself what it is. */
import { keyMapOfVerificationMetadata } from './format/gradle-key-map.js';
import { parseJsonKeyMap } from './format/json-key-map.js';
import { parseKeysMap } from './format/keys-map.js';
import { parseVerificationMetadata } from './format/parse-verification-metadata.js';
import type { KeyMap } from './model/key-map.js';
import { keyMapError, maxKeyMapBytes } from './model/key-map-error.js';

/**
 * Reads Gradle's verification-metadata.xml (it opens with `<`), our JSON (with `{`) or a key map of pgpverify.
 * @param source name for messages: the file's path
 * @throws ClojarsFetchError ERR_CONFIG, reason `bad-value`, with the place
 */
export function readKeyMap(bytes: Uint8Array, source: string): KeyMap {
  if (bytes.length > maxKeyMapBytes) throw keyMapError(source, '', `has ${bytes.length} bytes, more than ${maxKeyMapBytes}`);
  // Latin-1, so that nothing depends on an encoding; UTF-16, which only XML may be in, has its zeros taken out.
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
