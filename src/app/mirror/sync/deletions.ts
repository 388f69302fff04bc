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
import { keyProblem } from '../../../maven/repository-index/key.js';
import type { Journal } from '../target/journal.js';
import type { MirrorTarget } from '../target/target.js';

/** Absolute paths. */
export interface DeletionFiles {
  /** The sorted keys that the listing lacks. */
  readonly gone: string;
  /** Those that earlier listings lacked, each with the time since when; may be missing. */
  readonly tombstones: string;
  /** Whether the times of earlier tombstones are of another clock, so that all files wait from now on. */
  readonly startsOver: boolean;
}

export interface DeletionOptions extends DeletionFiles {
  readonly target: MirrorTarget;
  readonly journal: Journal;
  /** Whether files are deleted, besides being noted. */
  readonly isOn: boolean;
  /** The largest number of files to delete at once. */
  readonly most: number;
  /** Epoch milliseconds by the source's clock, or else by the steady one. */
  readonly now: number;
  readonly signal: AbortSignal;
}

/** Numbers of files that the source no longer has, by what became of them. */
export interface DeletionCounts {
  /** Files that the source lacks, and that are still there. */
  readonly tombstones: number;
  /** Files that the source has lacked for so long that they may be deleted. */
  readonly due: number;
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
  const due = new LineSorter(join(target.stateFolder, 'due'));
  const writer = new LineWriter(options.tombstones);
  const counts = { gone: 0, due: 0 };
  try {
    for (const { key, since, isDue } of tombstonesOf(options, now)) {
      counts.gone += 1;
      if (isDue) counts.due += 1;
      if (isDue && isOn) due.add(deletionLine(fromLineText(key)));
      writer.write(`${key}\t${since}`);
    }
    writer.makeDurable();
    await target.verifyHeld();
    writer.commit();
    due.finish();
  } finally {
    writer.discard();
    due.discard();
  }
  if (!isOn || counts.due > most) return { tombstones: counts.gone, due: counts.due, deleted: 0, withheld: isOn ? counts.due : 0 };
  await deleteAll(join(target.stateFolder, 'due'), options);
  return { tombstones: counts.gone - counts.due, due: counts.due, deleted: counts.due, withheld: 0 };
}

/** Counts what is gone, and what may be deleted, and writes nothing. */
export function countDeletions(files: DeletionFiles, now: number): DeletionCounts {
  const counts = { tombstones: 0, due: 0, deleted: 0, withheld: 0 };
  for (const { isDue } of tombstonesOf(files, now)) {
    counts.tombstones += 1;
    if (isDue) counts.due += 1;
  }
  return counts;
}

interface Tombstone {
  /** As text of a line. */
  readonly key: string;
  /** Epoch seconds. */
  readonly since: number;
  readonly isDue: boolean;
}

/** Returns the tombstones of all files that are gone, old and new ones. Those of files that are back are dropped. */
function* tombstonesOf({ gone, tombstones, startsOver }: DeletionFiles, nowMs: number): Generator<Tombstone> {
  const now = Math.trunc(nowMs / 1000);
  const keys = new LineReader(gone);
  const earlier = new LineReader(tombstones);
  try {
    let tombstone = earlier.next();
    for (let key = keys.next(); key !== null; key = keys.next()) {
      // A damaged inventory may name anything, and what has such a name is not a file of the mirror.
      if (keyProblem(fromLineText(key)) !== null) continue;
      while (tombstone !== null && lineKey(tombstone) < key) tombstone = earlier.next();
      const since = tombstone !== null && lineKey(tombstone) === key && !startsOver ? timeOf(tombstone.slice(key.length + 1), now) : now;
      yield { key, since, isDue: now - since >= waitSeconds };
    }
  } finally {
    keys.close();
    earlier.close();
  }
}

/** A file whose time is damaged waits from now on. */
function timeOf(text: string, now: number): number {
  return /^\d{1,12}$/.test(text) ? Number(text) : now;
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
      if (keyProblem(key) === null && options.isWithdrawn(key)) due.add(deletionLine(key));
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
