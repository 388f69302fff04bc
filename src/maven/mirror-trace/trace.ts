/**
 * The trace of a mirror: a small JSON document, `/.well-known/clojars-mirror.json`, in which a mirror says who runs it, what it copies, and
 * when it last succeeded. `/lastsync` says only the last of these, for checkers that know no more.
 *
 * `mirror sync` writes both and `mirrors check` reads both. A server may answer anything: the reader takes nothing for granted, and whether
 * a time lies in the future is for its caller to judge.
 */

import { isGroupPattern } from '../coordinate/group-pattern.js';

/** Paths of the two files, relative to the mirror's base URL. */
export const tracePath = '.well-known/clojars-mirror.json';
export const lastSyncPath = 'lastsync';

/** Most bytes of a trace, and of `lastsync`. */
export const traceMaxBytes = 64 * 1024;
export const lastSyncMaxBytes = 64;

/** A mirror's own account of its last success. */
export interface MirrorTrace {
  /** The name of the organization that runs the mirror; null if it does not say. */
  readonly operator: string | null;
  /** An address for people: e-mail or URL; null if it does not say. */
  readonly contact: string | null;
  /** The place that it copies, without credentials. */
  readonly source: string;
  /** Everything released before this time has been copied, in milliseconds since 1970; null if the source was listed instead. */
  readonly cursorMs: number | null;
  readonly startedMs: number;
  readonly finishedMs: number;
  /** The time between two runs, in seconds; null if it does not say. */
  readonly intervalSeconds: number | null;
  /** Counts of the last run by name: `files`, `bytes`, `copied`, `removed` and others. */
  readonly counts: Readonly<Record<string, number>>;
  /** The part of the source that it copies; null if it copies everything as it is. */
  readonly filter: TraceFilter | null;
  /** The trace of the source, if that is a mirror, too. */
  readonly upstream: MirrorTrace | null;
}

/** The part of its source that a mirror copies, and how it publishes `maven-metadata.xml`, which names all versions. */
export interface TraceFilter {
  /** `org.example`, or `org.example.*` with all groups beneath it; null for all groups. */
  readonly groups: readonly string[] | null;
  /** Only versions released at this time or later, in milliseconds since 1970; null for all. */
  readonly sinceMs: number | null;
  readonly snapshots: boolean;
  /** Only so many of the newest versions of each artifact; null for all. */
  readonly latest: number | null;
  readonly metadata: 'verbatim' | 'rewrite';
}

/** The trace, or the reason why the text is not one. */
export type ReadTrace = { readonly ok: true; readonly trace: MirrorTrace } | { readonly ok: false; readonly problem: string };

const maxTextLength = 1000;
const maxCounts = 50;
/** Most groups of a filter. */
export const maxTraceGroups = 1000;
/** A mirror of a mirror of a mirror: what lies deeper is dropped. */
const maxUpstreams = 4;

/** Reads a trace. Never throws. */
export function parseTrace(text: string): ReadTrace {
  if (text.length > traceMaxBytes) return { ok: false, problem: `longer than ${traceMaxBytes} bytes` };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { ok: false, problem: /^\s*</.test(text) ? 'markup, not JSON' : 'not JSON' };
  }
  try {
    return { ok: true, trace: readTrace(value, maxUpstreams) };
  } catch (error) {
    if (error instanceof WrongMember) return { ok: false, problem: error.message };
    throw error;
  }
}

/** Writes a trace; {@link parseTrace} reads it back unchanged. */
export function formatTrace(trace: MirrorTrace): string {
  return `${JSON.stringify({ schemaVersion: 1, ...toDocument(trace) }, null, 2)}\n`;
}

/** Reads `lastsync`: seconds since 1970. Returns milliseconds; null for any other text. */
export function parseLastSync(text: string): number | null {
  const [, seconds] = /^\s*(\d{1,11})\s*$/.exec(text) ?? [];
  return seconds === undefined ? null : Number(seconds) * 1000;
}

export function formatLastSync(finishedMs: number): string {
  return `${Math.floor(finishedMs / 1000)}\n`;
}

function toDocument({
  cursorMs,
  startedMs,
  finishedMs,
  intervalSeconds,
  upstream,
  ...rest
}: MirrorTrace): Readonly<Record<string, unknown>> {
  const { operator, contact, source, counts, filter } = rest;
  return {
    operator,
    contact,
    source,
    cursor: cursorMs === null ? null : new Date(cursorMs).toISOString(),
    started: new Date(startedMs).toISOString(),
    finished: new Date(finishedMs).toISOString(),
    intervalSeconds,
    counts,
    filter: filter === null ? null : filterDocument(filter),
    upstream: upstream === null ? null : toDocument(upstream),
  };
}

function filterDocument({ groups, sinceMs, snapshots, latest, metadata }: TraceFilter): Readonly<Record<string, unknown>> {
  return { groups, since: sinceMs === null ? null : new Date(sinceMs).toISOString(), snapshots, latest, metadata };
}

/** A member of the document that is missing or has the wrong type. */
class WrongMember extends Error {}

type Members = Readonly<Record<string, unknown>>;

function readTrace(value: unknown, upstreams: number): MirrorTrace {
  if (!isObject(value)) throw new WrongMember('not a JSON object');
  const { schemaVersion = 1, upstream = null } = value;
  if (schemaVersion !== 1) throw new WrongMember('schemaVersion is not 1');
  const trace = {
    operator: optional(value, 'operator', readText),
    contact: optional(value, 'contact', readText),
    source: readText(value, 'source'),
    cursorMs: optional(value, 'cursor', readTime),
    startedMs: readTime(value, 'started'),
    finishedMs: readTime(value, 'finished'),
    intervalSeconds: optional(value, 'intervalSeconds', readCount),
    counts: readCounts(value['counts'] ?? {}),
    filter: optional(value, 'filter', readFilter),
    upstream: upstream === null || upstreams === 0 ? null : readTrace(upstream, upstreams - 1),
  };
  if (trace.startedMs > trace.finishedMs) throw new WrongMember('finished is before started');
  return trace;
}

function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function optional<Value>(members: Members, name: string, read: (members: Members, name: string) => Value): Value | null {
  return (members[name] ?? null) === null ? null : read(members, name);
}

function readText(members: Members, name: string): string {
  const value = members[name];
  if (typeof value !== 'string' || value.trim() === '') throw new WrongMember(`${name} is not a text`);
  if (value.length > maxTextLength) throw new WrongMember(`${name} is longer than ${maxTextLength} characters`);
  return value;
}

function readCount(members: Members, name: string): number {
  const value = members[name];
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) throw new WrongMember(`${name} is not a count`);
  return value;
}

/** `Date.parse` alone would accept other forms, and take a time without a zone for local time. */
function readTime(members: Members, name: string): number {
  const value = members[name];
  const isForm = typeof value === 'string' && /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?Z$/.test(value);
  const ms = isForm ? Date.parse(value) : NaN;
  if (Number.isNaN(ms)) throw new WrongMember(`${name} is not a time in UTC`);
  return ms;
}

function readFilter(members: Members, name: string): TraceFilter {
  const value = members[name];
  if (!isObject(value)) throw new WrongMember(`${name} is not an object`);
  const { snapshots = true, metadata = 'verbatim' } = value;
  if (typeof snapshots !== 'boolean') throw new WrongMember('snapshots is not true or false');
  if (metadata !== 'verbatim' && metadata !== 'rewrite') throw new WrongMember('metadata is not verbatim or rewrite');
  return {
    groups: optional(value, 'groups', readGroups),
    sinceMs: optional(value, 'since', readTime),
    snapshots,
    latest: optional(value, 'latest', readCount),
    metadata,
  };
}

function readGroups(members: Members, name: string): readonly string[] {
  const value = members[name];
  const isList = Array.isArray(value) && value.length <= maxTraceGroups && value.every((group) => typeof group === 'string');
  if (!isList || !value.every(isGroupPattern)) throw new WrongMember(`${name} is not a list of groups`);
  return value;
}

function readCounts(value: unknown): Readonly<Record<string, number>> {
  if (!isObject(value)) throw new WrongMember('counts is not an object');
  const names = Object.keys(value);
  if (names.length > maxCounts) throw new WrongMember(`counts has more than ${maxCounts} members`);
  return Object.fromEntries(names.map((name) => [name, readCount(value, name)]));
}
