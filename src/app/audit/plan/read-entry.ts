/** Reads the lines of a plan. They come from another machine, and their paths become parts of URLs: nothing is taken for granted. */
import { keyProblem } from '../../../maven/repository-index/key.js';
import { type AuditPlace, originName, type PlanEntry, type PlanHeader, type PlanSidecar } from '../contract.js';

type Members = Readonly<Record<string, unknown>>;

/** @throws {SyntaxError} if the line is not JSON @throws {WrongLine} if it is something else */
export function readHeader(line: string): PlanHeader {
  const value = parse(line);
  if (value['format'] !== 'clojars-fetch-audit-plan') throw new WrongLine('not the header of a plan');
  if (value['version'] !== 1) throw new WrongLine(`a plan of version ${String(value['version']).slice(0, 20)}, which is not known`);
  const places = value['places'];
  if (!Array.isArray(places)) throw new WrongLine('places is not a list');
  return {
    format: 'clojars-fetch-audit-plan',
    version: 1,
    repository: text(value, 'repository', /^[a-z0-9]+:\/\/[^\s]+\/(?:\?[^\s]*)?$/),
    source: text(value, 'source', /^[^\u0000-\u001f]*$/),
    created: text(value, 'created', isoTime),
    since: optional(value, 'since', (name) => text(value, name, isoTime)),
    files: count(value, 'files'),
    skippedNames: optional(value, 'skippedNames', (name) => count(value, name)),
    newestFrom: optional(value, 'newestFrom', (name) => text(value, name, isoTime)),
    newestTo: optional(value, 'newestTo', (name) => text(value, name, /^[^\u0000-\u001f]*$/)),
    seed: count(value, 'seed'),
    places: places.map(readPlace),
  };
}

/** There are millions of lines, so none of their members costs a function of its own. @throws {SyntaxError | WrongLine} */
export function readEntry(line: string): PlanEntry {
  const value = parse(line);
  const { path, time, sha1, sha256, sidecars, metadata, versions } = value;
  if (typeof path !== 'string' || keyProblem(path) !== null) throw new WrongLine('path is not the path of a file');
  if (versions !== undefined && !isTexts(versions)) throw new WrongLine('versions is not a list of texts');
  const { size, etag, guess } = readSidecar(value);
  return {
    path,
    size,
    etag,
    time: time === undefined ? undefined : checkText(time, 'time', isoTime),
    sha1: sha1 === undefined ? undefined : checkText(sha1, 'sha1', sha1Hex),
    sha256: sha256 === undefined ? undefined : checkText(sha256, 'sha256', sha256Hex),
    sidecars: sidecars === undefined ? undefined : readSidecars(sidecars),
    metadata: metadata === true ? true : undefined,
    versions,
    guess,
  };
}

/** A line that is not what it should be; its message says why. */
export class WrongLine extends Error {}

const isoTime = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{3})?Z$/;
const md5Hex = /^[0-9a-f]{32}$/;
const sha1Hex = /^[0-9a-f]{40}$/;
const sha256Hex = /^[0-9a-f]{64}$/;
const usualSuffixes: ReadonlySet<string> = new Set(['md5', 'sha1', 'asc']);
const suffix = /^(?:asc|sig|md5|sha1|sha256|sha512)(?:\.(?:asc|sig|md5|sha1|sha256|sha512)){0,5}$/;

function readSidecars(value: unknown): PlanEntry['sidecars'] {
  if (!isObject(value)) throw new WrongLine('sidecars is not an object');
  const sidecars: Record<string, PlanSidecar> = {};
  for (const name of Object.keys(value)) {
    const member = value[name];
    if (!(usualSuffixes.has(name) || suffix.test(name)) || !isObject(member)) throw new WrongLine('sidecars has a member that is none');
    sidecars[name] = readSidecar(member);
  }
  return sidecars;
}

function readSidecar({ size, etag, guess }: Members): PlanSidecar {
  return {
    size: size === undefined ? undefined : checkCount(size, 'size'),
    etag: etag === undefined ? undefined : checkText(etag, 'etag', md5Hex),
    guess: guess === true ? true : undefined,
  };
}

function readPlace(value: unknown): AuditPlace {
  if (!isObject(value)) throw new WrongLine('places has a member that is none');
  const name = text(value, 'name', placeName);
  if (name === originName) throw new WrongLine(`a place must not have the name '${originName}'`);
  return { name, url: text(value, 'url', /^[a-z0-9]+:\/\/[^\s]+$/) };
}

/** Matches the names that places may have. */
export const placeName = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

function parse(line: string): Members {
  const value: unknown = JSON.parse(line);
  if (!isObject(value)) throw new WrongLine('not an object');
  return value;
}

function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function optional<Value>(members: Members, name: string, read: (name: string) => Value): Value | undefined {
  return members[name] === undefined ? undefined : read(name);
}

function text(members: Members, name: string, form: RegExp): string {
  return checkText(members[name], name, form);
}

function count(members: Members, name: string): number {
  return checkCount(members[name], name);
}

function checkText(value: unknown, name: string, form: RegExp): string {
  if (typeof value !== 'string' || value.length > 2048 || !form.test(value)) throw new WrongLine(`${name} is not what it should be`);
  return value;
}

function checkCount(value: unknown, name: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) throw new WrongLine(`${name} is not a count`);
  return value;
}
