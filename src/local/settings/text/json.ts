/** Parses JSON, and reports errors with line and column, which JSON.parse does not promise. */
import { ClojarsFetchError } from '../../../base/error.js';

/**
 * Parses a JSON document.
 * @param source file name for errors
 * @param setting the setting that names the file
 * @throws {ClojarsFetchError} `ERR_CONFIG`, `bad-value`, naming line and column (both from 1).
 */
export function parseJson(text: string, source: string, setting?: string): unknown {
  const content = text.startsWith('\uFEFF') ? text.slice(1) : text;
  try {
    const value: unknown = JSON.parse(content);
    return value;
  } catch (cause) {
    const offset = findJsonError(content);
    const before = content.slice(0, offset).split('\n');
    const line = before.length;
    const column = (before[before.length - 1] ?? '').length + 1;
    const found = offset >= content.length ? 'the end of the file' : describe(content.codePointAt(offset) ?? 0);
    throw new ClojarsFetchError('ERR_CONFIG', {
      reason: 'bad-value',
      message: `${source}: line ${line}, column ${column}: ${found} is not valid JSON here`,
      hint: 'JSON has no comments, no commas before a closing bracket, and double quotes only.',
      path: source,
      setting,
      cause,
    });
  }
}

function describe(codePoint: number): string {
  if (codePoint === 0x0a || codePoint === 0x0d) return 'the end of the line';
  const visible = codePoint > 0x20 && codePoint < 0x7f;
  return visible ? `"${String.fromCodePoint(codePoint)}"` : `the character U+${codePoint.toString(16).toUpperCase().padStart(4, '0')}`;
}

const space = /[ \t\n\r]*/y;
const scalar = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;
/** Matches the longest valid beginning of a scalar, to point at the character that breaks it. */
const begun =
  /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4}))*(?:\\(?:u[0-9A-Fa-f]{0,3})?)?|-|t(?:r(?:ue?)?)?|f(?:a(?:l(?:se?)?)?)?|n(?:u(?:ll?)?)?/y;

/** Returns the offset of the first character that RFC 8259's grammar does not allow. Uses a stack instead of recursion, so depth has no limit. */
function findJsonError(text: string): number {
  const open: ('{' | '[')[] = [];
  let at = 0;
  let expect: 'value' | 'first-value' | 'key' | 'first-key' | 'after' = 'value';
  const eat = (pattern: RegExp): boolean => {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match === null || match[0] === '') return false;
    at += match[0].length;
    return true;
  };
  for (;;) {
    eat(space);
    const next = text[at];
    if (next === undefined) return at;
    const inside = open[open.length - 1];
    if (expect === 'after') {
      if (next === ',' && inside !== undefined) expect = inside === '{' ? 'key' : 'value';
      else if ((next === '}' && inside === '{') || (next === ']' && inside === '[')) open.pop();
      else return at;
      at += 1;
    } else if ((expect === 'first-value' && next === ']') || (expect === 'first-key' && next === '}')) {
      open.pop();
      at += 1;
      expect = 'after';
    } else if (expect === 'key' || expect === 'first-key') {
      if (next !== '"') return at;
      if (!eat(scalar)) return (eat(begun), at);
      eat(space);
      if (text[at] !== ':') return at;
      at += 1;
      expect = 'value';
    } else if (next === '{' || next === '[') {
      open.push(next);
      at += 1;
      expect = next === '{' ? 'first-key' : 'first-value';
    } else {
      if (!eat(scalar)) return (eat(begun), at);
      expect = 'after';
    }
  }
}
