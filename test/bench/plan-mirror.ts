/**
 * Plans a sync over a listing and an inventory of any size, and prints the time that it took.
 *
 *   make FOLDER COUNT       writes both
 *   sorted FOLDER COUNT     compares them
 *   unsorted FOLDER COUNT   first sorts a listing that comes in no order
 */
import { join } from 'node:path';

import { Filtering } from '../../src/app/mirror/filter/filtering.js';
import type { MirrorSource, SourceFile } from '../../src/app/mirror/source/source.js';
import { Findings } from '../../src/app/mirror/sync/finding.js';
import { writeListing } from '../../src/app/mirror/sync/listing.js';
import { makePlan } from '../../src/app/mirror/sync/plan.js';
import { fileAt, writeLines } from './mirror-lines.js';

const [mode = '', folder = '', countText = ''] = process.argv.slice(2);
const count = Number(countText);
const batchSize = 1000;
const signal = new AbortController().signal;
const findings = new Findings();
const filtering = new Filtering({}, folder);
const isWanted = (): boolean => true;

/** Lists the files in an order that has nothing to do with their keys. */
class UnsortedSource implements MirrorSource {
  readonly name = 'unsorted';
  readonly publicName = 'unsorted';
  readonly traffic = { requests: 0, bytes: 0 };
  readonly increments = null;
  readonly now = (): number => Date.now();
  readonly open = (): Promise<null> => Promise.resolve(null);
  readonly close = (): Promise<void> => Promise.resolve();

  async *list(): AsyncGenerator<readonly SourceFile[]> {
    const step = coprimeNear(Math.floor(count * 0.618));
    let index = 0;
    for (let done = 0; done < count; done += batchSize) {
      const batch: SourceFile[] = [];
      for (let at = done; at < Math.min(count, done + batchSize); at += 1) {
        batch.push(fileAt(index));
        index = (index + step) % count;
      }
      yield batch;
    }
  }
}

/** A step that reaches every number below the count. */
function coprimeNear(from: number): number {
  const divisor = (one: number, other: number): number => (other === 0 ? one : divisor(other, one % other));
  let step = Math.max(1, from);
  while (divisor(step, count) !== 1) step += 1;
  return step;
}

async function plan(): Promise<void> {
  const listing = join(folder, mode === 'sorted' ? 'listing' : 'listing.unsorted');
  const inventory = join(folder, 'inventory');
  const startedMs = performance.now();
  if (mode === 'unsorted')
    await writeListing({
      source: new UnsortedSource(),
      file: listing,
      inventory,
      findings,
      signal,
      isWanted,
      filtering,
      checkpoint: null,
      startedMs: Date.now,
      settleMs: 3_600_000,
      lastFullMs: null,
    });
  const files = { listing, inventory, plan: join(folder, 'plan'), gone: join(folder, 'gone') };
  const counts = await makePlan({ ...files, isWanted, filtering, findings, now: Date.now(), signal });
  process.stdout.write(JSON.stringify({ planMs: performance.now() - startedMs, counts }));
}

if (mode === 'make') writeLines(folder, count);
else await plan();
