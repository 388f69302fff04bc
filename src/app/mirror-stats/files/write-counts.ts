/** Writes what was counted: a file for each day, and the file of all days. Nothing has its name before it is placed. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { localRepositoryError } from '../../../base/disk/file-error.js';
import { makeFolders } from '../../../base/disk/make-folders.js';
import { SpillingCounts } from '../count/spilling-counts.js';
import { weigh, type Weight } from '../count/weigh.js';
import { CountFile, type Totals } from './count-file.js';
import { type CountFormName, countForms } from './count-form.js';
import type { NewFile } from './new-file.js';
import { readCountsFile } from './read-counts-file.js';

/** A file with counts. */
export interface WrittenCounts extends Totals {
  /** Absolute path. */
  readonly file: string;
}

/** The downloads of one day. */
export interface DayOfDownloads extends WrittenCounts {
  /** `YYYY-MM-DD`, UTC. */
  readonly date: string;
}

export interface CountDestination {
  /** Folder for the files of days. */
  readonly folder: string;
  readonly form: CountFormName;
  /** Files of days to add to; others are replaced. */
  readonly daysToAddTo: ReadonlySet<string>;
  /** File of all days to add to, or null. */
  readonly merge: string | null;
}

export interface CountsOnDisk {
  readonly days: readonly DayOfDownloads[];
  readonly merged: WrittenCounts | null;
  /** Not placed yet. */
  readonly files: readonly NewFile[];
}

const dayMs = 86_400_000;

/** The one day of a file of all days. */
const allDays = 1;

export function dateOf(day: number): string {
  return new Date(day * dayMs).toISOString().slice(0, 10);
}

/**
 * @param days those of the counts
 * @throws ClojarsFetchError ERR_LOCAL_REPOSITORY; ERR_CONFIG, `unreadable`: a file to add to
 */
export function writeCounts(
  counts: SpillingCounts,
  days: ReadonlySet<number>,
  weight: Weight,
  destination: CountDestination,
): CountsOnDisk {
  const files: NewFile[] = [];
  const { folder, form, daysToAddTo, merge } = destination;
  const pathOf = (day: number): string => join(folder, `downloads-${dateOf(day).replaceAll('-', '')}.${countForms[form].extension}`);
  try {
    makeFolders(folder);
    const older = [...days].filter((day) => daysToAddTo.has(pathOf(day)) && existsSync(pathOf(day)));
    if (merge === null && older.length === 0) return { days: writeDays(counts, weight, form, pathOf, files), merged: null, files };
    counts.settle(weight);
    const merged = merge === null ? null : writeMerged(counts, merge, files);
    for (const day of older)
      readCountsFile(pathOf(day), (group, artifact, version, count) =>
        counts.addText(day, Buffer.from(`${group}/${artifact}/${version}`), count),
      );
    return { days: writeDays(counts, 'each', form, pathOf, files), merged, files };
  } catch (cause) {
    for (const file of files) file.remove();
    throw localRepositoryError(cause, folder);
  }
}

function writeDays(
  counts: SpillingCounts,
  weight: Weight,
  form: CountFormName,
  pathOf: (day: number) => string,
  files: NewFile[],
): readonly DayOfDownloads[] {
  const written: DayOfDownloads[] = [];
  let open: { readonly day: number; readonly counts: CountFile } | null = null;
  const end = (): void => {
    if (open !== null) written.push({ date: dateOf(open.day), ...open.counts.end(), file: open.counts.file.path });
  };
  const sum = weigh(weight, (day, bytes, start, textEnd, count) => {
    if (open?.day !== day) {
      end();
      open = { day, counts: new CountFile(pathOf(day), countForms[form]) };
      files.push(open.counts.file);
    }
    open.counts.add(bytes, start, textEnd, count);
  });
  counts.inOrder(sum.add);
  sum.end();
  end();
  return written;
}

function writeMerged(counts: SpillingCounts, path: string, files: NewFile[]): WrittenCounts {
  const all = new SpillingCounts();
  try {
    readCountsFile(path, (group, artifact, version, count) => all.addText(allDays, Buffer.from(`${group}/${artifact}/${version}`), count));
    counts.inOrder((_, bytes, start, end, count) => all.addText(allDays, bytes.subarray(start, end), count));
    makeFolders(dirname(path));
    const file = new CountFile(path, path.endsWith('.json') ? countForms.json : countForms.edn);
    files.push(file.file);
    all.inOrder((_, bytes, start, end, count) => file.add(bytes, start, end, count));
    return { ...file.end(), file: path };
  } finally {
    all.clear();
  }
}
