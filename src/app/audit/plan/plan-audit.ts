/** Makes the plan of an audit: the list of what there is to check, once for all machines that share the work. */
import { randomInt } from 'node:crypto';
import { rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

import { statFile } from '../../../base/disk/stat-file.js';
import { ClojarsFetchError } from '../../../base/error.js';
import { loadConfiguration } from '../../../local/settings/effective.js';
import { LineReader } from '../../../local/sorted-lines/line-reader.js';
import { openSource } from '../../mirror/source/open-source.js';
import { SourceError } from '../../mirror/source/source.js';
import type { AuditPlace, PlanEntry } from '../contract.js';
import { collectAll, collectInventory, collectReleases, ListingFile } from './collect-listing.js';
import { groupFiles, writeVersions } from './group-files.js';
import { NewestFiles } from './newest.js';
import { originClock } from './origin-clock.js';
import { badOption, chooseOrigin, choosePlaces, type Origin, type PlanAuditOptions, readSince } from './plan-options.js';
import { makeWorkFolder } from './work-folder.js';
import { writePlan } from './write-plan.js';

/** The plan that was written. */
export interface PlannedAudit {
  readonly file: string;
  /** The digest of its lines, which each part of a result carries. */
  readonly id: string;
  /** Lines: files with their checksum files and signatures. */
  readonly files: number;
  readonly seed: number;
  readonly source: string;
  readonly places: readonly AuditPlace[];
  /** Names in the list that cannot be paths, and were left out. */
  readonly skippedNames: number;
  readonly warnings: readonly string[];
}

const standardConnections = 8;
/** Files whose bytes are read, besides a random share of the others. */
const newestFiles = 1000;
const mostSeed = 999_999_999;
/** Thirty times the files of Clojars. */
const mostFiles = 100_000_000;

/**
 * Lists what the canonical origin has, and writes it down as the plan of an audit. Nothing is downloaded, so nothing is counted.
 *
 * @throws {ClojarsFetchError} `ERR_CONFIG`; `ERR_UNREACHABLE` if the origin cannot be listed; `ERR_LOCAL_REPOSITORY` if the plan cannot be
 * written; `ERR_ABORTED`.
 */
export async function planAudit(options: PlanAuditOptions): Promise<PlannedAudit> {
  const { seed = randomInt(mostSeed + 1), signal = new AbortController().signal } = options;
  if (!Number.isInteger(seed) || seed < 0 || seed > mostSeed) throw badOption('seed', `is not a whole number from 0 to ${mostSeed}`);
  const file = resolve(options.output);
  const configuration = await loadConfiguration({ options: options.client ?? {}, env: process.env, homeFolder: homedir() });
  const origin = chooseOrigin(options, configuration.allowHttp);
  const places = choosePlaces(options.places, configuration, origin.url);
  const folder = makeWorkFolder(file);
  try {
    const listed = await list(options, origin, folder, signal);
    const plan = await write(file, { listed, origin, places, seed, sinceMs: sinceOf(options) }, signal);
    const { refused: skippedNames, source } = listed;
    const warnings =
      skippedNames === 0 ? [] : [`left out ${skippedNames} listed ${skippedNames === 1 ? 'name' : 'names'} that cannot be paths`];
    return { file, ...plan, seed, source, places, skippedNames, warnings };
  } catch (error) {
    throw signal.aborted ? aborted(signal) : error;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function sinceOf({ since, increment }: PlanAuditOptions): number | null {
  if (since !== undefined) return readSince(since);
  if (increment === true) throw badOption('increment', 'needs the option since', 'Write the time of the last audit as --since.');
  return null;
}

/** A sorted listing, and what it is of. */
interface Listed {
  /** Absolute. */
  readonly file: string;
  readonly refused: number;
  readonly source: string;
  /** Epoch milliseconds by the clock of the source, or of the origin. */
  readonly nowMs: number;
  /** Whether it contains all files, so that it tells which versions there are. */
  readonly isWhole: boolean;
}

async function list(options: PlanAuditOptions, { url, from, feed }: Origin, folder: string, signal: AbortSignal): Promise<Listed> {
  const file = join(folder, 'listing');
  const listing = new ListingFile(file);
  const { connections = standardConnections, rate = null, contact = null, crawl = false, client = {}, increment = false } = options;
  try {
    if (!/^[a-z][a-z0-9+.-]+:/i.test(from) && statFile(resolve(from), { mayBeEmpty: true }) !== null) {
      collectInventory(resolve(from), listing);
      listing.finish();
      const clock = await originClock(url, { client, contact, signal });
      return { file, refused: listing.refused, source: 'an inventory', nowMs: clock.now(), isWhole: true };
    }
    const source = await openSource(from, {
      where: '--from',
      listing: crawl ? 'crawl' : 'index',
      connections,
      rate,
      bandwidth: null,
      contact,
      purpose: 'audit',
      client,
      stagingFolder: join(folder, 'fetched'),
    });
    try {
      if (!increment) await collectAll(source, listing, mostFiles, signal);
      else if (feed === null) throw badOption('feed', 'the release feed of this origin is not known', 'Name it with --feed URL.');
      else await collectReleases(source, feed, listing, { sinceMs: sinceOf(options) ?? 0, parallel: connections, signal });
      listing.finish();
      const clock = /^(?:https?|s3):/i.test(from) ? source : await originClock(url, { client, contact, signal });
      return { file, refused: listing.refused, source: source.publicName, nowMs: clock.now(), isWhole: !increment };
    } finally {
      await source.close();
    }
  } catch (error) {
    throw error instanceof SourceError ? noList(error) : error;
  } finally {
    listing.discard();
  }
}

interface Contents {
  readonly listed: Listed;
  readonly origin: Origin;
  readonly places: readonly AuditPlace[];
  readonly seed: number;
  readonly sinceMs: number | null;
}

async function write(
  file: string,
  { listed, origin, places, seed, sinceMs }: Contents,
  signal: AbortSignal,
): Promise<{ readonly id: string; readonly files: number }> {
  const versions = `${listed.file}.versions`;
  if (listed.isWhole) reading(listed.file, (lines) => writeVersions(lines, versions));
  const since = sinceMs === null || !listed.isWhole ? null : new Date(sinceMs).toISOString();
  const entries = (): Generator<PlanEntry> => entriesSince(listed, versions, since);
  const newest = new NewestFiles(newestFiles);
  let files = 0;
  for (const { path, time, metadata } of entries()) {
    files += 1;
    if (time !== undefined && metadata !== true) newest.add({ time: Date.parse(time), path });
  }
  const last = newest.last();
  const header = {
    format: 'clojars-fetch-audit-plan' as const,
    version: 1 as const,
    repository: origin.url,
    source: listed.source,
    created: new Date(listed.nowMs).toISOString(),
    since: sinceMs === null ? undefined : new Date(sinceMs).toISOString(),
    files,
    skippedNames: listed.refused === 0 ? undefined : listed.refused,
    newestFrom: last === null ? undefined : new Date(last.time).toISOString(),
    newestTo: last?.path,
    seed,
    places,
  };
  return { id: await writePlan(file, header, entries(), signal), files };
}

/** Leaves out what has not changed since; a file without a time stays. */
function* entriesSince({ file, isWhole }: Listed, versions: string, since: string | null): Generator<PlanEntry> {
  const lines = new LineReader(file);
  try {
    for (const entry of groupFiles(lines, isWhole ? versions : null))
      if (since === null || entry.time === undefined || Date.parse(entry.time) >= Date.parse(since)) yield entry;
  } finally {
    lines.close();
  }
}

function reading(file: string, work: (lines: LineReader) => void): void {
  const lines = new LineReader(file);
  try {
    work(lines);
  } finally {
    lines.close();
  }
}

function noList(cause: SourceError): ClojarsFetchError {
  return new ClojarsFetchError('ERR_UNREACHABLE', {
    reason: 'no-listing',
    message: `the origin cannot be listed: ${cause.message}`,
    hint: 'Check the address of the source, or try again later.',
    cause,
  });
}

function aborted(signal: AbortSignal): ClojarsFetchError {
  return new ClojarsFetchError('ERR_ABORTED', { reason: 'signal', message: 'the audit was aborted', cause: signal.reason });
}
