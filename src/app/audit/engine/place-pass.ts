/** Goes through the plan for one place: several folders at once, but their results are put down in the order of the plan. */
import { folderOf } from '../../../maven/repository-index/key.js';
import type { PlanEntry } from '../contract.js';
import type { PlanFile } from '../plan/plan-file.js';
import type { LineRange } from '../shards/shard-lines.js';
import type { Journal, Progress } from './journal.js';

/** The lines of a plan about the files of one folder. */
export interface Unit {
  /** The number of the line after the last. */
  readonly next: number;
  readonly entries: readonly PlanEntry[];
  /** Whether the lines before and after are about other folders. */
  readonly isWhole: boolean;
}

/** Lines of one folder that are kept in memory. */
const mostInUnit = 10_000;

export interface PassOptions {
  readonly plan: PlanFile;
  readonly range: LineRange;
  readonly journal: Journal;
  /** Units at once. */
  readonly parallel: number;
  readonly check: (unit: Unit) => Promise<Progress>;
  readonly onDone: (lines: number) => void;
  readonly signal: AbortSignal;
}

export async function pass({ plan, range, journal, parallel, check, onDone, signal }: PassOptions): Promise<void> {
  const from = Math.max(range.from, journal.totals.next);
  const running: Promise<Progress>[] = [];
  const settle = async (): Promise<void> => {
    const progress = await running.shift();
    if (progress === undefined) return;
    onDone(progress.next - journal.totals.next);
    journal.add(progress);
  };
  try {
    for await (const unit of unitsOf(plan, { from, to: range.to }, signal)) {
      const work = check(unit);
      // Awaited in its turn.
      work.catch(() => undefined);
      running.push(work);
      // One folder that takes long must not stop the others.
      if (running.length >= 4 * parallel) await settle();
    }
    while (running.length > 0) await settle();
  } finally {
    await Promise.allSettled(running);
  }
}

/** @param most lines of a unit: see {@link mostInUnit} */
export async function* unitsOf(
  plan: Pick<PlanFile, 'entries'>,
  { from, to }: LineRange,
  signal: AbortSignal,
  most = mostInUnit,
): AsyncGenerator<Unit> {
  let entries: PlanEntry[] = [];
  let folder: string | null = null;
  let hasBegun = false;
  // The line before tells whether a run that was killed had begun with the folder.
  for await (const batch of plan.entries({ from: Math.max(0, from - 1), to }, signal)) {
    for (const [index, entry] of batch.entries.entries()) {
      const number = batch.first + index;
      const isSame = folderOf(entry.path) === folder;
      if (entries.length > 0 && (!isSame || entries.length >= most)) {
        yield { next: number, entries, isWhole: !hasBegun && !isSame };
        entries = [];
      }
      if (entries.length === 0) hasBegun = isSame;
      folder = folderOf(entry.path);
      if (number >= from) entries.push(entry);
    }
  }
  if (entries.length > 0) yield { next: to, entries, isWhole: !hasBegun };
}
