/**
 * Matches the regular expressions of trust signatures (RFC 9580 section 5.2.3.22), restricted as GnuPG does before it uses them.
 * `<[^>]+[@.]` at the front and `>$` at the end keep their meaning, together; in between only `.` and `\` are special, and every other
 * operator is an ordinary character. So every expression is fast, and no engine is needed.
 */

/** Longest supported expression; a domain name has at most 253 characters. */
const maxLength = 512;
const prefix = '<[^>]+[@.]';
const suffix = '>$';

/** One character: a specific one (ASCII letters in either case), or any. */
type Piece = string | null;

export interface TrustRegexp {
  /** Whether the expression allows the user ID. */
  matches(userId: string): boolean;
}

/**
 * Parses an expression; null for a refused one, which then matches nothing: longer than 512 characters, ending in a lone backslash, or with
 * a backslash before a letter, a digit, `<` or `>`. GnuPG gives some of these a meaning that no known trust signature uses.
 */
export function parseTrustRegexp(expression: string): TrustRegexp | null {
  const text = expression.split('\0', 1)[0] ?? '';
  if (text.length > maxLength) return null;
  const bracketed = text.length >= prefix.length + suffix.length && text.startsWith(prefix) && text.endsWith(suffix);
  const pieces = parsePieces(Array.from(bracketed ? text.slice(prefix.length, -suffix.length) : text));
  if (pieces === null) return null;
  return { matches: (userId) => (bracketed ? matchesAddress(pieces, charactersOf(userId)) : includesPieces(pieces, charactersOf(userId))) };
}

function parsePieces(characters: readonly string[]): readonly Piece[] | null {
  const pieces: Piece[] = [];
  for (let index = 0; index < characters.length; index += 1) {
    let character = characters[index] ?? '';
    if (character === '.') {
      pieces.push(null);
      continue;
    }
    if (character === '\\') {
      index += 1;
      character = characters[index] ?? '';
      if (character === '' || /[A-Za-z0-9<>]/.test(character)) return null;
    }
    pieces.push(foldCase(character));
  }
  return pieces;
}

/** Matches `<`, one or more characters other than `>`, then `@` or `.`, the pieces, and `>` at the very end. */
function matchesAddress(pieces: readonly Piece[], characters: readonly string[]): boolean {
  const end = characters.length - 1;
  const before = end - pieces.length - 1;
  if (before < 0 || characters[end] !== '>' || (characters[before] !== '@' && characters[before] !== '.')) return false;
  if (!matchesAt(pieces, characters, before + 1)) return false;
  for (let index = before - 1; index >= 0 && characters[index] !== '>'; index -= 1) {
    if (characters[index] === '<' && index < before - 1) return true;
  }
  return false;
}

function includesPieces(pieces: readonly Piece[], characters: readonly string[]): boolean {
  for (let start = 0; start + pieces.length <= characters.length; start += 1) {
    if (matchesAt(pieces, characters, start)) return true;
  }
  return false;
}

function matchesAt(pieces: readonly Piece[], characters: readonly string[], start: number): boolean {
  return pieces.every((piece, offset) => piece === null || piece === characters[start + offset]);
}

/** Bounded: GnuPG limits a user ID to 2048 bytes, and of a longer one only this many characters are considered. */
function charactersOf(userId: string): readonly string[] {
  return Array.from(foldCase(userId.slice(0, 8192)));
}

function foldCase(text: string): string {
  return text.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
