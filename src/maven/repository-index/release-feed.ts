/**
 * Reads pages of Clojars's release feed (`GET /api/release-feed?from=…`): what was released after a time, oldest first.
 *
 * A page may be shorter than the others and still have a next one: only an empty page ends the feed. The names on a page become paths, so
 * entries with names that are unsafe as paths are dropped and counted.
 */
import { isClojarsFetchError } from '../../base/error.js';
import { artifactPath } from '../coordinate/path.js';

/** A release, as the feed names it. */
export interface FeedRelease {
  readonly group: string;
  readonly artifact: string;
  readonly version: string;
  readonly releasedMs: number;
}

export interface FeedPage {
  readonly releases: readonly FeedRelease[];
  /** Where the next page begins, as the feed wrote it. */
  readonly nextFrom: string;
  /** Entries with unsafe names, without a time, or of another form. */
  readonly dropped: number;
}

/** Most bytes of a page: 500 releases with descriptions. */
export const feedPageMaxBytes = 8 * 1024 * 1024;
/** Clojars sends 500. */
const maxReleases = 5000;

/** Returns the page; null if the text is not one. Never throws. */
export function parseFeedPage(text: string): FeedPage | null {
  let page: unknown;
  try {
    page = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isObject(page)) return null;
  const { next_from: nextFrom, releases } = page;
  if (typeof nextFrom !== 'string' || timeOf(nextFrom) === null || !Array.isArray(releases) || releases.length > maxReleases) return null;
  const read = releases.map(readRelease);
  const sound = read.filter((release) => release !== null);
  return { releases: sound, nextFrom, dropped: read.length - sound.length };
}

function readRelease(value: unknown): FeedRelease | null {
  if (!isObject(value)) return null;
  const { group_id: group, artifact_id: artifact, version, released_at: released } = value;
  const releasedMs = timeOf(released);
  if (typeof group !== 'string' || typeof artifact !== 'string' || typeof version !== 'string' || releasedMs === null) return null;
  try {
    artifactPath({ group, artifact, version, classifier: '', extension: 'pom' });
  } catch (error) {
    if (isClojarsFetchError(error)) return null;
    throw error;
  }
  return { group, artifact, version, releasedMs };
}

/** Reads an instant with a zone, as the feed writes it; null for anything else. */
function timeOf(value: unknown): number | null {
  if (typeof value !== 'string' || !/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2})$/.test(value))
    return null;
  const ms = Date.parse(value);
  return Number.isNaN(ms) ? null : ms;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
