/**
 * A small validator for JSON-like values. Each reader takes a value and its place, and returns it typed or throws an
 * error that names the file, the key, and what is allowed.
 */
import { isAbsolute } from 'node:path';

import { ClojarsFetchError } from '../../../base/error.js';
import { nearestWord } from '../../../base/nearest-word.js';

/** The position of a value. */
export interface Place {
  /** File, variable, or `options`. */
  readonly source: string;
  /** `trust.quorum`, `repositories[0].url`; empty for the document. */
  readonly key: string;
  /** The setting that the value is for, if it is not `key`: a variable has no key. */
  readonly setting?: string | undefined;
}

/** @throws {ClojarsFetchError} `ERR_CONFIG`, `bad-value` or `unknown-option`. */
export type Reader<T> = (value: unknown, place: Place) => T;

/** Formats a place for people: `/home/me/config.json: trust.quorum`. */
export function formatPlace(place: Place): string {
  return place.key === '' ? place.source : `${place.source}: ${place.key}`;
}

/** Formats a value for people: short, on one line, no control or direction characters. */
export function formatValue(value: unknown): string {
  if (typeof value === 'function' || typeof value === 'symbol' || value === undefined) return typeof value;
  if (typeof value === 'bigint' || (typeof value === 'number' && !Number.isFinite(value))) return String(value);
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  const text = JSON.stringify(typeof value === 'string' && value.length > 60 ? `${value.slice(0, 60)}…` : value);
  return text.replace(/[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, '\uFFFD');
}

/** Creates the error for a value that is not `allowed`. Leave `value` out if it may be a secret. */
export function badValue(place: Place, allowed: string, value?: unknown): ClojarsFetchError {
  const shown = arguments.length < 3 ? '' : `, not ${formatValue(value)}`;
  return new ClojarsFetchError('ERR_CONFIG', {
    reason: 'bad-value',
    message: `${formatPlace(place)} must be ${allowed}${shown}`,
    hint: hintFor(place),
    path: pathOf(place),
    setting: settingOf(place),
  });
}

/** Says what to do about a value in a file. For an option or a variable, the message is enough. */
function hintFor(place: Place): string | undefined {
  if (pathOf(place) === undefined) return undefined;
  return place.key === '' ? 'The file must contain one JSON object, such as {"name": "value"}.' : 'Correct this value in the file.';
}

/** The file of a value; options and variables have none. */
function pathOf({ source }: Place): string | undefined {
  return isAbsolute(source) ? source : undefined;
}

function settingOf({ key, setting = key }: Place): string | undefined {
  return setting === '' ? undefined : setting;
}

/** Text of 1 to `maxLength` characters without NUL. */
export function text(allowed: string, maxLength = 4096): Reader<string> {
  return (value, place) => {
    if (typeof value === 'string' && value.trim() !== '' && value.length <= maxLength && !value.includes('\0')) return value;
    throw badValue(place, allowed, value);
  };
}

/** Text that messages never show. */
export function secretText(allowed: string): Reader<string> {
  return (value, place) => {
    if (typeof value === 'string' && value !== '' && value.length <= 16384) return value;
    throw badValue(place, allowed);
  };
}

export const flag: Reader<boolean> = (value, place) => {
  if (typeof value === 'boolean') return value;
  throw badValue(place, 'true or false', value);
};

export function integer(min: number, max: number): Reader<number> {
  return (value, place) => {
    if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value;
    throw badValue(place, `a whole number from ${min} to ${max}`, value);
  };
}

export function oneOf<T extends string>(words: readonly T[]): Reader<T> {
  return (value, place) => {
    const found = words.find((word) => word === value);
    if (found !== undefined) return found;
    const meant = typeof value === 'string' ? nearestWord(value, words) : undefined;
    const error = badValue(place, `one of ${words.join(', ')}`, value);
    if (meant === undefined) throw error;
    throw error.with({ message: `${error.message} (did you mean ${meant}?)` });
  };
}

/** A list of at most 1,000 values. */
export function list<T>(item: Reader<T>, allowed: string): Reader<readonly T[]> {
  return (value, place) => {
    if (!Array.isArray(value) || value.length > 1000) throw badValue(place, `a list of ${allowed}`, value);
    const items: readonly unknown[] = value;
    return items.map((each, index) => item(each, { ...place, key: `${place.key}[${index}]` }));
  };
}

/** An object with any keys, at most 1,000. */
export function record<T>(item: Reader<T>, allowed: string): Reader<Readonly<Record<string, T>>> {
  return (value, place) => {
    if (!isObject(value)) throw badValue(place, allowed, value);
    const entries = Object.entries(value);
    if (entries.length > 1000) throw badValue(place, allowed);
    return Object.fromEntries(entries.map(([key, each]) => [key, item(each, { ...place, key: joinKey(place.key, key) })]));
  };
}

/** A reader for each key, including optional ones. */
export type Shape<T> = { readonly [K in keyof T]-?: Reader<Exclude<T[K], undefined>> };

/** An object with exactly these keys. A key whose value is `undefined` counts as omitted. */
export function object<T extends object>(shape: Shape<T>, required: readonly (keyof T & string)[], allowed: string): Reader<T> {
  const readers: ReadonlyMap<string, Reader<unknown>> = new Map(Object.entries<Reader<unknown>>(shape));
  const known = [...readers.keys()];
  return (value, place) => {
    if (!isObject(value)) throw badValue(place, allowed, value);
    const result: Record<string, unknown> = {};
    for (const [key, each] of Object.entries(value)) {
      const reader = readers.get(key);
      const at = { ...place, key: joinKey(place.key, key) };
      if (reader === undefined) throw unknownKey(at, key, known);
      if (each !== undefined) result[key] = reader(each, at);
    }
    for (const key of required) {
      if (!Object.hasOwn(result, key)) throw badValue({ ...place, key: joinKey(place.key, key) }, 'given');
    }
    // Every key of T was read by its own reader or is absent, and the required ones are present.
    return result as T;
  };
}

function unknownKey(place: Place, key: string, known: readonly string[]): ClojarsFetchError {
  const meant = nearestWord(key, known);
  return new ClojarsFetchError('ERR_CONFIG', {
    reason: 'unknown-option',
    message: `${formatPlace(place)} is not an option${meant === undefined ? '' : ` (did you mean ${meant}?)`}`,
    hint: `The options allowed here are ${known.join(', ')}.`,
    path: pathOf(place),
    setting: settingOf(place),
  });
}

function joinKey(parent: string, key: string): string {
  const shown = /^[A-Za-z0-9_.*-]{1,80}$/.test(key) ? key : formatValue(key);
  return parent === '' ? shown : `${parent}.${shown}`;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
