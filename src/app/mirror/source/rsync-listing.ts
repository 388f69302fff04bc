/** Reads the lines of `rsync --list-only`. */
import type { SourceFile } from './source.js';

const entry = /^([-dlpscbD])[-rwxsStT]{9}[+.]? +([\d,.']+) (\d{4})\/(\d{2})\/(\d{2}) (\d{2}):(\d{2}):(\d{2}) ([^]+)$/;

/**
 * Returns the file of a line; null for a folder, and for a line that describes nothing. rsync writes control characters as `\#012`, and the
 * backslash of a name that looks like that in the same way: such a key is refused for its backslash.
 */
export function parseRsyncLine(line: string): SourceFile | null {
  const found = entry.exec(line);
  if (found === null) return null;
  const [, type = '', size = '', year, month, day, hour, minute, second, key = ''] = found;
  if (type === 'd') return null;
  if (type !== '-') return { key, size: null, mark: '', refusal: type === 'l' ? 'is a link' : 'is not a regular file' };
  const time = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second));
  return { key, size: Number(size.replace(/\D/g, '')), mark: `t:${time}` };
}
