/** The filters of a sync, as the user gives them, checked. */
import { escapeForDisplay } from '../../../base/escape.js';
import { isGroupPattern } from '../../../maven/coordinate/group-pattern.js';
import { maxTraceGroups } from '../../../maven/mirror-trace/trace.js';

/** How `maven-metadata.xml` is published, which names all versions of the source. */
export type MetadataForm = 'verbatim' | 'rewrite';

/** The part of the repository that is copied. Default: all of it. */
export interface FilterOptions {
  /** Copy only these groups: `org.example`, or `org.example.*` for the group and all groups beneath it. Default: all groups. */
  readonly groups?: readonly string[] | undefined;
  /** Copy only versions released on this day or later, such as `2026-01-31` (in UTC), or `2026-01-31T12:00:00Z`. Default: all. */
  readonly since?: string | undefined;
  /** Copy snapshots, too. Default: true. */
  readonly snapshots?: boolean | undefined;
  /** Copy only so many versions of each artifact, the newest by Maven's order; snapshots are counted apart. Default: all. */
  readonly latest?: number | undefined;
  /**
   * `verbatim` copies metadata as it is: it then also names versions that the filters leave out. `rewrite` takes the versions out of it that
   * the target does not have. Default: `verbatim`.
   */
  readonly metadata?: MetadataForm | undefined;
}

/** The filters of a sync. */
export interface SyncFilter {
  /** Null for all groups. */
  readonly groups: readonly string[] | null;
  /** Epoch milliseconds; null for no limit. */
  readonly sinceMs: number | null;
  readonly snapshots: boolean;
  /** Null for all versions. */
  readonly latest: number | null;
  readonly metadata: MetadataForm;
}

/** The effect of the filters on a sync. */
export interface FilterReport {
  /** How metadata is published: as it is, so that it also names versions that were left out, or rewritten. */
  readonly metadata: MetadataForm;
  /** Versions of the source that the filters take; null in an increment. */
  readonly versions: number | null;
}

/** Returns what is wrong with the options, by the name of the first one that is wrong; null if nothing is. */
export function filterProblem({
  groups,
  since,
  latest,
  metadata,
}: FilterOptions): { readonly name: string; readonly problem: string } | null {
  if (groups?.length === 0) return { name: 'groups', problem: 'is empty' };
  if (groups !== undefined && groups.length > maxTraceGroups) return { name: 'groups', problem: `has more than ${maxTraceGroups} groups` };
  const wrong = groups?.find((pattern) => !isGroupPattern(pattern));
  if (wrong !== undefined)
    return { name: 'groups', problem: `'${escapeForDisplay(wrong, 100)}' is not a group, such as org.example or org.example.*` };
  if (since !== undefined && parseSince(since) === null)
    return { name: 'since', problem: `'${escapeForDisplay(since, 100)}' is not a date, such as 2026-01-31` };
  if (latest !== undefined && !(Number.isInteger(latest) && latest >= 1 && latest <= mostLatest))
    return { name: 'latest', problem: `is not a whole number from 1 to ${mostLatest}` };
  if (metadata !== undefined && !['verbatim', 'rewrite'].includes(metadata))
    return { name: 'metadata', problem: "is neither 'verbatim' nor 'rewrite'" };
  return null;
}

const mostLatest = 1_000_000;

/** @param options checked by {@link filterProblem} */
export function readFilter({ groups, since, snapshots = true, latest, metadata = 'verbatim' }: FilterOptions): SyncFilter {
  return { groups: groups ?? null, sinceMs: since === undefined ? null : parseSince(since), snapshots, latest: latest ?? null, metadata };
}

/** Whether anything is left out. */
export function leavesAnythingOut({ groups, sinceMs, snapshots, latest }: SyncFilter): boolean {
  return groups !== null || sinceMs !== null || !snapshots || latest !== null;
}

/** Two syncs with the same text copy the same files. */
export function filterText({ groups, sinceMs, snapshots, latest, metadata }: SyncFilter): string {
  return JSON.stringify([groups === null ? null : [...new Set(groups)].sort(), sinceMs, snapshots, latest, metadata]);
}

/** Reads a day, or an instant with a zone, as epoch milliseconds; null for anything else. */
function parseSince(text: string): number | null {
  const found = /^(\d{4}-\d{2}-\d{2})(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:\d{2}))?$/.exec(text);
  const day = found?.[1] === undefined ? Number.NaN : Date.parse(`${found[1]}T00:00:00Z`);
  // The parser takes February 30 for March 2.
  if (Number.isNaN(day) || new Date(day).toISOString().slice(0, 10) !== found?.[1]) return null;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? null : ms;
}
