/**
 * Text whose order is the order of its bytes. JavaScript compares UTF-16 units, which differs from the order of UTF-8 beyond U+D7FF; files
 * are therefore read and compared as Latin-1, one character for each byte.
 */

const ascii = /^[\u0000-\u007f]*$/;

/** Returns the text with one character for each of its UTF-8 bytes. */
export function toLineText(text: string): string {
  return ascii.test(text) ? text : Buffer.from(text, 'utf8').toString('latin1');
}

/** The inverse of {@link toLineText}. */
export function fromLineText(text: string): string {
  return ascii.test(text) ? text : Buffer.from(text, 'latin1').toString('utf8');
}

/** Returns a line's text up to its first tab: the key by which lines are sorted. No character of a key is smaller than a tab. */
export function lineKey(line: string): string {
  const tab = line.indexOf('\t');
  return tab === -1 ? line : line.slice(0, tab);
}
