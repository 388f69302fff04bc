/** When a file last changed, as far as the listing tells. */
import type { SourceFile } from './source.js';

/** Returns epoch milliseconds, or null. */
export function dateOfFile({ modifiedMs, mark }: SourceFile): number | null {
  return modifiedMs ?? dateOfMark(mark);
}

/** Returns the date that a mark of the source contains, in epoch milliseconds, or null. A page without a time zone is taken for UTC. */
export function dateOfMark(mark: string): number | null {
  const text = mark.slice(2);
  let ms = Number.NaN;
  if (mark.startsWith('t:') && /^\d{1,15}$/.test(text)) ms = Number(text);
  else if (mark.startsWith('d:')) ms = Date.parse(/^\d{4}-/.test(text) ? `${text.replace(' ', 'T')}Z` : `${text.replace(/-/g, ' ')} UTC`);
  return Number.isFinite(ms) ? ms : null;
}
