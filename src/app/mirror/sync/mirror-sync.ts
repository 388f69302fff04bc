/** One sync from its lock to its report. Read this file first, then listing.ts, plan.ts and publish-artifact.ts. */
import { join } from 'node:path';

import { Gate } from '../../../base/async/gate.js';
import { ClojarsFetchError } from '../../../base/error.js';
import { LineReader } from '../../../local/sorted-lines/line-reader.js';
import { withRetries } from '../source/read-text.js';
import { type MirrorSource, SourceError } from '../source/source.js';
import { Inventory } from '../target/inventory.js';
import { rescan } from '../target/rescan.js';
import type { MirrorTarget } from '../target/target.js';
import { type Action, artifactOf, parseAction } from './action.js';
import { deleteGone, type DeletionCounts, withdraw } from './deletions.js';
import { Findings } from './finding.js';
import { isFolderPage, writeListing } from './listing.js';
import { Outages } from './outages.js';
import { makePlan, type PlanCounts } from './plan.js';
import { publishArtifact, type PublishContext, type PublishedCounts } from './publish-artifact.js';
import type { MirrorSyncReport, SyncMirrorOptions } from './sync-options.js';
import { readWithdrawn, type Withdrawal } from './withdrawn.js';
import { readUpstreamTrace, writeTrace } from './write-trace.js';

/** Requests at once, if the user does not say how many. */
export const standardConnections = 8;
/** In percent. */
const standardMaxDelete = 1;
/** So many files may be deleted at once, whatever share they are. */
const leastMaxDelete = 100;
/** Files that a source prepares at once. */
const filesPrepared = 5000;

export class MirrorSync {
  readonly #options: SyncMirrorOptions;
  readonly #source: MirrorSource;
  readonly #target: MirrorTarget;
  readonly #signal: AbortSignal;
  readonly #inventory: Inventory;
  readonly #findings: Findings;
  readonly #published: PublishedCounts = { files: 0, bytes: 0 };
  readonly #isWithdrawn: Withdrawal;
  #deletions: DeletionCounts = { tombstones: 0, deleted: 0, withheld: 0 };
  #artifacts = 0;

  constructor(options: SyncMirrorOptions, source: MirrorSource, target: MirrorTarget, signal: AbortSignal) {
    this.#options = options;
    this.#source = source;
    this.#target = target;
    this.#signal = signal;
    this.#inventory = new Inventory(target);
    this.#findings = new Findings(options.onFinding);
    this.#isWithdrawn = options.withdrawn === undefined ? () => false : readWithdrawn(options.withdrawn);
  }

  async run(): Promise<MirrorSyncReport> {
    const startedMs = performance.now();
    const { dryRun, rescan: rescanned } = this.#options;
    const release = await this.#target.lock(this.#signal);
    try {
      await this.#inventory.absorbJournal(this.#signal);
      const startedAt = this.#source.now();
      if (rescanned === true) await this.#rescan();
      const plan = await this.#compare();
      if (dryRun !== true) {
        await this.#withdraw();
        await this.#publish();
        await this.#delete(plan);
        await this.#inventory.absorbJournal(this.#signal);
        await this.#writeTrace(startedAt, plan);
      }
      return this.#report(plan, performance.now() - startedMs);
    } finally {
      this.#inventory.journal.close();
      await release();
    }
  }

  async #compare(): Promise<PlanCounts> {
    const listing = this.#work('listing');
    this.#progress('list');
    await writeListing({
      source: this.#source,
      file: listing,
      inventory: this.#inventory.file,
      findings: this.#findings,
      signal: this.#signal,
      isWanted: (key) => this.#isWanted(key),
    });
    this.#progress('compare');
    return makePlan({
      listing,
      inventory: this.#inventory.file,
      plan: this.#work('plan'),
      gone: this.#work('gone'),
      isWanted: (key) => this.#isWanted(key),
      findings: this.#findings,
      now: this.#source.now(),
      signal: this.#signal,
    });
  }

  /** Works on several artifacts at once, so that the requests never run out. */
  async #publish(): Promise<void> {
    const { connections = standardConnections } = this.#options;
    const context: PublishContext = {
      source: this.#source,
      target: this.#target,
      journal: this.#inventory.journal,
      findings: this.#findings,
      published: this.#published,
      isWanted: (key) => this.#isWanted(key),
      onPublished: this.#options.onPublished ?? (() => undefined),
      outages: new Outages(this.#source.name),
      gate: new Gate(connections),
      signal: this.#signal,
    };
    const running = new Set<Promise<void>>();
    let failure: { readonly error: unknown } | null = null;
    for await (const actions of this.#preparedArtifacts()) {
      const work: Promise<void> = publishArtifact(actions, context)
        .catch((error: unknown) => void (failure ??= { error }))
        .finally(() => {
          running.delete(work);
          this.#artifacts += 1;
          this.#progress('publish');
        });
      running.add(work);
      if (running.size >= 2 * connections) await Promise.race(running);
      if (failure !== null) break;
    }
    await Promise.all(running);
    // Assigned by a callback, which the compiler does not see.
    const thrown = failure as { readonly error: unknown } | null;
    if (thrown !== null) throw thrown.error;
  }

  /** Has the source prepare the next artifacts while the ones before are published. */
  async *#preparedArtifacts(): AsyncGenerator<readonly Action[]> {
    const source = this.#source;
    if (source.prepare === undefined) {
      yield* this.#artifactsOfPlan();
      return;
    }
    let ready: readonly (readonly Action[])[] = [];
    for (const batch of inBatches(this.#artifactsOfPlan(), filesPrepared)) {
      const keys = batch.flatMap((actions) => actions.map(({ key }) => key));
      const prepared = withRetries(async () => source.prepare?.(keys, this.#signal), this.#signal);
      prepared.catch(() => undefined);
      yield* ready;
      await prepared.catch(unreachable);
      ready = batch;
    }
    yield* ready;
  }

  *#artifactsOfPlan(): Generator<readonly Action[]> {
    const reader = new LineReader(this.#work('plan'));
    try {
      let actions: Action[] = [];
      let artifact = '';
      for (let line = reader.next(); line !== null; line = reader.next()) {
        if (artifactOf(line) !== artifact && actions.length > 0) {
          yield actions;
          actions = [];
        }
        artifact = artifactOf(line);
        actions.push(parseAction(line));
      }
      if (actions.length > 0) yield actions;
    } finally {
      reader.close();
    }
  }

  #isWanted(key: string): boolean {
    return (this.#options.indexes === true || !isFolderPage(key)) && !this.#isWithdrawn(key);
  }

  async #rescan(): Promise<void> {
    await rescan({
      target: this.#target,
      inventory: this.#inventory.file,
      verify: this.#options.verify === true,
      now: this.#source.now(),
      signal: this.#signal,
    });
  }

  async #withdraw(): Promise<void> {
    if (this.#options.withdrawn === undefined) return;
    const context = { target: this.#target, journal: this.#inventory.journal, now: this.#source.now(), signal: this.#signal };
    await withdraw({ ...context, inventory: this.#inventory.file, isWithdrawn: this.#isWithdrawn });
  }

  async #delete({ listed }: PlanCounts): Promise<void> {
    const { delete: isOn = false, maxDelete = standardMaxDelete } = this.#options;
    const now = this.#source.now();
    const context = { target: this.#target, journal: this.#inventory.journal, now, signal: this.#signal };
    const most = Math.max(leastMaxDelete, Math.floor((listed * maxDelete) / 100));
    this.#deletions = await deleteGone({ ...context, gone: this.#work('gone'), isOn, most });
    const { withheld } = this.#deletions;
    if (withheld > 0) this.#findings.add('not-deleted', '', `${withheld} files would be deleted, and at most ${most} may be at once`);
    await this.#target.forgetRetired(new Date(now));
  }

  async #writeTrace(startedMs: number, plan: PlanCounts): Promise<void> {
    const finishedMs = this.#source.now();
    const { operator = null, contact = null, interval = null } = this.#options;
    const { failed, changed, refused, occupied, waiting } = this.#findings.counts;
    await writeTrace(this.#target, {
      operator,
      contact,
      source: this.#source.publicName,
      cursorMs: null,
      startedMs: Math.min(startedMs, finishedMs),
      finishedMs,
      intervalSeconds: interval,
      counts: {
        listed: plan.listed,
        files: this.#published.files,
        bytes: this.#published.bytes,
        deleted: this.#deletions.deleted,
        failed: failed + changed + refused + occupied + waiting,
      },
      upstream: await readUpstreamTrace(this.#source, this.#signal),
    });
  }

  #report(plan: PlanCounts, milliseconds: number): MirrorSyncReport {
    const dryRun = this.#options.dryRun === true;
    return {
      source: this.#source.name,
      target: this.#target.name,
      dryRun,
      plan,
      published: { ...this.#published },
      deletions: this.#deletions,
      traffic: { ...this.#source.traffic },
      findings: this.#findings.list,
      findingCounts: this.#findings.counts,
      isComplete: !dryRun && this.#findings.areHarmless,
      milliseconds: Math.round(milliseconds),
    };
  }

  #progress(phase: 'list' | 'compare' | 'publish'): void {
    this.#options.onProgress?.({ phase, artifacts: this.#artifacts, published: { ...this.#published } });
  }

  #work(name: string): string {
    return join(this.#target.stateFolder, name);
  }
}

/** Joins artifacts until they have so many files. */
function* inBatches(artifacts: Iterable<readonly Action[]>, files: number): Generator<readonly (readonly Action[])[]> {
  let batch: (readonly Action[])[] = [];
  let count = 0;
  for (const actions of artifacts) {
    batch.push(actions);
    count += actions.length;
    if (count < files) continue;
    yield batch;
    batch = [];
    count = 0;
  }
  if (batch.length > 0) yield batch;
}

function unreachable(error: unknown): never {
  if (!(error instanceof SourceError)) throw error;
  throw new ClojarsFetchError('ERR_UNREACHABLE', {
    reason: 'source-gone',
    message: error.message,
    hint: 'Run the same command again later: what was fetched is kept.',
    cause: error,
  });
}
