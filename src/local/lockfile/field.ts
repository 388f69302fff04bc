/** Formats and parses one field of a line: no spaces, no controls, nothing invisible in a terminal or a diff. */

/** Characters that would end a field or a line or be invisible: everything but printable ASCII, and `%` itself. */
const escaped = /[\ud800-\udbff][\udc00-\udfff]|[^!-$&-~]/g;

/** Formats a field; null is written as `-`, and a literal `-` is escaped. */
export function formatField(text: string | null): string {
  if (text === null) return '-';
  if (text === '-') return '%2D';
  return text.replace(escaped, percent);
}

/**
 * Parses a field: null for `-`, undefined if the text is not as {@link formatField} writes it. Each value has one
 * spelling, so that two lines about the same thing cannot look different.
 */
export function parseField(text: string): string | null | undefined {
  if (text === '-') return null;
  let value: string;
  try {
    value = decodeURIComponent(text);
  } catch {
    return undefined;
  }
  return formatField(value) === text ? value : undefined;
}

function percent(character: string): string {
  return [...new TextEncoder().encode(character)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('');
}
