/** The mirrors in effect, with their health as past requests showed it. */
import type { Health } from '../../network/mirrors/health.js';
import { originOf } from '../../network/mirrors/order.js';
import type { Mirror, Repository } from '../../network/mirrors/repository.js';

/** An audit that the user trusts, and that found lies at a mirror. */
export interface MirrorLies {
  /** Maker of the audit. */
  readonly operator: string;
  /** URL of its note. */
  readonly audit: string;
  /** When the audit ended, ISO 8601. */
  readonly until: string;
  /** The number of lies that it found. */
  readonly lies: number;
}

/** A mirror in effect, with the health of its origin. */
export interface MirrorStatus {
  /** Id of the repository that it serves. */
  readonly repository: string;
  readonly url: string;
  /** Null if unknown; such a mirror cannot be a witness of a quorum. */
  readonly operator: string | null;
  readonly canonical: boolean;
  readonly trusted: boolean;
  /** Whether it is a built-in third party, which is asked only if the canonical operator is down. */
  readonly lastResort: boolean;
  readonly priority: number;
  readonly circuit: 'closed' | 'open' | 'half-open';
  /** ISO 8601; null while closed. */
  readonly openUntil: string | null;
  /** Milliseconds to the first byte, 95th percentile of recent requests; null if unknown. */
  readonly p95Ms: number | null;
  /** Hours behind, as `mirrors check` found in the last day; null without such a check. */
  readonly hoursBehind: number | null;
  /** Whether that is more than its interval allows: then it is asked last for files that change. */
  readonly stale: boolean;
  /** Trusted, fresh audits that caught the mirror lying: then it is asked last. */
  readonly caughtBy: readonly MirrorLies[];
}

/** Returns the mirrors of these repositories, in their order. */
export function mirrorStatuses(repositories: readonly Repository[], { circuits, freshness, caught }: Health): readonly MirrorStatus[] {
  const snapshot = circuits.snapshot();
  const statusOf = (repository: string, mirror: Mirror): MirrorStatus => {
    const origin = originOf(mirror.url);
    const until = snapshot[origin]?.openUntilMs ?? null;
    const age = freshness?.of(mirror.url) ?? null;
    const { url, operator, canonical, trusted, lastResort, priority } = mirror;
    return {
      repository,
      url: url.href,
      operator,
      canonical,
      trusted,
      lastResort,
      priority,
      circuit: circuits.state(origin),
      openUntil: until === null ? null : new Date(until).toISOString(),
      p95Ms: circuits.p95(origin),
      hoursBehind: age?.hoursBehind ?? null,
      stale: age?.isStale ?? false,
      caughtBy: (caught?.of(url) ?? []).map(({ operator: by, audit, untilMs, lies }) => ({
        operator: by,
        audit,
        until: new Date(untilMs).toISOString(),
        lies,
      })),
    };
  };
  return repositories.flatMap(({ id, mirrors }) => mirrors.map((mirror) => statusOf(id, mirror)));
}
