/** An audit by lists alone: no place is asked for a file, so that it costs next to nothing. */
import { rmSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { toLineText } from '../../../local/sorted-lines/line-text.js';
import type { ResultHeader, Shard } from '../contract.js';
import { EarlierFiles } from '../earlier/earlier-files.js';
import { originClock } from '../plan/origin-clock.js';
import { PlanFile } from '../plan/plan-file.js';
import { type AuditClientOptions, badOption } from '../plan/plan-options.js';
import { makeWorkFolder } from '../plan/work-folder.js';
import type { AuditSummary } from '../result/audit-summary.js';
import { ResultWriter } from '../result/result-writer.js';
import { formatShard } from '../shards/shard.js';
import { ListComparer } from './compare-lists.js';
import { type FailedList, openList, type SortedList } from './open-list.js';
import { PlaceList } from './place-list.js';

/** Options of {@link auditLists}. */
export interface AuditListsOptions {
  /** The list of each place by its name: an inventory, or what `mirror sync --from` takes. */
  readonly lists: Readonly<Record<string, string>>;
  /** The file to write. */
  readonly output: string;
  /** Name of the machine or network that asks. Default: `here`. */
  readonly vantage?: string | undefined;
  /** The share of the plan to compare. Default: all of it. */
  readonly shard?: Shard | undefined;
  /** Plans and results of earlier audits: a released file must be the same as then. Default: none. */
  readonly earlier?: readonly string[] | undefined;
  /** How often the mirrors sync, in seconds: what is younger may be missing. Default: a day. */
  readonly interval?: number | undefined;
  /** Requests at once for each list, 1 to 1,000. Default: 8. */
  readonly connections?: number | undefined;
  /** Requests for a list in a second. Default: no limit. */
  readonly rate?: number | undefined;
  /** Address or URL for questions about the audit: part of the header User-Agent. Default: not said. */
  readonly contact?: string | undefined;
  /** Default: the user's configuration. */
  readonly client?: AuditClientOptions | undefined;
  readonly signal?: AbortSignal | undefined;
}

const dayInSeconds = 86_400;
/** Files that a place may list: a hostile one might list files without end. A file has up to a dozen checksum files and signatures. */
const filesPerLine = 50;
const leastLimit = 1_000_000;
/** A run of a mirror takes time. */
const graceSeconds = 3600;

/**
 * Compares the lists of all places of a plan with it, and writes the result or the part.
 * @throws {ClojarsFetchError} `ERR_CONFIG`; `ERR_LOCAL_REPOSITORY`; `ERR_ABORTED`. A place that cannot be listed does not fail the audit: its
 * files are unknown.
 */
export async function auditLists(plan: string, options: AuditListsOptions): Promise<AuditSummary> {
  return auditListsAt(plan, options, null);
}

/** @param now tells the time; null to ask the origin */
export async function auditListsAt(plan: string, options: AuditListsOptions, now: (() => Date) | null): Promise<AuditSummary> {
  const { signal = new AbortController().signal } = options;
  const output = resolve(options.output);
  const folder = makeWorkFolder(output);
  const earlier = new EarlierFiles(join(folder, 'earlier'));
  let opened: PlanFile | null = null;
  try {
    opened = await PlanFile.open(resolve(plan), signal);
    await earlier.load(
      (options.earlier ?? []).map((file) => resolve(file)),
      signal,
    );
    return await compare(opened, output, folder, earlier, { ...options, signal, now });
  } finally {
    earlier.close();
    await opened?.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

interface RunningOptions extends AuditListsOptions {
  readonly signal: AbortSignal;
  readonly now: (() => Date) | null;
}

async function compare(
  plan: PlanFile,
  output: string,
  folder: string,
  earlier: EarlierFiles,
  options: RunningOptions,
): Promise<AuditSummary> {
  const { shard, interval = dayInSeconds, client = {}, contact = null, signal } = options;
  const clock = options.now === null ? await originClock(plan.header.repository, { client, contact, signal }) : null;
  const now = options.now ?? (() => new Date(clock?.now() ?? Date.now()));
  const from = now().toISOString();
  const range = shard === undefined ? { from: 0, to: plan.header.files } : await plan.linesOf(shard, signal);
  const sorted = await openLists(plan, folder, options);
  const writer = new ResultWriter(output, plan.header.places);
  let lists: readonly (PlaceList | FailedList)[] | null = null;
  const openAt = (path: string): readonly (PlaceList | FailedList)[] =>
    sorted.map((list) => ('problem' in list ? list : new PlaceList(list.file, list.parse, toLineText(path))));
  try {
    const comparer = new ListComparer({ header: plan.header, allowedMs: (interval + graceSeconds) * 1000, writer, earlier });
    if (shard === undefined || shard.index === 0) lists = openAt('');
    let next: string | null = null;
    for await (const { first, entries } of plan.entries({ from: range.from, to: range.to + 1 }, signal)) {
      lists ??= openAt(entries[0]?.path ?? '');
      for (const [index, entry] of entries.entries()) {
        if (first + index < range.to) comparer.add(entry, lists);
        else next = entry.path;
      }
    }
    // Each shard lists all of a place, but only one of them counts names of all of it.
    const skipped = sorted.map((list) => ('problem' in list || (shard?.index ?? 0) > 0 ? 0 : list.skippedNames));
    const end = comparer.finish(next, lists ?? [], skipped);
    const header = headerOf(plan, options, { from, until: now().toISOString() });
    return { header, end: writer.finish(header, end) };
  } finally {
    for (const list of lists ?? []) if (!('problem' in list)) list.close();
    writer.discard();
  }
}

async function openLists(
  { header: { places, files } }: PlanFile,
  folder: string,
  options: RunningOptions,
): Promise<readonly (SortedList | FailedList)[]> {
  const { lists, connections = 8, rate = null, contact = null, client = {}, signal } = options;
  const unknown = Object.keys(lists).find((name) => !places.some((place) => place.name === name));
  if (unknown !== undefined) throw badOption('lists', `the plan has no place '${unknown.slice(0, 100)}'`);
  const missing = places.find(({ name }) => lists[name] === undefined);
  if (missing !== undefined) throw badOption('lists', `${missing.name} has no list`, 'Add --list NAME=SOURCE for each place of the plan.');
  const opened: (SortedList | FailedList)[] = [];
  for (const [at, { name }] of places.entries()) {
    const options = {
      file: join(folder, `list-${at}`),
      stagingFolder: join(folder, `fetched-${at}`),
      connections,
      rate,
      contact,
      client,
      mostFiles: leastLimit + filesPerLine * files,
      signal,
    };
    opened.push(await openList(name, lists[name] ?? '', options));
  }
  return opened;
}

function headerOf(
  { id, header }: PlanFile,
  { vantage = 'here', shard }: AuditListsOptions,
  times: { readonly from: string; readonly until: string },
): ResultHeader {
  return {
    format: 'clojars-fetch-audit',
    version: 1,
    plan: id,
    repository: header.repository,
    vantage,
    shard: shard === undefined ? null : formatShard(shard),
    ...times,
    seed: header.seed,
    skippedNames: header.skippedNames,
    audited: { full: false, sharePerMillion: 0, listsOnly: true },
    places: header.places,
  };
}
