/** Hostile texts as servers may send them: metadata, and texts that end up in messages. No unsafe text may come out. */
import { escapeForDisplay } from '../../src/base/escape.js';
import { parseMetadata } from '../../src/maven/metadata/metadata.js';
import { MetadataError } from '../../src/maven/metadata/metadata-error.js';
import { isSafeVersion } from '../../src/maven/metadata/safe-version.js';
import type { Chance } from '../support/chance.js';

export interface TextsResult {
  readonly done: number;
  readonly detail: string;
  readonly violations: readonly string[];
}

const pieces = [
  '../',
  '..\\',
  '/',
  '\\',
  '/etc/passwd',
  'C:\\',
  'CON',
  'nul.jar',
  'aux',
  '\0',
  '\r\n',
  '\u001b[2J',
  '\u001b]0;owned\u0007',
  '\u009b31m',
  '\u202e',
  '\u2066',
  '\u200b',
  '\ufeff',
  '\ud800',
  '\udfff',
  '😀',
  '<',
  '>',
  '&',
  '&amp;',
  '&lt;',
  '&#0;',
  '&#x9b;',
  '&#x202e;',
  ']]>',
  '<![CDATA[',
  '<!--',
  '<?x?>',
  '<!DOCTYPE a [<!ENTITY b "c">]>',
  '&b;',
  '</version>',
  '<version>',
  '[1,2)',
  '1.0',
  '1.0-SNAPSHOT',
  'a',
  ' ',
  '.',
  '..',
  '%2e%2e%2f',
  'é',
  '\u0301',
];
const mostViolations = 5;
const oneMegabyte = 1 << 20;

/** Characters that move a cursor, change colours or reverse text. */
const unsafe = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/;

/** Everything about a case follows from `chance`. */
export function attackTexts(
  count: number,
  chance: Chance,
  { endMs, onProgress }: { readonly endMs: number; readonly onProgress: (done: number) => void },
): TextsResult {
  const violations: string[] = [];
  let [done, read, refused] = [0, 0, 0];
  for (; done < count && performance.now() < endMs && violations.length < mostViolations; done += 1) {
    let text = '';
    for (let left = chance.below(12); left >= 0; left -= 1) text += chance.pick(pieces);
    if (done % 5_000 === 0) text = text.repeat(Math.ceil(oneMegabyte / text.length));
    const shown = escapeForDisplay(text, 200);
    if (unsafe.test(shown) || shown.length > 2_000)
      violations.push(`shown as ${JSON.stringify(shown.slice(0, 300))}: ${JSON.stringify(text.slice(0, 300))}`);
    const escaped = chance.happens(0.5) ? text : text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
    const where = chance.pick(['version', 'release', 'latest', 'groupId', 'lastUpdated']);
    const inside =
      where === 'version'
        ? `<versions><version>${escaped}</version><version>1.0</version></versions>`
        : where === 'groupId'
          ? ''
          : `<${where}>${escaped}</${where}>`;
    const document = `<metadata>${where === 'groupId' ? `<groupId>${escaped}</groupId>` : ''}<versioning>${inside}</versioning></metadata>`;
    try {
      const { versions, release, latest, dropped } = parseMetadata(document);
      read += 1;
      for (const version of [...versions, release ?? '1', latest ?? '1'])
        if (!isSafeVersion(version)) violations.push(`the version ${JSON.stringify(version.slice(0, 300))} came through`);
      if (unsafe.test(dropped.join(''))) violations.push(`told as dropped: ${JSON.stringify(dropped.join().slice(0, 300))}`);
    } catch (error) {
      refused += 1;
      if (!(error instanceof MetadataError)) violations.push(`${String(error)}: ${JSON.stringify(document.slice(0, 300))}`);
      else if (unsafe.test(error.message)) violations.push(`the message ${JSON.stringify(error.message.slice(0, 300))}`);
    }
    if (done % 200_000 === 199_999) onProgress(done + 1);
  }
  return { done, detail: `${read} were read, ${refused} refused`, violations };
}
