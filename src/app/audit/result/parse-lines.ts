/** Reads the lines of a result. They may come from another machine, so each member is checked. */
import { isObject } from '../../client/is-object.js';
import {
  type AuditedScope,
  type AuditPlace,
  type DigestLine,
  type EndLine,
  type Evidence,
  type Facts,
  type Finding,
  findingClasses,
  type FindingCounts,
  type FindingKind,
  originName,
  type PlaceSummary,
  type ResultHeader,
} from '../contract.js';
import { parseShard } from '../shards/shard.js';

type Fields = Readonly<Record<string, unknown>>;

const isoTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{3})?Z$/;
const sha256Hex = /^[0-9a-f]{64}$/;
/** A digest line as `JSON.stringify` writes it. A result has one for each file, and this is faster than a parser. */
const digestLine = /^\{"digest":("(?:[^"\\]|\\.)*"),"sha256":"([0-9a-f]{64})","size":(\d{1,16})\}$/;

/** Each of these returns null for a line that is something else. @param line text, not bytes */
export function parseHeader(line: string): ResultHeader | null {
  const value = parseJson(line);
  if (value === null || value['format'] !== 'clojars-fetch-audit' || value['version'] !== 1) return null;
  const { plan, repository, vantage, shard, from, until, seed, skippedNames } = value;
  const audited = parseScope(value['audited']);
  const places = parsePlaces(value['places']);
  if (!matches(plan, sha256Hex) || !isText(repository) || !isText(vantage) || !isShard(shard)) return null;
  if (!matches(from, isoTime) || !matches(until, isoTime) || !isCount(seed) || audited === null || places === null) return null;
  if (!isCountOrNone(skippedNames)) return null;
  return { format: 'clojars-fetch-audit', version: 1, plan, repository, vantage, shard, from, until, seed, skippedNames, audited, places };
}

export function parseFinding(line: string): Finding | null {
  const value = parseJson(line);
  if (value === null) return null;
  const { finding, path, place, evidence } = value;
  const expected = parseFacts(value['expected']);
  const found = parseFacts(value['found']);
  if (!isKind(finding) || value['class'] !== findingClasses[finding]) return null;
  if (!isText(path) || !isText(place) || expected === null || found === null || !isList(evidence, isEvidence)) return null;
  return { finding, class: findingClasses[finding], path, place, expected, found, evidence };
}

export function parseDigest(line: string): DigestLine | null {
  const [, quoted = '', sha256 = '', size = ''] = digestLine.exec(line) ?? [];
  if (sha256 === '') return null;
  const path = quoted.includes('\\') ? unquote(quoted) : quoted.slice(1, -1);
  return path === null ? null : { digest: path, sha256, size: Number(size) };
}

export function parseEnd(line: string): EndLine | null {
  const value = parseJson(line);
  if (value?.['end'] !== true) return null;
  const { files, digests, places, sha256 } = value;
  const origin = parseCounts(value['origin']);
  if (!isCount(files) || !isCount(digests) || origin === null || !matches(sha256, sha256Hex)) return null;
  return isList(places, isSummary) ? { end: true, files, digests, origin, places, sha256 } : null;
}

function parseJson(line: string): Fields | null {
  try {
    const value: unknown = JSON.parse(line);
    return isObject<unknown>(value) ? value : null;
  } catch {
    return null;
  }
}

function unquote(text: string): string | null {
  try {
    const value: unknown = JSON.parse(text);
    return isText(value) ? value : null;
  } catch {
    return null;
  }
}

function parseScope(value: unknown): AuditedScope | null {
  if (!isObject<unknown>(value)) return null;
  const { full, sharePerMillion, listsOnly } = value;
  return typeof full === 'boolean' && isCount(sharePerMillion) && typeof listsOnly === 'boolean'
    ? { full, sharePerMillion, listsOnly }
    : null;
}

function parsePlaces(value: unknown): readonly AuditPlace[] | null {
  if (!isList(value, isPlace)) return null;
  const names = new Set([originName, ...value.map(({ name }) => name)]);
  return names.size === value.length + 1 ? value.map(({ name, url }) => ({ name, url })) : null;
}

function parseCounts(value: unknown): FindingCounts | null {
  return isObject<unknown>(value) && Object.entries(value).every(([kind, count]) => isKind(kind) && isCount(count)) ? value : null;
}

function parseFacts(value: unknown): Facts | null {
  return isObject<unknown>(value) && Object.values(value).every(isFact) ? (value as Facts) : null;
}

function isFact(value: unknown): boolean {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value);
}

function isEvidence(value: unknown): value is Evidence {
  if (!isObject<unknown>(value)) return false;
  const { url, status, etag, time, detail } = value;
  if (!isText(url) || !['audit', 'plain', 'list'].includes(String(value['as'])) || !(status === null || isCount(status))) return false;
  return [etag, time, detail].every((text) => text === undefined || isText(text));
}

function isPlace(value: unknown): value is AuditPlace {
  return isObject<unknown>(value) && isText(value['name']) && isText(value['url']);
}

function isSummary(value: unknown): value is PlaceSummary {
  if (!isObject<unknown>(value) || !isPlace(value)) return false;
  const { behindSeconds, answered, skippedNames, counts } = value as Fields;
  return (
    (behindSeconds === null || Number.isFinite(behindSeconds)) &&
    isCount(answered) &&
    isCountOrNone(skippedNames) &&
    parseCounts(counts) !== null
  );
}

function isShard(value: unknown): value is string | null {
  return value === null || (isText(value) && parseShard(value) !== null);
}

function isKind(value: unknown): value is FindingKind {
  return isText(value) && Object.hasOwn(findingClasses, value);
}

function isList<Item>(value: unknown, isItem: (item: unknown) => item is Item): value is readonly Item[] {
  return Array.isArray(value) && value.every(isItem);
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function isCountOrNone(value: unknown): value is number | undefined {
  return value === undefined || isCount(value);
}

function matches(value: unknown, pattern: RegExp): value is string {
  return isText(value) && pattern.test(value);
}
