/** Checks the mirrors in effect: whether they can be reached, how fast and how fresh they are, and whether their files are right. */
import { rememberFreshness } from '../../local/ledger/mirror-freshness.js';
import type { ClientOptions } from '../../local/settings/client-options.js';
import type { FreshnessRecord } from '../../network/mirrors/freshness.js';
import type { Repository } from '../../network/mirrors/repository.js';
import type { MirrorCheckOptions } from './check-options.js';
import { describeMirror, pastCheckOf } from './describe-mirror.js';
import { withCheck } from './open-check.js';
import type { ExaminedMirror, RepositoryCheck } from './repository-check.js';
import { extendHistory } from './verdict/history.js';
import type { CheckedMirror, MirrorsCheck, ReleaseSample } from './verdict/model.js';

/**
 * Asks each mirror in effect for about a hundred small files, four at once, and compares them with what the canonical operator published:
 * the trace of the mirror, the 20 newest releases, 20 old ones drawn at random, their checksums, and metadata. Fetches no artifact, so that
 * no download is counted.
 *
 * @throws {ClojarsFetchError} ERR_CONFIG, ERR_OFFLINE, ERR_ABORTED, ERR_UNREACHABLE (`timeout`); ERR_LOCAL_REPOSITORY if the history file is
 * damaged or cannot be written; ERR_CONFIG, `bad-part` if the result of the audit is cut or changed. A mirror that is down is not an error: its result says so.
 */
export async function checkMirrors(options: ClientOptions & MirrorCheckOptions = {}): Promise<MirrorsCheck> {
  return withCheck(options, 'the mirrors', async ({ configuration, seed, checkOf, history, audit, signal }) => {
    history?.read(); // a damaged file must be reported before anything is asked
    const parts = await Promise.all(configuration.repositories.map((repository) => checkRepository(repository, checkOf(repository))));
    const nowMs = parts.at(-1)?.nowMs ?? Date.now();
    const examined = parts.flatMap((part) => part.examined);
    const latest = new Map(examined.map((one) => [one.mirror.url.href, pastCheckOf(one, nowMs)]));
    await rememberFreshness(configuration.cacheFolder, freshnessOf(examined));
    const past = history === null ? null : await history.extend((checks) => extendHistory(checks, latest, nowMs), signal);
    return {
      checkedAt: new Date(nowMs).toISOString(),
      seed,
      samples: parts.map(({ sample }) => sample).filter(({ newest, old }) => newest.length + old.length > 0),
      mirrors: parts.flatMap((part) =>
        inOrder(part.examined.map((one) => describeMirror(part.sample.repository, one, { history: past, audit }, nowMs))),
      ),
      warnings: [...configuration.warnings, ...parts.flatMap(({ warnings }) => warnings)],
    };
  });
}

interface CheckedRepository {
  readonly examined: readonly ExaminedMirror[];
  readonly sample: ReleaseSample;
  readonly warnings: readonly string[];
  readonly nowMs: number;
}

async function checkRepository({ mirrors }: Repository, check: RepositoryCheck): Promise<CheckedRepository> {
  const examined = await Promise.all(mirrors.map((mirror) => check.examine(mirror)));
  return { examined, sample: await check.sample(), warnings: await check.warnings(), nowMs: check.now() };
}

/** Other calls ask stale mirrors last for files that change. */
function freshnessOf(examined: readonly ExaminedMirror[]): Readonly<Record<string, FreshnessRecord>> {
  const checkedMs = Date.now();
  const known = examined.flatMap(({ mirror, judgement: { hoursBehind, isStale } }): [string, FreshnessRecord][] =>
    hoursBehind === null ? [] : [[mirror.url.href, { checkedMs, hoursBehind, isStale }]],
  );
  return Object.fromEntries(known);
}

/** By score, unknown scores last; those that are faulty or out of reach after the others. */
function inOrder(mirrors: readonly CheckedMirror[]): readonly CheckedMirror[] {
  const rank = ({ verdict }: CheckedMirror): number => (verdict === 'unreachable' ? 2 : verdict === 'faulty' ? 1 : 0);
  const score = (mirror: CheckedMirror): number => mirror.score ?? Number.MAX_VALUE;
  return [...mirrors].sort((a, b) => rank(a) - rank(b) || score(a) - score(b));
}
