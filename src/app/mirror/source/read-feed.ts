/** Reads the release feed from a time on, to its end. */
import { parseUrl } from '../../../base/parse-url.js';
import { pathFolder } from '../../../maven/coordinate/path.js';
import { feedPageMaxBytes, parseFeedPage } from '../../../maven/repository-index/release-feed.js';
import { type IncrementalSource, SourceError } from './source.js';

export interface FeedRelease {
  /** Of the version. */
  readonly folder: string;
  readonly releasedMs: number;
}

export interface ReadFeed {
  readonly releases: readonly FeedRelease[];
  /** Entries that name no possible version. */
  readonly dropped: number;
}

/** Five million releases. */
const maxPages = 10_000;
/** A clock may be wrong, but not by a day. */
const futureMs = 24 * 3600 * 1000;

/** Returns the address of the feed; null if there is none. @param source its name, a URL or a folder */
export function feedOf({ feed }: { readonly feed?: string | undefined }, source: string): URL | null {
  if (feed !== undefined) return parseUrl(feed);
  const host = parseUrl(source)?.hostname ?? '';
  return host === 'clojars.org' || host === 'clojars-repo-production' || host.endsWith('.clojars.org')
    ? new URL('https://clojars.org/api/release-feed')
    : null;
}

/** @param now by the source's clock @throws {SourceError} if the feed is down, or leads in a circle */
export async function readFeed(
  source: IncrementalSource,
  feed: URL,
  fromMs: number,
  now: () => number,
  signal: AbortSignal,
): Promise<ReadFeed> {
  const releases: FeedRelease[] = [];
  let dropped = 0;
  let from = new Date(fromMs).toISOString();
  for (let pages = 0; pages < maxPages; pages += 1) {
    const url = new URL(feed.href);
    url.searchParams.set('from', from);
    const bytes = await source.readUrl(url, feedPageMaxBytes, signal);
    const page = bytes === null ? null : parseFeedPage(bytes.toString('utf8'));
    if (page === null) throw new SourceError(`${feed.href}: not a page of a release feed`, false);
    dropped += page.dropped;
    for (const { group, artifact, version, releasedMs } of page.releases) {
      if (releasedMs > now() + futureMs) dropped += 1;
      else releases.push({ folder: pathFolder({ group, artifact, version, classifier: '', extension: 'pom' }), releasedMs });
    }
    if (page.releases.length + page.dropped === 0) return { releases, dropped };
    if (Date.parse(page.nextFrom) <= Date.parse(from)) throw new SourceError(`${feed.href}: its pages lead in a circle`, false);
    from = page.nextFrom;
  }
  throw new SourceError(`${feed.href}: it does not end`, false);
}
