/** Puts the parts of one audit together, each shard exactly once. The result has the bytes that one machine would have written. */
import { Pace } from '../../../base/async/pace.js';
import type { EndLine, PlaceSummary, ResultHeader } from '../contract.js';
import { parseShard } from '../shards/shard.js';
import type { AuditSummary } from './audit-summary.js';
import { badPart } from './bad-part.js';
import { type ResultLine, ResultReader } from './result-reader.js';
import { ResultWriter } from './result-writer.js';

/** A part that was read to its end. */
interface Part {
  readonly file: string;
  readonly header: ResultHeader;
  readonly index: number;
  readonly count: number;
  readonly end: EndLine;
  /** The keys of the paths of the plan that its lines are about; null without such lines. */
  readonly first: string | null;
  readonly last: string | null;
}

/**
 * @param files absolute, in any order
 * @param result absolute
 * @throws {ClojarsFetchError} `ERR_CONFIG`, `bad-part`: a part is cut, changed, of another audit, missing or there twice
 */
export async function mergeResults(files: readonly string[], result: string, signal?: AbortSignal): Promise<AuditSummary> {
  const pace = new Pace(signal);
  const parts: Part[] = [];
  for (const file of files) parts.push(await examine(file, pace));
  const ordered = inOrder(parts);
  const header = mergedHeader(ordered);
  const writer = new ResultWriter(result, header.places);
  try {
    for (const part of ordered) await copy(part, writer, pace);
    const end = writer.finish(header, { files: sum(ordered, ({ end: { files: count } }) => count), places: mergedPlaces(ordered) });
    return { header, end };
  } finally {
    writer.discard();
  }
}

async function examine(file: string, pace: Pace): Promise<Part> {
  const reader = new ResultReader(file);
  try {
    const shard = reader.header.shard === null ? null : parseShard(reader.header.shard);
    if (shard === null) throw badPart(file, 'is a whole result, not a part', 'Merge the files that were made with --shard.');
    let first: string | null = null;
    let last: string | null = null;
    for (let line = reader.next(); line !== null; line = reader.next()) {
      const key = isOfPlan(line) ? pathOf(line) : null;
      if (key !== null && (first === null || key < first)) first = key;
      if (key !== null && (last === null || key > last)) last = key;
      const turn = pace.step();
      if (turn !== null) await turn;
    }
    return { file, header: reader.header, ...shard, end: reader.end(), first, last };
  } finally {
    reader.close();
  }
}

/** Whether the plan names the file of a line. A place may list files anywhere, also among those of another shard. */
function isOfPlan({ finding }: ResultLine): boolean {
  if (finding === null) return true;
  return finding.finding !== 'extra' && !(finding.finding === 'unknown' && finding.evidence.some(({ as }) => as === 'list'));
}

/** Returns the key of the path that a line is about. */
function pathOf({ key }: ResultLine): string {
  const end = key.indexOf('\t');
  return end === -1 ? key : key.slice(0, end);
}

/** Sorts the parts, and refuses those that do not belong together. */
function inOrder(parts: readonly Part[]): readonly Part[] {
  const [model] = parts;
  if (model === undefined) throw new RangeError('no parts to merge');
  const byIndex = new Map<number, Part>();
  for (const part of parts) {
    const difference = differenceOf(part, model);
    if (difference !== null) throw badPart(part.file, `does not belong to ${model.file}: ${difference}`);
    const same = byIndex.get(part.index);
    if (same !== undefined) throw badPart(part.file, `has the same shard as ${same.file}: ${part.index}/${part.count}`, 'Leave one out.');
    byIndex.set(part.index, part);
  }
  const missing = Array.from({ length: model.count }, (_, index) => index).filter((index) => !byIndex.has(index));
  if (missing.length > 0) throw missingParts(model, missing);
  const ordered = [...parts].sort((one, other) => one.index - other.index);
  ordered.reduce(refuseOverlap);
  return ordered;
}

function missingParts(model: Part, missing: readonly number[]): Error {
  const names = missing.slice(0, 8).map((index) => `${index}/${model.count}`);
  const more = missing.length > names.length ? ` and ${missing.length - names.length} more` : '';
  return badPart(
    model.file,
    `parts of the same audit are missing: ${names.join(', ')}${more}`,
    `Run them with 'clojars-fetch audit run --shard ${names[0] ?? ''}'.`,
  );
}

/** Says in what a part differs from another of the same audit; null if in nothing that matters. */
function differenceOf({ header, count }: Part, { header: model, count: modelCount }: Part): string | null {
  if (header.plan !== model.plan) return `it has another plan, ${header.plan.slice(0, 12)}… instead of ${model.plan.slice(0, 12)}…`;
  if (count !== modelCount) return `it is one of ${count} shards, not of ${modelCount}`;
  if (header.vantage !== model.vantage) return `it was made at another vantage point, '${header.vantage}' instead of '${model.vantage}'`;
  const rest = ({ repository, seed, audited, places }: ResultHeader): string => JSON.stringify([repository, seed, audited, places]);
  return rest(header) === rest(model) ? null : 'it has other options or places';
}

/** Shards follow each other in the order of the plan. Returns the part up to which no line may come again. */
function refuseOverlap(before: Part, part: Part): Part {
  if (part.first === null) return { ...part, last: before.last };
  if (before.last !== null && part.first <= before.last)
    throw badPart(part.file, `has lines of another shard than ${part.index}/${part.count}`);
  return part;
}

async function copy({ file, end }: Part, writer: ResultWriter, pace: Pace): Promise<void> {
  const reader = new ResultReader(file);
  try {
    for (let line = reader.next(); line !== null; line = reader.next()) {
      if (line.finding !== null) writer.add(line.finding);
      if (line.digest !== null) writer.addDigest(line.digest);
      const turn = pace.step();
      if (turn !== null) await turn;
    }
    if (reader.end().sha256 !== end.sha256) throw badPart(file, 'was changed while it was read');
  } finally {
    reader.close();
  }
}

function mergedHeader(parts: readonly Part[]): ResultHeader {
  const headers = parts.map(({ header }) => header);
  const [model] = headers;
  if (model === undefined) throw new RangeError('no parts to merge');
  const from = headers.reduce((first, header) => (header.from < first ? header.from : first), model.from);
  const until = headers.reduce((last, header) => (header.until > last ? header.until : last), model.until);
  return { ...model, shard: null, from, until };
}

function mergedPlaces(parts: readonly Part[]): readonly Omit<PlaceSummary, 'counts'>[] {
  return (parts[0]?.header.places ?? []).map(({ name, url }, at) => {
    const behind = parts.flatMap(({ end }) => end.places[at]?.behindSeconds ?? []);
    return {
      name,
      url,
      behindSeconds: behind.length === 0 ? null : behind.reduce((most, seconds) => Math.max(most, seconds)),
      answered: sum(parts, ({ end }) => end.places[at]?.answered ?? 0),
      skippedNames: sum(parts, ({ end }) => end.places[at]?.skippedNames ?? 0),
    };
  });
}

function sum(parts: readonly Part[], valueOf: (part: Part) => number): number {
  return parts.reduce((total, part) => total + valueOf(part), 0);
}
