/**
 * The text rules of Java that Maven's versions and POMs depend on. They differ from JavaScript's: `trim` keeps a
 * no-break space, any Unicode decimal digit is a digit, and case is folded character by character.
 */

const decimalDigit = /\p{Nd}/u;

/** Returns the value of the decimal digit at `index`, in any script of the basic plane, or -1. Like `Character.digit(char, 10)`. */
export function digitValue(text: string, index: number): number {
  const code = text.charCodeAt(index);
  if (code < 0x80) return code >= 0x30 && code <= 0x39 ? code - 0x30 : -1;
  if (code < 0x660 || !decimalDigit.test(String.fromCharCode(code))) return -1;
  // The ten digits of a script are consecutive, and no two such runs touch.
  let zero = code;
  while (decimalDigit.test(String.fromCharCode(zero - 1))) zero--;
  return code - zero;
}

function foldUnit(unit: string): string {
  if (unit === '\u0130') return 'i';
  const upper = unit.toUpperCase();
  // Java maps one character to one: if the full mapping is longer (ß to SS), the character stays.
  const lower = (upper.length === 1 ? upper : unit).toLowerCase();
  return lower.length === 1 ? lower : unit;
}

const ascii = /^[\u0000-\u007f]*$/;

/** Folds each character to upper and then lower case. Texts are equal to `equalsIgnoreCase` exactly if the results are equal. */
export function foldCase(text: string): string {
  if (ascii.test(text)) return text.toLowerCase();
  let folded = '';
  for (let index = 0; index < text.length; index++) folded += foldUnit(text.charAt(index));
  return folded;
}

/** Like Java's `String.trim`: removes characters up to U+0020 at both ends, and no others. */
export function trimText(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && text.charCodeAt(start) <= 0x20) start++;
  while (end > start && text.charCodeAt(end - 1) <= 0x20) end--;
  return start === 0 && end === text.length ? text : text.slice(start, end);
}

/** Like Java's `String.hashCode`. */
export function hashText(text: string): number {
  let hash = 0;
  for (let index = 0; index < text.length; index++) hash = (Math.imul(hash, 31) + text.charCodeAt(index)) | 0;
  return hash;
}
