/** Compares the URLs in an audit with those of repositories and mirrors. Pure. */
import { parseUrl } from '../../base/parse-url.js';
import type { Repository } from '../../network/mirrors/repository.js';
import type { AuditStatement } from '../../proof/note/audit-statement.js';

/** Whether the audit is about the repository, by any of its canonical URLs. */
export function isAuditOf({ repository }: AuditStatement, { url, mirrors }: Repository): boolean {
  const href = baseHref(repository);
  return href === url.href || mirrors.some((mirror) => mirror.canonical && mirror.url.href === href);
}

/** Returns the lies that the audit found at each mirror, by its URL. The origin is what mirrors are compared with: it is never among them. */
export function liesOf({ repository, places }: AuditStatement): ReadonlyMap<string, number> {
  const origin = baseHref(repository);
  const found = places.map(({ url, counts }) => [baseHref(url), counts['lie'] ?? 0] as const);
  return new Map(found.filter((entry): entry is [string, number] => entry[0] !== null && entry[0] !== origin && entry[1] > 0));
}

/** Returns the URL in the form of a mirror's; null if the text is not a URL. */
function baseHref(text: string): string | null {
  const url = parseUrl(text);
  if (url === null) return null;
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  return url.href;
}
