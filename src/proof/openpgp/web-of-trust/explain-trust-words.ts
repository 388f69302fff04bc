/** Phrases used in explanations. Escapes all untrusted text. */
import { escapeForDisplay } from '../../../base/escape.js';
import type { Certificate } from '../certificate/certificate.js';

export function formatDay(ms: number): string {
  const day = new Date(ms);
  return Number.isNaN(day.getTime()) ? 'an unknown day' : day.toISOString().slice(0, 10);
}

export const nameText = (text: string): string => escapeForDisplay(text, 100);

/** Formats `Ann <ann@example.com> (0123456789ABCDEF)`. */
export function nameKey({ userIds, keyId }: Certificate): string {
  const userId = userIds.find(({ primary }) => primary) ?? userIds[0];
  return userId === undefined ? keyId : `${nameText(userId.text)} (${keyId})`;
}

/** Formats `A, B and C`; of more than five names, the first four and the number of others. */
export function listNames(names: readonly string[]): string {
  const shown = names.length > 5 ? [...names.slice(0, 4), `${names.length - 4} others`] : names;
  return shown.length < 2 ? (shown[0] ?? '') : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1) ?? ''}`;
}

/** Formats `one more certification by a fully trusted key`, `2 more by marginally trusted keys`. */
export function countMore(count: number, noun: '' | 'certification', how: 'fully' | 'marginally'): string {
  const what = noun === '' ? '' : ` ${noun}${count === 1 ? '' : 's'}`;
  return `${count === 1 ? 'one' : String(count)} more${what} by ${count === 1 ? `a ${how} trusted key` : `${how} trusted keys`}`;
}
