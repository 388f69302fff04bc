/** One field of a line: no spaces, no controls, nothing that hides in a terminal or a diff. */

/** What would end a field or a line, or could not be seen: everything but printable ASCII, and `%` itself. */
const escaped = /[\ud800-\udbff][\udc00-\udfff]|[^!-$&-~]/g;

/** The text of a field; the empty text and `-`, which stand for nothing, are escaped or written as `-`. */
export function formatField(text: string | null): string {
  if (text === null) return '-';
  if (text === '-') return '%2D';
  return text.replace(escaped, percent);
}

/**
 * The value of a field, null for `-`; undefined where the text is not what {@link formatField} writes: one value has one
 * spelling, so that two lines about one thing cannot look like two things.
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
