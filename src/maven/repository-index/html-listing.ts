/**
 * Reads the listings of folders that nginx and Apache write, and the `index.html` of Clojars. They differ in their markup, but each names
 * an entry by a link, and then writes its date and size.
 */
import { parseUrl } from '../../base/parse-url.js';

export interface ListedName {
  /** Decoded, without a slash. Not yet checked. */
  readonly name: string;
  readonly isFolder: boolean;
  /** Null if the listing does not give the exact size. */
  readonly size: number | null;
  /** The date as it is written, in the server's time zone; empty if there is none. Two of them can only be compared for equality. */
  readonly date: string;
}

/** The base is only needed to tell relative links from others. */
const here = 'https://listing.invalid/folder/';

/** Returns the entries of a listing in its order; null if the text is not HTML. Links that lead elsewhere are skipped. */
export function parseHtmlListing(text: string): readonly ListedName[] | null {
  if (!/<(?:html|pre|a|table|ul|!doctype)[\s>]/i.test(text.slice(0, 4096))) return null;
  const entries = new Map<string, ListedName>();
  for (let at = text.indexOf('<a '); at !== -1;) {
    const end = text.indexOf('>', at);
    if (end === -1) break;
    const next = text.indexOf('<a ', end);
    const entry = readEntry(text.slice(at, end), text.slice(end + 1, next === -1 ? end + 2000 : Math.min(next, end + 2000)));
    const shown = entry === null ? '' : `${entry.name}${entry.isFolder ? '/' : ''}`;
    if (entry !== null && !entries.has(shown)) entries.set(shown, entry);
    at = next;
  }
  return [...entries.values()];
}

function readEntry(tag: string, after: string): ListedName | null {
  const href = /\shref\s*=\s*(?:"([^"]*)"|'([^']*)')/i.exec(tag);
  const path = pathOf(decodeEntities(href?.[1] ?? href?.[2] ?? ''));
  if (path === null) return null;
  const isFolder = path.endsWith('/');
  const name = isFolder ? path.slice(0, -1) : path;
  if (name === '' || name.includes('/')) return null;
  const tail = after.replace(/^[^]*?<\/a>/i, '').replace(/<[^>]*>/g, ' ');
  const [, date = '', size = ''] =
    /(\d{4}-\d{2}-\d{2} \d{2}:\d{2}|\d{2}-[A-Z][a-z]{2}-\d{4} \d{2}:\d{2})(?::\d{2})?\s+(\S+)/.exec(tail) ?? [];
  return { name, isFolder, size: !isFolder && /^\d{1,15}$/.test(size) ? Number(size) : null, date };
}

/** Returns the path relative to the folder, decoded; null for a link that leads elsewhere or sorts the table. */
function pathOf(href: string): string | null {
  if (href === '' || /[?#]/.test(href)) return null;
  const url = parseUrl(href, here);
  if (url === null) return null;
  // The URL parser would resolve the dots of a name such as `..`, which leads elsewhere.
  if (!url.href.startsWith(here) || /(?:^|\/)\.\.?(?:\/|$)/.test(href)) return null;
  try {
    return decodeURIComponent(url.pathname.slice('/folder/'.length));
  } catch {
    return null;
  }
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'", '#x27': "'", '#43': '+' };

function decodeEntities(text: string): string {
  return text.replace(/&(amp|lt|gt|quot|#39|#x27|#43);/g, (whole, name: string) => entities[name] ?? whole);
}
