/** Runs an audit, or one shard of it: asks the origin and all places, and writes the result. */
import { setMaxListeners } from 'node:events';
import { rmSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

import { together } from '../../../base/async/together.js';
import { ClojarsFetchError } from '../../../base/error.js';
import { Allowance } from '../compare/age.js';
import { Sample } from '../compare/sample.js';
import {
  type AuditedScope,
  type AuditPlace,
  type EndLine,
  originName,
  type PlaceSummary,
  type ResultHeader,
  type Shard,
} from '../contract.js';
import { EarlierFiles } from '../earlier/earlier-files.js';
import { PlanFile } from '../plan/plan-file.js';
import { badOption } from '../plan/plan-options.js';
import { makeWorkFolder } from '../plan/work-folder.js';
import type { AuditSummary } from '../result/audit-summary.js';
import { ResultWriter } from '../result/result-writer.js';
import { formatShard } from '../shards/shard.js';
import type { LineRange } from '../shards/shard-lines.js';
import { ExtraFiles } from './check-extras.js';
import { checkOrigin } from './check-origin.js';
import { checkUnit } from './check-unit.js';
import { Findings, type PlaceContext } from './findings.js';
import { Journal, type JournalTotals, readJournal } from './journal.js';
import { intervalOf, OpenPlaces } from './open-places.js';
import { OriginAnswers } from './origin-answers.js';
import { pass } from './place-pass.js';
import type { RunAuditOptions } from './run-options.js';

const standardConnections = 8;
const standardRate = 100;
const standardPatience = 120;
const standardSample = 0.1;

/**
 * Asks each place of a plan for the files of a shard, or for all, and writes down what is not as it should be at the origin. May be
 * aborted or killed at any time: the next run with the same output goes on.
 *
 * The origin is asked for jars as ranges, so that it counts no download.
 *
 * @throws {ClojarsFetchError} `ERR_CONFIG`; `ERR_LOCAL_REPOSITORY` if the result cannot be written; `ERR_ABORTED`. A place that gives no
 * answers does not fail the run: its files are unknown.
 */
export async function runAudit(options: RunAuditOptions): Promise<AuditSummary> {
  checkOptions(options);
  return runPlan(await PlanFile.open(resolve(options.plan), options.signal ?? new AbortController().signal), options);
}

type RunPlanOptions = Omit<RunAuditOptions, 'plan'>;

/** Does as {@link runAudit} with a plan that is open, and closes it. */
export async function runPlan(plan: PlanFile, options: RunPlanOptions): Promise<AuditSummary> {
  const { signal = new AbortController().signal } = options;
  try {
    checkOptions(options);
    return await new AuditRun(plan, options, signal).run();
  } catch (error) {
    throw signal.aborted ? aborted(signal) : error;
  } finally {
    await plan.close();
  }
}

class AuditRun {
  readonly #plan: PlanFile;
  readonly #options: RunPlanOptions;
  readonly #signal: AbortSignal;
  readonly #output: string;
  readonly #folder: string;
  readonly #scope: AuditedScope;
  readonly #seed: number;
  #done = 0;

  constructor(plan: PlanFile, options: RunPlanOptions, signal: AbortSignal) {
    setMaxListeners(0, signal); // each request that waits listens: that is not a leak to warn about
    this.#plan = plan;
    this.#options = options;
    this.#signal = signal;
    this.#output = resolve(options.output);
    this.#folder = join(dirname(this.#output), `.${basename(this.#output)}.work`);
    const { full = false, sample = standardSample, seed = plan.header.seed } = options;
    this.#scope = { full, sharePerMillion: Math.round(sample * 10_000), listsOnly: false };
    this.#seed = seed;
  }

  async run(): Promise<AuditSummary> {
    const { shard } = this.#options;
    const range = shard === undefined ? { from: 0, to: this.#plan.header.files } : await this.#plan.linesOf(shard, this.#signal);
    makeWorkFolder(this.#output);
    const places = await OpenPlaces.open(this.#openOptions(shard));
    try {
      const { summaries, from, until } = await this.#ask(places, range);
      const summary = this.#write(range, summaries, from, until);
      rmSync(this.#folder, { recursive: true, force: true });
      return summary;
    } finally {
      await places.close();
    }
  }

  #openOptions(shard: Shard | undefined) {
    const {
      connections = standardConnections,
      rate = standardRate,
      patience = standardPatience,
      contact = null,
      client = {},
    } = this.#options;
    const share = rate / (shard?.count ?? 1);
    return { client, connections, rate: share, patienceMs: patience * 1000, contact, signal: this.#signal };
  }

  async #ask(places: OpenPlaces, range: LineRange): Promise<Asked> {
    const { header } = this.#plan;
    const origin = new OriginAnswers(places.client({ name: originName, url: header.repository }));
    const sample = new Sample(header, this.#seed, this.#scope);
    const earlier = new EarlierFiles(join(this.#folder, 'earlier'));
    try {
      await earlier.load(
        (this.#options.earlier ?? []).map((file) => resolve(file)),
        this.#signal,
      );
      await origin.tellTime();
      const from = this.#startTime(origin.now());
      const passes = header.places.map((place) => this.#place(place, places, { origin, sample, earlier }, range));
      const [, ...summaries] = await together([this.#originPass({ origin, sample, earlier }, range), ...passes]);
      return { summaries, from, until: new Date(origin.now()).toISOString() };
    } finally {
      earlier.close();
    }
  }

  /** A run that goes on has begun when the first one did. */
  #startTime(nowMs: number): string {
    const journal = Journal.open(join(this.#folder, 'start'), this.#head('start'), nowMs);
    journal.close();
    return new Date(journal.totals.next).toISOString();
  }

  async #originPass(context: Parameters<typeof checkOrigin>[1], range: LineRange): Promise<JournalTotals> {
    const allowance = new Allowance(this.#plan.header.created, null);
    return this.#pass(originName, range, async ({ entries, next }) => {
      const found = await together(
        entries.map(async (entry) => {
          const findings = new Findings({ name: originName, allowance });
          return { findings, digest: await checkOrigin(entry, context, findings) };
        }),
      );
      const digests = found.flatMap(({ digest }) => (digest === null ? [] : [digest]));
      return { next, answered: 0, lagMs: null, skippedNames: 0, findings: found.flatMap(({ findings }) => findings.list), digests };
    });
  }

  async #place(
    place: AuditPlace,
    places: OpenPlaces,
    common: Pick<PlaceContext, 'origin' | 'sample' | 'earlier'>,
    range: LineRange,
  ): Promise<JournalTotals> {
    const client = places.client(place);
    const allowance = new Allowance(this.#plan.header.created, await intervalOf(client));
    const context: PlaceContext = { ...common, name: place.name, client, allowance };
    const extras = this.#plan.header.since === undefined ? new ExtraFiles(context) : null;
    return this.#pass(place.name, range, (unit) => checkUnit(unit, context, extras));
  }

  async #pass(name: string, range: LineRange, check: Parameters<typeof pass>[0]['check']): Promise<JournalTotals> {
    const { connections = standardConnections, onProgress } = this.#options;
    const journal = Journal.open(this.#journalOf(name), this.#head(name), range.from);
    const all = (range.to - range.from) * (this.#plan.header.places.length + 1);
    const onDone = (lines: number): void => {
      this.#done += lines;
      onProgress?.({ done: this.#done, all });
    };
    onDone(journal.totals.next - range.from);
    try {
      await pass({ plan: this.#plan, range, journal, parallel: connections, check, onDone, signal: this.#signal });
    } finally {
      journal.close();
    }
    return journal.totals;
  }

  #journalOf(name: string): string {
    return join(this.#folder, `${name}.journal`);
  }

  /** Says what a journal is about: one of another audit is of no use. */
  #head(name: string): string {
    const { shard, vantage, earlier } = this.#options;
    return JSON.stringify([
      'clojars-fetch-audit-journal',
      3,
      this.#plan.id,
      name,
      this.#seed,
      this.#scope,
      shard ?? null,
      vantage ?? null,
      earlier ?? [],
    ]);
  }

  #write(range: LineRange, totals: readonly JournalTotals[], from: string, until: string): AuditSummary {
    const { places, repository } = this.#plan.header;
    const { shard, vantage = 'here' } = this.#options;
    const header: ResultHeader = {
      format: 'clojars-fetch-audit',
      version: 1,
      plan: this.#plan.id,
      repository,
      vantage,
      shard: shard === undefined ? null : formatShard(shard),
      from,
      until: until < from ? from : until,
      seed: this.#seed,
      skippedNames: this.#plan.header.skippedNames,
      audited: this.#scope,
      places,
    };
    const writer = new ResultWriter(this.#output, places);
    try {
      for (const name of [originName, ...places.map((place) => place.name)])
        for (const line of readJournal(this.#journalOf(name)))
          if ('finding' in line) writer.add(line.finding);
          else writer.addDigest(line.digest);
      const end: EndLine = writer.finish(header, {
        files: range.to - range.from,
        places: places.map((place, index) => summaryOf(place, totals[index])),
      });
      return { header, end };
    } finally {
      writer.discard();
    }
  }
}

interface Asked {
  /** Of the places, in their order. */
  readonly summaries: readonly JournalTotals[];
  readonly from: string;
  readonly until: string;
}

/** Nothing is known of a place that gave no answer. */
function summaryOf({ name, url }: AuditPlace, totals: JournalTotals | undefined): Omit<PlaceSummary, 'counts'> {
  const { answered = 0, lagMs = null, skippedNames = 0 } = totals ?? {};
  return { name, url, behindSeconds: answered === 0 ? null : Math.round((lagMs ?? 0) / 1000), answered, skippedNames };
}

function checkOptions({ sample, rate, connections, patience, vantage, seed }: RunPlanOptions): void {
  checkNumber('sample', sample, 0, 100);
  checkNumber('rate', rate, 0.001, 1_000_000);
  checkNumber('connections', connections, 1, 1000);
  checkNumber('patience', patience, 0, 86_400);
  checkNumber('seed', seed, 0, 999_999_999);
  if (vantage !== undefined && !/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(vantage))
    throw badOption('vantage', 'is not a name of letters, digits, dots, dashes and underscores');
}

function checkNumber(name: string, value: number | undefined, least: number, most: number): void {
  if (value !== undefined && !(value >= least && value <= most)) throw badOption(name, `is not a number from ${least} to ${most}`);
}

function aborted(signal: AbortSignal): ClojarsFetchError {
  return new ClojarsFetchError('ERR_ABORTED', {
    reason: 'signal',
    message: 'the audit was aborted; the next run goes on from here',
    cause: signal.reason,
  });
}
