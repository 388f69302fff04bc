/** Counts the downloads in logs of web servers, as Clojars does. */
import { dirname, join, resolve } from 'node:path';

import { localRepositoryError } from '../../base/disk/file-error.js';
import { createLocks } from '../../base/disk/lock.js';
import { makeFolders } from '../../base/disk/make-folders.js';
import { ClojarsFetchError } from '../../base/error.js';
import type { CountRules } from './count/log-counter.js';
import { SpillingCounts } from './count/spilling-counts.js';
import { type CountedLog, countLog } from './count-log.js';
import type { CountFormName } from './files/count-form.js';
import { type CountDestination, type CountsOnDisk, type DayOfDownloads, writeCounts, type WrittenCounts } from './files/write-counts.js';
import type { JsonFields } from './lines/json-line.js';
import type { LogStream } from './log-source.js';
import { type CountState, openState, place, writeState } from './state/state-file.js';

/** Options of `countDownloads`. By default it counts exactly as Clojars does. */
export interface CountOptions {
  /** Folder for the files of days. Default: the working folder. */
  readonly output?: string | undefined;
  /** Form of the files of days. Default: `edn`. */
  readonly form?: CountFormName | undefined;
  /** Add the counts to this file of all days, such as `all.edn`, and make it if it is missing. */
  readonly merge?: string | undefined;
  /**
   * Remember in this file which logs were counted. No log counts twice then, and a log that has grown counts from where it ended; the
   * counts of a day are added to its file.
   */
  readonly state?: string | undefined;
  /** Count only the lines of this day, `YYYY-MM-DD` in UTC. */
  readonly date?: string | undefined;
  /** Leave out agents that contain one of these texts, in any case. */
  readonly excludeAgents?: readonly string[] | undefined;
  /** Count each address once for each version and day. */
  readonly unique?: boolean | undefined;
  /** `first`: also count requests for a part of a file, once for each address, file and day, unless it got the whole file. Default: `none`. */
  readonly ranges?: 'none' | 'first' | undefined;
  /** The fields of logs in JSON. Default: the names that nginx, Caddy, Traefik and Fastly use. */
  readonly fields?: JsonFields | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The result of a count. */
export interface CountReport {
  readonly logs: readonly CountedLog[];
  /** Whether enough lines were understood to believe the counts. If not, no file was written. */
  readonly isUnderstood: boolean;
  /** One for each day of the lines, in order. */
  readonly days: readonly DayOfDownloads[];
  /** The file of all days; null if there is none. */
  readonly merged: WrittenCounts | null;
}

/** Fewer lines are the sign of a form that changed. Clojars once counted nothing for a week because of one. */
const leastUnderstood = 0.99;

/** In a log with fewer lines, one that was cut off would already be too many. */
const fewLines = 1000;

/**
 * Counts the downloads in logs, and writes a file for each day of their lines.
 *
 * @throws ClojarsFetchError ERR_CONFIG, `unreadable`: a log, or a file to add to; ERR_LOCAL_REPOSITORY: the folder; ERR_ABORTED
 */
export async function countDownloads(logs: readonly (string | LogStream)[], options: CountOptions = {}): Promise<CountReport> {
  const rules = rulesOf(options);
  if (options.state === undefined) return countWith(null, logs, rules, options);
  const file = resolve(options.state);
  makeFolders(dirname(file));
  const release = await createLocks(join(dirname(file), '.clojars-fetch-locks')).lock(file, options.signal);
  try {
    return await countWith(file, logs, rules, options);
  } finally {
    await release();
  }
}

async function countWith(
  stateFile: string | null,
  logs: readonly (string | LogStream)[],
  rules: CountRules,
  options: CountOptions,
): Promise<CountReport> {
  const state = stateFile === null ? null : openState(stateFile);
  const marks = state === null ? null : [...state.logs];
  const counts = new SpillingCounts();
  const days = new Set<number>();
  const counted: CountedLog[] = [];
  try {
    for (const log of logs) counted.push(await countLog(log, { counts, rules, marks, days, signal: options.signal }));
    if (!areUnderstood(counted)) return { logs: counted, isUnderstood: false, days: [], merged: null };
    const written = writeCounts(counts, days, rules.weight, destinationOf(options, state?.days ?? []));
    await placeAll(stateFile, { logs: marks ?? [], days: [...(state?.days ?? []), ...written.days.map(({ file }) => file)] }, written);
    return { logs: counted, isUnderstood: true, days: written.days, merged: written.merged };
  } finally {
    counts.clear();
  }
}

function rulesOf({ date, unique, ranges, excludeAgents = [], fields = {} }: CountOptions): CountRules {
  return {
    day: date === undefined ? null : dayOf(date),
    weight: unique === true ? 'client' : ranges === 'first' ? 'first-range' : 'each',
    countsRanges: ranges === 'first',
    excludedAgents: excludeAgents.map((text) => text.toLowerCase()),
    fields,
  };
}

function dayOf(date: string): number {
  const time = /^\d{4}-\d\d-\d\d$/.test(date) ? Date.parse(`${date}T00:00:00Z`) : Number.NaN;
  if (!Number.isNaN(time) && new Date(time).toISOString().startsWith(date)) return time / 86_400_000;
  throw new ClojarsFetchError('ERR_CONFIG', {
    reason: 'bad-value',
    message: `the date must be YYYY-MM-DD, got '${date}'`,
    hint: "For example, write '2026-11-29'.",
  });
}

function destinationOf({ output, form, merge }: CountOptions, daysToAddTo: readonly string[]): CountDestination {
  return {
    folder: resolve(output ?? '.'),
    form: form ?? 'edn',
    daysToAddTo: new Set(daysToAddTo),
    merge: merge === undefined ? null : resolve(merge),
  };
}

/** A log of another form must not hide among others. */
function areUnderstood(logs: readonly CountedLog[]): boolean {
  const sum = (key: 'lines' | 'understood'): number => logs.reduce((total, log) => total + log[key], 0);
  const isEnough = (understood: number, lines: number): boolean => understood >= leastUnderstood * lines;
  return isEnough(sum('understood'), sum('lines')) && logs.every((log) => log.lines < fewLines || isEnough(log.understood, log.lines));
}

/** Gives the files their names. With a record, they count as soon as it is written. */
async function placeAll(stateFile: string | null, state: Omit<CountState, 'placements'>, { files }: CountsOnDisk): Promise<void> {
  const placements = files.map(({ temporary, path }) => ({ temporary, path }));
  if (stateFile !== null) await writeState(stateFile, { ...state, placements });
  try {
    place(placements);
  } catch (cause) {
    throw localRepositoryError(cause, placements[0]?.path ?? '');
  }
  if (stateFile !== null && placements.length > 0) await writeState(stateFile, { ...state, placements: [] });
}
