/** Holds the inventory against the target itself: files may have been lost or damaged since they were published. */
import { Pace } from '../../../base/async/pace.js';
import { isClojarsFetchError } from '../../../base/error.js';
import { LineReader } from '../../../local/sorted-lines/line-reader.js';
import { LineWriter } from '../../../local/sorted-lines/line-writer.js';
import { type InventoryRecord, parseRecord } from './inventory-record.js';
import type { MirrorTarget } from './target.js';

export interface RescanOptions {
  readonly target: MirrorTarget;
  /** Absolute path of the inventory. */
  readonly inventory: string;
  /** Whether files are read and hashed, besides being looked at. */
  readonly verify: boolean;
  /** Epoch milliseconds by the source's clock. */
  readonly now: number;
  readonly signal: AbortSignal;
}

/** Leaves out of the inventory what is not as it says, and takes damaged files out of sight. Returns the number of files left out. */
export async function rescan({ target, inventory, verify, now, signal }: RescanOptions): Promise<number> {
  const reader = new LineReader(inventory);
  const writer = new LineWriter(inventory);
  const pace = new Pace(signal);
  let lost = 0;
  try {
    for (let line = reader.next(); line !== null; line = reader.next()) {
      const record = parseRecord(line);
      const state = record === null ? 'missing' : await stateOf(record, target, verify, signal);
      if (state === 'sound') writer.write(line);
      else {
        lost += 1;
        if (state === 'damaged' && record !== null) await target.retire(record.key, new Date(now));
      }
      const turn = pace.step();
      if (turn !== null) await turn;
    }
    writer.makeDurable();
    await target.verifyHeld();
    writer.commit();
    return lost;
  } finally {
    reader.close();
    writer.discard();
  }
}

async function stateOf(
  { key, size, sha256 }: InventoryRecord,
  target: MirrorTarget,
  verify: boolean,
  signal: AbortSignal,
): Promise<'sound' | 'damaged' | 'missing'> {
  try {
    const actual = await target.sizeOf(key);
    if (actual === null) return 'missing';
    if (actual !== size) return 'damaged';
    return !verify || (await target.digestOf(key, 'sha256', signal)) === sha256 ? 'sound' : 'damaged';
  } catch (error) {
    // Something else has its place: the sync reports it when it publishes the file.
    if (isClojarsFetchError(error) && error.reason === 'corrupt') return 'missing';
    throw error;
  }
}
