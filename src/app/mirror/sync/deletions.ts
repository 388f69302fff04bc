/**
 * Deletions. A file that a full listing of the source lacks gets a tombstone. Only if a later full listing, at least a day afterwards, lacks
 * it, too, is it taken out of the target, and then kept out of sight for a while: a listing may be wrong.
 */
import { join } from 'node:path';

import { LineReader } from '../../../local/sorted-lines/line-reader.js';
import { LineSorter } from '../../../local/sorted-lines/line-sorter.js';
import { fromLineText, lineKey, toLineText } from '../../../local/sorted-lines/line-text.js';
import { LineWriter } from '../../../local/sorted-lines/line-writer.js';
import { classifyKey } from '../../../maven/repository-index/classify-key.js';
import type { Journal } from '../target/journal.js';
import type { MirrorTarget } from '../target/target.js';

export interface DeletionOptions {
  readonly target: MirrorTarget;
  readonly journal: Journal;
  /** Absolute path of the sorted keys that the listing lacks. */
  readonly gone: string;
  /** Whether files are deleted, besides being noted. */
  readonly isOn: boolean;
  /** The largest number of files to delete at once. */
  readonly most: number;
  /** Epoch milliseconds by the source's clock. */
  readonly now: number;
  readonly signal: AbortSignal;
}

/** Numbers of files that the source no longer has, by what became of them. */
export interface DeletionCounts {
  /** Files that the source lacks, and that are still there. */
  readonly tombstones: number;
  readonly deleted: number;
  /** Files that were not deleted, since they were too many at once. */
  readonly withheld: number;
}

const waitSeconds = 24 * 3600;
/** So many files may be deleted at once, whatever share they are. */
const leastMost = 100;

/** Returns how many files may be deleted at once. @param percent of those that the source lists. Default: 1 */
export function mostDeletions(listed: number, percent = 1): number {
  return Math.max(leastMost, Math.floor((listed * percent) / 100));
}

/** Notes what is gone, and deletes what has been gone for long enough. */
export async function deleteGone(options: DeletionOptions): Promise<DeletionCounts> {
  const { target, isOn, most, now } = options;
  const file = join(target.stateFolder, 'tombstones');
  const due = new LineSorter(join(target.stateFolder, 'due'));
  const counts = noteGone(options.gone, file, Math.trunc(now / 1000), (key) => {
    if (isOn) due.add(deletionLine(key));
  });
  due.finish();
  if (!isOn || counts.due > most) return { tombstones: counts.gone, deleted: 0, withheld: isOn ? counts.due : 0 };
  await deleteAll(join(target.stateFolder, 'due'), options);
  return { tombstones: counts.gone - counts.due, deleted: counts.due, withheld: 0 };
}

/** Replaces the tombstones. Those of files that are back are dropped. */
function noteGone(gone: string, file: string, now: number, onDue: (key: string) => void): { readonly gone: number; readonly due: number } {
  const keys = new LineReader(gone);
  const earlier = new LineReader(file);
  const writer = new LineWriter(file);
  const counts = { gone: 0, due: 0 };
  try {
    let tombstone = earlier.next();
    for (let key = keys.next(); key !== null; key = keys.next()) {
      while (tombstone !== null && lineKey(tombstone) < key) tombstone = earlier.next();
      const since = tombstone !== null && lineKey(tombstone) === key ? Number(tombstone.slice(key.length + 1)) : now;
      counts.gone += 1;
      if (now - since >= waitSeconds) {
        counts.due += 1;
        onDue(fromLineText(key));
      }
      writer.write(`${key}\t${since}`);
    }
    writer.commit();
    return counts;
  } finally {
    keys.close();
    earlier.close();
    writer.discard();
  }
}

export interface WithdrawOptions extends Pick<DeletionOptions, 'target' | 'journal' | 'now' | 'signal'> {
  /** Absolute path of the inventory. */
  readonly inventory: string;
  readonly isWithdrawn: (key: string) => boolean;
}

/** Takes out what the operator withdraws. */
export async function withdraw(options: WithdrawOptions): Promise<void> {
  const file = join(options.target.stateFolder, 'due');
  const reader = new LineReader(options.inventory);
  const due = new LineSorter(file);
  try {
    for (let line = reader.next(); line !== null; line = reader.next()) {
      const key = fromLineText(lineKey(line));
      if (options.isWithdrawn(key)) due.add(deletionLine(key));
    }
    due.finish();
  } finally {
    reader.close();
    due.discard();
  }
  await deleteAll(file, options);
}

/** Sorts by artifact, and within it against the order of publication: metadata goes before the files that it names. */
function deletionLine(key: string): string {
  const { artifactFolder, turn } = classifyKey(key);
  return `${toLineText(artifactFolder)}\t${9 - turn}\t${toLineText(key)}`;
}

async function deleteAll(
  file: string,
  { target, journal, now, signal }: Pick<DeletionOptions, 'target' | 'journal' | 'now' | 'signal'>,
): Promise<void> {
  const reader = new LineReader(file);
  try {
    for (let line = reader.next(); line !== null; line = reader.next()) {
      signal.throwIfAborted();
      const key = fromLineText(line.slice(line.lastIndexOf('\t') + 1));
      journal.removing(key);
      await target.retire(key, new Date(now));
    }
  } finally {
    reader.close();
  }
}
