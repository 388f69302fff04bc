/** Remembers the most that was ever seen of a `group:artifact`'s metadata, to detect a rollback. */
import { join } from 'node:path';

import { createRecordLog } from '../../base/disk/record-log.js';

export interface HighWaterMark {
  /** All versions ever listed by an authority, in the order first seen. */
  readonly versions: readonly string[];
  /** The latest `lastUpdated` (`yyyyMMddHHmmss`), or null if there never was one. */
  readonly lastUpdated: string | null;
}

export interface HighWaterMarks {
  /** The mark of a key such as `clojars group:artifact`, or null. Throws `ERR_LOCAL_REPOSITORY` if it cannot be read. */
  check(key: string): Promise<HighWaterMark | null>;
  /** Raises the mark: versions are added, `lastUpdated` only grows. Writes nothing if nothing is new. */
  raise(key: string, seen: HighWaterMark, signal?: AbortSignal): Promise<void>;
}

/** Limits a mark to one line of reasonable size, whatever a server lists. */
const maxVersions = 20_000;
const maxVersionLength = 256;
const maxCharacters = 400_000;
/** A date further ahead than clocks differ is ignored: it would make all later metadata look older, forever. */
const aheadMs = 24 * 60 * 60 * 1000;

function parseMark(value: unknown): HighWaterMark | null {
  if (typeof value !== 'object' || value === null) return null;
  const { versions, lastUpdated }: Partial<Record<keyof HighWaterMark, unknown>> = value;
  if (!Array.isArray(versions) || !versions.every((version): version is string => typeof version === 'string')) return null;
  if (lastUpdated !== null && !(typeof lastUpdated === 'string' && /^\d{14}$/.test(lastUpdated))) return null;
  return { versions, lastUpdated };
}

function joinMarks(earlier: HighWaterMark, later: HighWaterMark): HighWaterMark {
  const versions = [...new Set([...earlier.versions, ...later.versions])];
  const lastUpdated = (earlier.lastUpdated ?? '') > (later.lastUpdated ?? '') ? earlier.lastUpdated : later.lastUpdated;
  return { versions, lastUpdated };
}

function latest(): string {
  return new Date(Date.now() + aheadMs).toISOString().replace(/\D/g, '').slice(0, 14);
}

/** Opens the marks. `folder`: the user's state folder. */
export function createHighWaterMarks(folder: string): HighWaterMarks {
  const log = createRecordLog<HighWaterMark>({
    file: join(folder, 'metadata-high-water.jsonl'),
    parse: parseMark,
    merge: joinMarks,
    maxEntries: 200_000,
    maxBytes: 512 * 1024 * 1024,
    whenTooLarge: 'throw',
  });
  return {
    check: (key) => log.get(key),
    async raise(key, seen, signal) {
      const there = await log.get(key);
      const known = new Set(there?.versions);
      const fresh = seen.versions.filter((version) => !known.has(version) && version.length <= maxVersionLength);
      let characters = [...known].reduce((sum, version) => sum + version.length, 0);
      const versions = fresh
        .slice(0, Math.max(0, maxVersions - known.size))
        .filter((version) => (characters += version.length) <= maxCharacters);
      const wellFormed =
        seen.lastUpdated !== null && /^\d{14}$/.test(seen.lastUpdated) && seen.lastUpdated <= latest() ? seen.lastUpdated : null;
      const later = wellFormed !== null && wellFormed > (there?.lastUpdated ?? '');
      if (there !== null && versions.length === 0 && !later) return;
      await log.set(key, { versions, lastUpdated: wellFormed }, signal);
    },
  };
}
