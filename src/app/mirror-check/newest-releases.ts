/** Reads the newest releases from the release feed. */
import { feedPageMaxBytes, type FeedRelease, parseFeedPage } from '../../maven/repository-index/release-feed.js';
import type { MirrorAnswer } from './mirror-questions.js';
import { hourMs, isInFuture } from './verdict/freshness.js';

type Ask = (url: URL, maxBytes: number) => Promise<MirrorAnswer>;

/** Looks back a day, and a week if there were too few releases. */
const windowsMs = [24 * hourMs, 7 * 24 * hourMs];
/** Pages of 500 releases, for each window. */
const maxPages = 4;

/**
 * Returns up to `count` releases, newest first, each once and without snapshots; null if the feed cannot be read. The feed may loop, lie in
 * the future or be out of order: it is read for a limited number of pages, and sorted.
 */
export async function newestReleases(ask: Ask, feed: URL, count: number, nowMs: number): Promise<readonly FeedRelease[] | null> {
  let newest: readonly FeedRelease[] | null = null;
  for (const windowMs of windowsMs) {
    const releases = await readWindow(ask, feed, nowMs - windowMs, nowMs);
    if (releases === null) return newest;
    newest = distinct(releases).slice(0, count);
    if (newest.length === count) break;
  }
  return newest;
}

async function readWindow(ask: Ask, feed: URL, fromMs: number, nowMs: number): Promise<readonly FeedRelease[] | null> {
  const releases: FeedRelease[] = [];
  let from = new Date(fromMs).toISOString();
  for (let pages = 0; pages < maxPages; pages += 1) {
    const url = new URL(feed);
    url.searchParams.set('from', from);
    const answer = await ask(url, feedPageMaxBytes);
    const page = answer.kind === 'file' ? parseFeedPage(new TextDecoder().decode(answer.bytes)) : null;
    if (page === null) return pages === 0 ? null : releases;
    releases.push(...page.releases.filter(({ releasedMs }) => !isInFuture(releasedMs, nowMs)));
    if (page.releases.length === 0 || Date.parse(page.nextFrom) <= Date.parse(from)) break;
    from = page.nextFrom;
  }
  return releases;
}

function distinct(releases: readonly FeedRelease[]): readonly FeedRelease[] {
  const byCoordinate = new Map<string, FeedRelease>();
  for (const release of [...releases].sort((a, b) => b.releasedMs - a.releasedMs)) {
    const { group, artifact, version } = release;
    const coordinate = `${group}:${artifact}:${version}`;
    if (!version.endsWith('-SNAPSHOT') && !byCoordinate.has(coordinate)) byCoordinate.set(coordinate, release);
  }
  return [...byCoordinate.values()];
}
