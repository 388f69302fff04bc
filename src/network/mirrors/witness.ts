/** Whose word an answer is. Pure. */
import type { Mirror } from './repository.js';

/**
 * The operator that an answer counts for in a quorum: the mirror's own, but where it sent its reader on to another
 * mirror of the list, that one's. Else one liar would be two witnesses by way of a mirror that redirects to him.
 * @param answeredBy where the answer came from, after redirects
 */
export function operatorOf(mirror: Mirror, answeredBy: URL, mirrors: readonly Mirror[]): string | null {
  if (mirror.url.protocol === 'file:' || answeredBy.origin === mirror.url.origin) return mirror.operator;
  const other = mirrors.find(({ url }) => url.origin === answeredBy.origin);
  return other === undefined ? mirror.operator : other.operator;
}
