/** One sync from its lock to its report. Read this file first, then listing.ts, plan.ts and publish-artifact.ts. */
import { setMaxListeners } from 'node:events';
import { join } from 'node:path';

import { Gate } from '../../../base/async/gate.js';
import type { MirrorTrace } from '../../../maven/mirror-trace/trace.js';
import { OtherOrigins } from '../fetch/other-origins.js';
import { Outages } from '../fetch/outages.js';
import { Filtering } from '../filter/filtering.js';
import { readWithdrawn, type Withdrawal } from '../filter/withdrawn.js';
import { feedOf } from '../source/read-feed.js';
import { type IncrementalSource, type MirrorSource, SourceError } from '../source/source.js';
import { Inventory } from '../target/inventory.js';
import { rescan } from '../target/rescan.js';
import type { MirrorTarget } from '../target/target.js';
import { type Cursor, cursorAfterAll, cursorFile } from './cursor.js';
import { DeletionClock } from './deletion-clock.js';
import { countDeletions, deleteGone, type DeletionCounts, type DeletionFiles, mostDeletions, withdraw } from './deletions.js';
import { estimateOf, standardConnections } from './estimate.js';
import { Findings } from './finding.js';
import { cursorAfter, type Increment, planIncrement } from './increment.js';
import { isFolderPage, writeListing } from './listing.js';
import { ListingCheckpoint } from './listing-checkpoint.js';
import { makePlan, type PlanCounts } from './plan.js';
import { publishArtifacts } from './publish-artifacts.js';
import type { PublishContext, PublishedCounts } from './publish-context.js';
import type { MirrorSyncReport, SyncMirrorOptions } from './sync-options.js';
import { readUpstreamTrace, writeTrace } from './write-trace.js';

/** So many files are worked on at once for each connection: some of them wait for the disk, and the connections must not wait with them. */
const filesPerConnection = 4;
/** Artifacts at once whose files were fetched together: they are verified while these are flushed, and then published. */
const preparedAtOnce = 64;
/** Seconds until an increment looks at a version once more. */
const standardSettle = 3600;
const dayMs = 24 * 3600 * 1000;

export class MirrorSync {
  readonly #options: SyncMirrorOptions;
  readonly #source: MirrorSource;
  readonly #others: OtherOrigins;
  readonly #target: MirrorTarget;
  readonly #signal: AbortSignal;
  readonly #inventory: Inventory;
  readonly #findings: Findings;
  readonly #published: PublishedCounts = { files: 0, bytes: 0 };
  readonly #isWithdrawn: Withdrawal;
  readonly #filtering: Filtering;
  readonly #deletionClock: DeletionClock;
  #deletions: DeletionCounts = { tombstones: 0, due: 0, deleted: 0, withheld: 0 };
  readonly #startedMs = performance.now();
  /** When an earlier sync began the listing with which this one went on. */
  #listedMs: number | null = null;
  #artifacts = 0;

  /** @param others other places of the same operator */
  constructor(
    options: SyncMirrorOptions,
    source: MirrorSource,
    target: MirrorTarget,
    signal: AbortSignal,
    others: readonly MirrorSource[] = [],
  ) {
    this.#options = options;
    this.#source = source;
    this.#others = new OtherOrigins({ sources: others, comparesAll: options.twoOrigins === true, signal });
    this.#target = target;
    this.#signal = signal;
    setMaxListeners(0, signal); // each request that waits listens: that is not a leak to warn about
    this.#inventory = new Inventory(target);
    this.#findings = new Findings(options.onFinding);
    this.#filtering = new Filtering(options, target.stateFolder);
    this.#deletionClock = new DeletionClock(source, target.stateFolder);
    this.#isWithdrawn = options.withdrawn === undefined ? () => false : readWithdrawn(options.withdrawn);
  }

  async run(): Promise<MirrorSyncReport> {
    const release = await this.#target.lock(this.#signal, { isDryRun: this.#options.dryRun === true });
    try {
      const increment = this.#options.increment === true ? await this.#tryIncrement() : null;
      const plan = increment ?? (await this.#syncAll());
      return this.#report(plan, increment === null ? 'full' : 'increment');
    } finally {
      this.#inventory.journal.close();
      await release();
    }
  }

  async #syncAll(): Promise<PlanCounts> {
    const { dryRun, rescan: rescanned } = this.#options;
    await this.#inventory.absorbJournal(this.#signal);
    if (rescanned === true) await this.#rescan();
    // Withdrawn files do not wait for a source that is gone.
    const plan = await this.#compare().finally(() => (dryRun === true ? undefined : this.#withdraw()));
    if (dryRun === true) {
      const { now, startsOver } = await this.#deletionClock.time();
      this.#deletions = countDeletions({ ...this.#deletionFiles, startsOver }, now);
      return plan;
    }
    await this.#publish();
    await this.#delete(plan);
    await this.#inventory.absorbJournal(this.#signal);
    if (this.#findings.areAllKept) await this.#writeFullCursor();
    await this.#writeTrace(plan, null, await readUpstreamTrace(this.#source, this.#signal));
    return plan;
  }

  async #writeFullCursor(): Promise<void> {
    const cursors = cursorFile(this.#target.stateFolder);
    const startedMs = this.#listedMs ?? this.#startedAt();
    const sync = { startedMs, settleMs: this.#settleMs, findings: this.#findings, filter: this.#filtering.text };
    await cursors.write(cursorAfterAll({ ...sync, earlier: await cursors.read() }));
  }

  get #settleMs(): number {
    return (this.#options.settle ?? standardSettle) * 1000;
  }

  /** Null if a full sync is due or necessary. */
  async #tryIncrement(): Promise<PlanCounts | null> {
    const { increments } = this.#source;
    const cursors = cursorFile(this.#target.stateFolder);
    const cursor = await cursors.read();
    const feed = feedOf(this.#options, this.#source.name);
    if (increments === null || feed === null || cursor === null || cursor.filter !== this.#filtering.text) return null;
    // Withdrawing goes by the inventory alone.
    if (this.#options.withdrawn !== undefined) await this.#inventory.absorbJournal(this.#signal);
    const increment = await this.#planIncrement(increments, feed, cursor);
    if (increment === null || this.#source.now() - cursor.fullMs >= increments.fullEveryDays * dayMs) return null;
    await this.#withdraw();
    if (increment.counts.missing + increment.counts.suspect > 0) await this.#publish();
    await this.#target.verifyHeld();
    if (this.#findings.areAllKept) await cursors.write(cursorAfter(increment, this.#findings, this.#source.now()));
    await this.#writeTrace(increment.counts, increment.next.feedMs, null);
    return increment.counts;
  }

  /** Null if the feed is down: then only a full listing tells what is new. */
  async #planIncrement(source: IncrementalSource, feed: URL, cursor: Cursor): Promise<Increment | null> {
    const { connections = standardConnections } = this.#options;
    try {
      return await planIncrement({
        source,
        feed,
        cursor,
        settleMs: this.#settleMs,
        parallel: connections,
        inventory: this.#inventory.file,
        plan: this.#work('plan'),
        readChanges: () => this.#readChanges(),
        ...this.#common,
        now: () => this.#source.now(),
      });
    } catch (error) {
      if (error instanceof SourceError) return null;
      throw error;
    }
  }

  /** Makes the journal part of the inventory first if it is long or unsure. */
  async #readChanges(): Promise<ReadonlyMap<string, string | null>> {
    const changed = this.#inventory.changes();
    if (changed === null) await this.#inventory.absorbJournal(this.#signal);
    return changed ?? new Map<string, string>();
  }

  /** By the source's clock, which is known only after its first answer. */
  #startedAt(): number {
    return Math.trunc(this.#source.now() - (performance.now() - this.#startedMs));
  }

  async #compare(): Promise<PlanCounts> {
    const listing = this.#work('listing');
    this.#progress('list');
    const cursor = await cursorFile(this.#target.stateFolder).read();
    this.#listedMs = await writeListing({
      source: this.#source,
      file: listing,
      inventory: this.#inventory.file,
      checkpoint: this.#options.dryRun === true ? null : new ListingCheckpoint(this.#target.stateFolder, this.#source.name),
      startedMs: () => this.#startedAt(),
      settleMs: this.#settleMs,
      lastFullMs: cursor?.fullMs ?? null,
      ...this.#common,
    });
    this.#progress('compare');
    return makePlan({
      listing,
      inventory: this.#inventory.file,
      plan: this.#work('plan'),
      gone: this.#work('gone'),
      ...this.#common,
      now: this.#source.now(),
    });
  }

  async #publish(): Promise<void> {
    const { connections = standardConnections } = this.#options;
    const context: PublishContext = {
      source: this.#source,
      others: this.#others,
      target: this.#target,
      journal: this.#inventory.journal,
      published: this.#published,
      ...this.#common,
      onPublished: this.#options.onPublished ?? (() => undefined),
      outages: new Outages(this.#source.name),
      gate: new Gate(filesPerConnection * connections),
    };
    await publishArtifacts({
      plan: this.#work('plan'),
      atOnce: this.#source.prepare === undefined ? 2 * connections : preparedAtOnce,
      context,
      onEnd: () => {
        this.#artifacts += 1;
        this.#progress('publish');
      },
    });
  }

  /** Whatever concerns every file. */
  get #common() {
    return {
      isWanted: (key: string) => this.#isWanted(key),
      filtering: this.#filtering,
      findings: this.#findings,
      signal: this.#signal,
    };
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
    const { now } = await this.#deletionClock.time();
    const context = { target: this.#target, journal: this.#inventory.journal, now, signal: this.#signal };
    await withdraw({ ...context, inventory: this.#inventory.file, isWithdrawn: this.#isWithdrawn });
  }

  get #deletionFiles(): Pick<DeletionFiles, 'gone' | 'tombstones'> {
    return { gone: this.#work('gone'), tombstones: this.#work('tombstones') };
  }

  async #delete({ listed }: PlanCounts): Promise<void> {
    const { delete: isOn = false, maxDelete } = this.#options;
    const { now, startsOver } = await this.#deletionClock.time();
    const context = { target: this.#target, journal: this.#inventory.journal, now, startsOver, signal: this.#signal };
    const most = mostDeletions(listed, maxDelete);
    this.#deletions = await deleteGone({ ...context, ...this.#deletionFiles, isOn, most });
    await this.#deletionClock.keep();
    const { withheld } = this.#deletions;
    if (withheld > 0) this.#findings.add('not-deleted', '', `${withheld} files would be deleted, and at most ${most} may be at once`);
    await this.#target.forgetRetired(new Date(now));
  }

  async #writeTrace({ listed }: PlanCounts, cursorMs: number | null, upstream: MirrorTrace | null): Promise<void> {
    const { operator = null, contact = null, interval = null } = this.#options;
    const finishedMs = Math.trunc(this.#source.now());
    await writeTrace(this.#target, {
      operator,
      contact,
      source: this.#source.publicName,
      cursorMs,
      startedMs: Math.min(this.#startedAt(), finishedMs),
      finishedMs,
      intervalSeconds: interval,
      counts: {
        listed,
        files: this.#published.files,
        bytes: this.#published.bytes,
        deleted: this.#deletions.deleted,
        failed: this.#findings.harmful,
      },
      filter: this.#filtering.report === null ? null : this.#filtering.filter,
      upstream,
    });
  }

  #report(plan: PlanCounts, kind: 'full' | 'increment'): MirrorSyncReport {
    const dryRun = this.#options.dryRun === true;
    return {
      source: this.#source.name,
      target: this.#target.name,
      dryRun,
      kind,
      plan,
      estimate: dryRun ? estimateOf(plan, this.#options, this.#source) : null,
      published: { ...this.#published },
      deletions: this.#deletions,
      traffic: { ...this.#source.traffic },
      findings: this.#findings.list,
      findingCounts: this.#findings.counts,
      filter: this.#filtering.report,
      warnings: [...this.#filtering.warnings, ...this.#deletionClock.warnings],
      isComplete: !dryRun && this.#findings.areHarmless,
      milliseconds: Math.round(performance.now() - this.#startedMs),
    };
  }

  #progress(phase: 'list' | 'compare' | 'publish'): void {
    this.#options.onProgress?.({ phase, artifacts: this.#artifacts, published: { ...this.#published } });
  }

  #work(name: string): string {
    return join(this.#target.stateFolder, name);
  }
}
