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
}

/** Files of a folder that are checked together, at most. */
const mostInUnit = 64;

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

async function* unitsOf(plan: PlanFile, range: LineRange, signal: AbortSignal): AsyncGenerator<Unit> {
  let entries: PlanEntry[] = [];
  let folder = '';
  let next = range.from;
  for await (const batch of plan.entries(range, signal)) {
    for (const entry of batch.entries) {
      const here = folderOf(entry.path);
      if (entries.length > 0 && (here !== folder || entries.length >= mostInUnit)) {
        yield { next, entries };
        entries = [];
      }
      folder = here;
      entries.push(entry);
      next += 1;
    }
  }
  if (entries.length > 0) yield { next, entries };
}
