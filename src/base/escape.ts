/** Makes foreign text safe to show. Imports nothing: every room may use it. */

/**
 * Controls (C0, DEL, C1), bidirectional controls, zero-width characters, line and paragraph separators, lone
 * surrogates and tag characters: all that moves a terminal's cursor, reorders a line or is invisible in it.
 */
const unsafe =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]|\udb40[\udc00-\udc7f]/g;

function escapeUnits(text: string): string {
  let escaped = '';
  for (let index = 0; index < text.length; index++) {
    escaped += '\\u' + text.charCodeAt(index).toString(16).padStart(4, '0');
  }
  return escaped;
}

/**
 * Makes text safe for a terminal, a log line or an error message: dangerous characters become JSON-style `\uXXXX`.
 *
 * @param maxLength UTF-16 units of `text` that are shown, default 200; a longer text ends in `…`. The result may be
 * up to six times as long if everything had to be escaped.
 */
export function escapeForDisplay(text: string, maxLength = 200): string {
  let shown = text;
  let end = '';
  if (text.length > maxLength) {
    shown = text.slice(0, maxLength);
    // Never cuts a surrogate pair in two: the half would show as an escape that is not in the text.
    if (/[\ud800-\udbff]$/.test(shown)) shown = shown.slice(0, -1);
    end = '…';
  }
  return shown.replace(unsafe, escapeUnits) + end;
}
