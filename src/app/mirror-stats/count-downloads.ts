/** Counts the downloads in logs of web servers, as Clojars does. */
import { resolve } from 'node:path';

import { readProblem } from '../../base/disk/named-file.js';
import { ClojarsFetchError } from '../../base/error.js';
import { CountTable } from './count/count-table.js';
import { LogCounter, type ReadLog } from './count/log-counter.js';
import { DayFiles, type DayOfDownloads } from './day-files.js';
import { DamagedGzip, openLog, readPieces } from './read-log.js';

/** A log that is not a file. */
export interface LogStream {
  /** Names it in reports. */
  readonly name: string;
  readonly bytes: AsyncIterable<Buffer>;
}

export interface CountOptions {
  /** Folder for the files of days. Default: the working folder. */
  readonly output?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The lines of one log, and its name. */
export interface CountedLog extends ReadLog {
  readonly name: string;
  /** Whether the log is compressed, and ends early or is damaged. What came before counts. */
  readonly isDamaged: boolean;
}

/** The result of a count. */
export interface CountReport {
  readonly logs: readonly CountedLog[];
  /** Whether enough lines were understood to believe the counts. If not, no file was written. */
  readonly isUnderstood: boolean;
  /** One for each day of the lines, in order. */
  readonly days: readonly DayOfDownloads[];
}

/** Fewer lines are the sign of a form that changed. Clojars once counted nothing for a week because of one. */
const leastUnderstood = 0.99;

/**
 * Counts the downloads in logs, and writes a file for each day of their lines.
 *
 * @throws ClojarsFetchError ERR_CONFIG, `unreadable`: a log; ERR_LOCAL_REPOSITORY: the folder; ERR_ABORTED
 */
export async function countDownloads(logs: readonly (string | LogStream)[], options: CountOptions = {}): Promise<CountReport> {
  const table = new CountTable();
  const counted: CountedLog[] = [];
  for (const log of logs) counted.push(await countLog(log, table, options.signal));
  const sum = (key: 'lines' | 'understood'): number => counted.reduce((total, log) => total + log[key], 0);
  const isUnderstood = sum('understood') >= leastUnderstood * sum('lines');
  return { logs: counted, isUnderstood, days: isUnderstood ? writeDays(table, resolve(options.output ?? '.')) : [] };
}

async function countLog(log: string | LogStream, table: CountTable, signal: AbortSignal | undefined): Promise<CountedLog> {
  const { name, bytes } = typeof log === 'string' ? { name: log, bytes: openLog(log) } : log;
  const counter = new LogCounter(table);
  let isDamaged = false;
  try {
    for await (const piece of readPieces(bytes)) {
      if (signal?.aborted === true) throw aborted(signal);
      counter.add(piece);
    }
  } catch (cause) {
    if (cause instanceof ClojarsFetchError) throw cause;
    if (!(cause instanceof DamagedGzip)) throw unreadableLog(name, cause);
    isDamaged = true;
  }
  return { name, ...counter.end(), isDamaged };
}

function aborted(signal: AbortSignal): ClojarsFetchError {
  return new ClojarsFetchError('ERR_ABORTED', { reason: 'signal', message: 'the count was interrupted', cause: signal.reason });
}

function unreadableLog(name: string, cause: unknown): ClojarsFetchError {
  return new ClojarsFetchError('ERR_CONFIG', {
    reason: 'unreadable',
    path: name,
    cause,
    message: `${name}: cannot read the log: ${readProblem(cause)}`,
    hint: 'Check its name and permissions.',
  });
}

function writeDays(table: CountTable, folder: string): readonly DayOfDownloads[] {
  const files = new DayFiles(folder);
  try {
    table.inOrder((day, text, count) => files.add(day, text, count));
    return files.place();
  } finally {
    files.remove();
  }
}
