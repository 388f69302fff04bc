/** The documents of `/-/health` and `/-/status`. */
import { version } from '../../../base/package-version.js';
import type { MirrorStatus } from '../../client/mirror-status.js';
import type { Refusal, Statistics } from './statistics.js';

/** The state of the proxy when the status is requested. */
export interface StatusFacts {
  readonly startedMs: number;
  readonly offline: boolean;
  readonly mirrors: readonly MirrorStatus[];
  readonly cache: { readonly files: number; readonly bytes: number; readonly limitBytes: number };
  readonly downloading: number;
}

export interface StatusDocument {
  readonly schemaVersion: 1;
  readonly version: string;
  /** ISO 8601. */
  readonly started: string;
  readonly offline: boolean;
  readonly answers: number;
  /** Share of the files that came from the cache, 0 to 1; null before the first file. */
  readonly hitRate: number | null;
  readonly cached: Statistics['byCache'];
  /** Files that each mirror served since the start, by its base URL; all others came from the cache. */
  readonly served: Readonly<Record<string, number>>;
  readonly downloading: number;
  readonly cache: StatusFacts['cache'];
  readonly mirrors: readonly MirrorStatus[];
  /** The last requests that got no file for another reason than its absence, newest first. */
  readonly refusals: readonly Refusal[];
}

export function statusDocument(statistics: Statistics, facts: StatusFacts): StatusDocument {
  const { startedMs, offline, downloading, cache, mirrors } = facts;
  return {
    schemaVersion: 1,
    version,
    started: new Date(startedMs).toISOString(),
    offline,
    answers: statistics.answers,
    hitRate: statistics.hitRate,
    cached: statistics.byCache,
    served: Object.fromEntries(statistics.byMirror),
    downloading,
    cache,
    mirrors,
    refusals: statistics.refusals,
  };
}

export interface HealthDocument {
  /** The process answers. */
  readonly live: true;
  /** It takes requests: false once it is ending. */
  readonly ready: boolean;
}

export function healthDocument({ isEnding }: { readonly isEnding: boolean }): HealthDocument {
  return { live: true, ready: !isEnding };
}
