/** Java's `.properties` syntax, as `java.util.Properties` loads and stores it. Pure. */
import { hashText } from '../../maven/version/java-text.js';

const escapes: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', f: '\f' };

/** Returns the logical lines: without comments and blank lines, continuation lines joined, escapes still in place. */
function logicalLines(text: string): string[] {
  const lines: string[] = [];
  let joined: string | null = null;
  for (const raw of text.split(/\r\n|\r|\n/)) {
    const line = raw.replace(/^[ \t\f]+/, '');
    if (joined === null && (line === '' || line.startsWith('#') || line.startsWith('!'))) continue;
    const whole: string = (joined ?? '') + line;
    const backslashes = /\\*$/.exec(line)?.[0].length ?? 0;
    if (backslashes % 2 === 1) {
      joined = whole.slice(0, -1);
    } else {
      lines.push(whole);
      joined = null;
    }
  }
  if (joined !== null) lines.push(joined);
  return lines;
}

function unescape(text: string): string {
  // A malformed \u escape makes Java throw; here it is kept as text, because one bad line must not hide the others.
  return text.replace(/\\(?:u([0-9a-fA-F]{4})|([^]))/g, (_match, hex: string | undefined, one: string | undefined) =>
    hex === undefined ? (escapes[one ?? ''] ?? one ?? '') : String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

/** Returns the end of the key: the first `=`, `:` or white space that is not escaped. */
function keyEnd(line: string): number {
  for (let index = 0; index < line.length; index++) {
    const character = line[index];
    if (character === '\\') index++;
    else if (character === '=' || character === ':' || character === ' ' || character === '\t' || character === '\f') {
      return index;
    }
  }
  return line.length;
}

/** Reads a properties file; later keys win, as in Java. Never throws. Decode the bytes as ISO 8859-1 first. */
export function parseProperties(text: string): Map<string, string> {
  const entries = new Map<string, string>();
  for (const line of logicalLines(text)) {
    const end = keyEnd(line);
    const value = line.slice(end).replace(/^[ \t\f]*(?:[=:][ \t\f]*)?/, '');
    entries.set(unescape(line.slice(0, end)), unescape(value));
  }
  return entries;
}

const plain = /^[\w.\-/>+@]*$/;

function escape(text: string, isKey: boolean): string {
  if (plain.test(text)) return text;
  let out = '';
  for (let index = 0; index < text.length; index++) {
    const character = text.charAt(index);
    const code = text.charCodeAt(index);
    if (character === ' ') out += isKey || index === 0 ? '\\ ' : ' ';
    else if (character === '\t') out += '\\t';
    else if (character === '\n') out += '\\n';
    else if (character === '\r') out += '\\r';
    else if (character === '\f') out += '\\f';
    else if ('\\=:#!'.includes(character)) out += `\\${character}`;
    else if (code < 0x20 || code > 0x7e) out += `\\u${code.toString(16).toUpperCase().padStart(4, '0')}`;
    else out += character;
  }
  return out;
}

const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const two = (value: number): string => String(value).padStart(2, '0');

/** Formats a date as `java.util.Date.toString()` does, in UTC: `Tue Nov 24 10:33:02 UTC 2026`. */
function formatJavaDate(date: Date): string {
  const clock = `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`;
  return `${days[date.getUTCDay()] ?? ''} ${months[date.getUTCMonth()] ?? ''} ${two(date.getUTCDate())} ${clock} UTC ${date.getUTCFullYear()}`;
}

/**
 * Sorts keys in the order in which Java 9 and later store them: that of a `ConcurrentHashMap` of 16 buckets, doubled whenever three
 * quarters are taken. No tool relies on it, but a tracking file that another tool rewrites then stays the same. Keys of one bucket keep the
 * order of the map (Java may reverse it when the table grows, from 12 entries on).
 */
function javaOrder(keys: Iterable<string>): string[] {
  const all = [...keys];
  let buckets = 16;
  while (all.length >= buckets * 0.75) buckets *= 2;
  const bucket = (key: string): number => {
    const hash = hashText(key);
    return (hash ^ (hash >>> 16)) & (buckets - 1);
  };
  return all
    .map((key) => ({ key, at: bucket(key) }))
    .sort((a, b) => a.at - b.at)
    .map(({ key }) => key);
}

/**
 * Formats a properties file as Maven Resolver 1.6.3 stores its own (TrackingFileManager): one comment, the date, the entries in Java's
 * order. ASCII only.
 */
export function formatProperties(entries: ReadonlyMap<string, string>, date: Date): string {
  const lines = [
    '#NOTE: This is a Maven Resolver internal implementation file, its format can be changed without prior notice.',
    `#${formatJavaDate(date)}`,
  ];
  for (const key of javaOrder(entries.keys())) lines.push(`${escape(key, true)}=${escape(entries.get(key) ?? '', false)}`);
  return `${lines.join('\n')}\n`;
}
