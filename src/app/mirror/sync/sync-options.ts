/** The options of a sync, and its report. */
import { ClojarsFetchError } from '../../../base/error.js';
import type { ClientOptions } from '../../../local/settings/client-options.js';
import { type FilterOptions, filterProblem, type FilterReport } from '../filter/filter-options.js';
import type { DeletionCounts } from './deletions.js';
import type { SyncEstimate } from './estimate.js';
import type { FindingCounts, MirrorFinding } from './finding.js';
import type { PlanCounts } from './plan.js';
import type { PublishedCounts } from './publish-context.js';

/** Sets what {@link syncMirror} copies, and how. */
export interface SyncMirrorOptions extends FilterOptions {
  /** A folder, the URL of a repository or a bucket, or the address of a module of rsync. */
  readonly from: string;
  /** The folder that a web server publishes, which is made if it is missing; or a bucket, such as `s3://bucket/prefix?region=eu-central-1`. */
  readonly to: string;
  /**
   * Other places from which the same operator publishes the same files: folders or URLs, as for `from`. Files that fail are asked for there
   * once more, and a sample is compared. Default: the CDN or the bucket of Clojars, if the source is the other one; both, for its mirrors.
   */
  readonly otherOrigins?: readonly string[] | undefined;
  /** Compare every released file with the other origins, and not only one in a hundred. Default: false. */
  readonly twoOrigins?: boolean | undefined;
  /** List an http source by following the listings of its folders, not by Clojars's index. Default: false. */
  readonly crawl?: boolean | undefined;
  /** Copy into a bucket whose server cannot lock: then only one sync may work on it at a time. Default: false. */
  readonly noLock?: boolean | undefined;
  /**
   * Look only at what the release feed names, and at each version once more later. A full sync follows if the feed is down, if there was no
   * full sync before, and once a week, or once a day if the source is listed by its index. Default: false.
   */
  readonly increment?: boolean | undefined;
  /** URL of the release feed. Default: that of Clojars, if the source is Clojars. */
  readonly feed?: string | undefined;
  /** Seconds after which an increment looks at a version once more. Default: 3,600. */
  readonly settle?: number | undefined;
  /** Compare only, and change nothing. Default: false. */
  readonly dryRun?: boolean | undefined;
  /** Copy the `index.html` of each folder, too. Default: false. */
  readonly indexes?: boolean | undefined;
  /** Delete what two full listings, at least a day apart, lack. Deleted files are kept out of sight for a month. Default: false. */
  readonly delete?: boolean | undefined;
  /** The largest share of files to delete at once, in percent; 100 files are always allowed. More is reported, and deletes nothing. Default: 1. */
  readonly maxDelete?: number | undefined;
  /** A file with paths to take out at once and to keep out, one a line; a path that ends in `/` is a folder. Default: none. */
  readonly withdrawn?: string | undefined;
  /** Look at all files of the target, and copy those again that are missing or have another size. Default: false. */
  readonly rescan?: boolean | undefined;
  /** With `rescan`, also read all files, and copy those again that are damaged. Default: false. */
  readonly verify?: boolean | undefined;
  /** Requests to the source at once, 1 to 1,000. Default: 8. */
  readonly connections?: number | undefined;
  /** Requests to the source in a second. Default: no limit. */
  readonly rate?: number | undefined;
  /** Bytes from the source in a second. Default: no limit. */
  readonly bandwidth?: number | undefined;
  /** The operator of the mirror, for the trace. Default: not said. */
  readonly operator?: string | undefined;
  /** Address or URL for questions about the mirror: part of the header User-Agent and of the trace. Default: not said. */
  readonly contact?: string | undefined;
  /** Seconds between two syncs, for the trace. Default: not said. */
  readonly interval?: number | undefined;
  /** Authorities, proxies and hosts with plain http. Default: the user's configuration. */
  readonly client?:
    Pick<ClientOptions, 'allowHttp' | 'ca' | 'proxy' | 'settings' | 'configurationFile' | 'cacheFolder' | 'stateFolder'> | undefined;
  /** Told each finding. */
  readonly onFinding?: ((finding: MirrorFinding) => void) | undefined;
  /** Told the path of each file once it is visible. */
  readonly onPublished?: ((key: string) => void) | undefined;
  /** Told how far the sync has come. */
  readonly onProgress?: ((progress: SyncProgress) => void) | undefined;
  /** Ends the sync. What was published stays, and the next sync goes on from there. */
  readonly signal?: AbortSignal | undefined;
}

/** How far a sync has come. */
export interface SyncProgress {
  readonly phase: 'list' | 'compare' | 'publish';
  /** Artifacts that were looked at. */
  readonly artifacts: number;
  readonly published: Readonly<PublishedCounts>;
}

/** The result of a sync. */
export interface MirrorSyncReport {
  /** Without credentials. */
  readonly source: string;
  readonly target: string;
  readonly dryRun: boolean;
  /** Whether everything was compared, or only what is new. */
  readonly kind: 'full' | 'increment';
  readonly plan: PlanCounts;
  /** The expected cost of the sync; null unless it was a dry run. */
  readonly estimate: SyncEstimate | null;
  readonly published: Readonly<PublishedCounts>;
  readonly deletions: DeletionCounts;
  /** Requests to the source, and bytes received from it. */
  readonly traffic: { readonly requests: number; readonly bytes: number };
  /** The first thousand. */
  readonly findings: readonly MirrorFinding[];
  readonly findingCounts: FindingCounts;
  /** Null if nothing is left out and metadata is copied as it is. */
  readonly filter: FilterReport | null;
  /** Sentences for display: filters that match nothing. */
  readonly warnings: readonly string[];
  /** Whether the target now has everything that the source has and the filters take. False after a dry run. */
  readonly isComplete: boolean;
  readonly milliseconds: number;
}

/** @throws {ClojarsFetchError} `ERR_CONFIG`, `bad-value` */
export function checkSyncOptions(options: SyncMirrorOptions): void {
  const { connections, rate, bandwidth, interval, operator, contact, maxDelete, rescan, verify, dryRun, increment, settle } = options;
  checkNumber('connections', connections, 1, 1000);
  checkNumber('rate', rate, 0.001, 1_000_000);
  checkNumber('bandwidth', bandwidth, 1, Number.MAX_SAFE_INTEGER);
  checkNumber('maxDelete', maxDelete, 0, 100);
  if (verify === true && rescan !== true) throw badValue('verify', 'has no effect without rescan');
  checkNumber('settle', settle, 0, 30 * 24 * 3600);
  if (increment === true && (rescan === true || dryRun === true)) throw badValue('increment', 'cannot be combined with rescan or dryRun');
  if (rescan === true && dryRun === true) throw badValue('rescan', 'cannot be combined with dryRun, because it changes the inventory');
  checkNumber('interval', interval, 1, 366 * 24 * 3600);
  const problem = filterProblem(options);
  if (problem !== null) throw badValue(problem.name, problem.problem);
  for (const [name, text] of Object.entries({ operator, contact })) {
    // They become part of a header.
    if (text !== undefined && !/^[\u0020-\u0027\u002a-\u005b\u005d-\u007e]{1,200}$/.test(text))
      throw badValue(name, 'is not a line of 1 to 200 printable ASCII characters without parentheses and backslashes');
  }
}

function checkNumber(name: string, value: number | undefined, least: number, most: number): void {
  if (value !== undefined && !(value >= least && value <= most)) throw badValue(name, `is not a number from ${least} to ${most}`);
}

function badValue(name: string, problem: string): ClojarsFetchError {
  return new ClojarsFetchError('ERR_CONFIG', {
    reason: 'bad-value',
    message: `options: ${name}: ${problem}`,
    hint: 'See docs/run-a-mirror.md for the options of a sync.',
    setting: name,
  });
}
