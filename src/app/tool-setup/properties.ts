/** Files of `name=value` lines: Java properties. Pure. */
import { isSameUrl } from './address.js';
import { blockedAt, type Merge, type SetupProblem } from './merge.js';
import { lineEndAt } from './text/text-file.js';

/** A logical line of a properties file. */
interface Property {
  readonly key: string;
  readonly value: string;
  readonly line: number;
  readonly column: number;
}

/**
 * Reads the properties of a text. Source of the rule: `java.util.Properties.load`: `=`, `:` or white space after the key, `\` at the end of a
 * line continues it, `#` and `!` start comments.
 */
export function readProperties(text: string): readonly Property[] {
  const lines = text.split(/\r\n|\n|\r/);
  const properties: Property[] = [];
  for (let index = 0; index < lines.length; index += 1) {
    const line = index + 1;
    let whole = lines[index] ?? '';
    const start = /^[ \t\f]*/.exec(whole)?.[0].length ?? 0;
    if (/^[ \t\f]*(?:[#!]|$)/.test(whole)) continue;
    while (/(?:^|[^\\])(?:\\\\)*\\$/.test(whole) && index + 1 < lines.length) {
      index += 1;
      whole = whole.slice(0, -1) + (lines[index] ?? '').trimStart();
    }
    const [, key = '', value = ''] = /^[ \t\f]*((?:\\.|[^\\=: \t\f])*)[ \t\f]*[=:]?[ \t\f]*(.*)$/.exec(whole) ?? [];
    properties.push({ key: unescape(key), value: unescape(value), line, column: start + 1 });
  }
  return properties;
}

function unescape(text: string): string {
  return text.replace(/\\(u[0-9A-Fa-f]{4}|.)/g, (_, code: string) =>
    code.length === 5 ? String.fromCharCode(parseInt(code.slice(1), 16)) : (controls[code] ?? code),
  );
}

const controls: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', f: '\f' };

/** Adds the lines whose keys are missing; another value of such a key is a problem. */
export function mergeProperties(text: string, wanted: readonly (readonly [key: string, value: string])[]): Merge {
  const properties = readProperties(text);
  const problems: SetupProblem[] = [];
  const missing: (readonly [string, string])[] = [];
  for (const [key, value] of wanted) {
    // The last one counts.
    const found = properties.findLast((property) => property.key === key);
    if (found === undefined) missing.push([key, value]);
    else if (!isSameUrl(found.value, value))
      problems.push(blockedAt(found, `${key} has another value already`, 'Remove that line, or keep it and leave this tool as it is.'));
  }
  if (problems.length > 0 || missing.length === 0) return { edits: [], problems };
  return {
    edits: [
      {
        at: text.length,
        remove: '',
        insert: linesAfter(
          text,
          missing.map(([key, value]) => `${key}=${value}`),
        ),
      },
    ],
    problems,
  };
}

/** Formats lines to put after a text. */
export function linesAfter(text: string, lines: readonly string[]): string {
  const lineEnd = lineEndAt(text, text.length);
  // A last line that ends in a backslash would swallow the next one.
  const isContinued = /(?:^|[^\\])(?:\\\\)*\\(?:\r?\n)?$/.test(text);
  const start = (text === '' || text.endsWith('\n') ? '' : lineEnd) + (isContinued ? lineEnd : '');
  return start + lines.map((line) => line + lineEnd).join('');
}
