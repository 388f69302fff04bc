/**
 * Version ranges: `[1.0,2.0)`, `[1.0]`, `[1.2.*]`, `(,1.0],[1.2,)`.
 *
 * Source of the rule: Maven Resolver 1.6.3, `GenericVersionScheme.parseVersionConstraint`, `GenericVersionRange`,
 * `UnionVersionRange`.
 */
import { ClojarsFetchError } from '../../base/error.js';
import { escapeForDisplay } from '../../base/escape.js';
import type { VersionInterval } from './interval.js';
import { trimText } from './java-text.js';
import { compareVersions } from './order.js';
import { unionOrder } from './union-order.js';

export type { VersionBound, VersionInterval } from './interval.js';

/** The version a dependency asks for: a `range` is a hard requirement, a `soft` version only a recommendation. */
export interface VersionRange {
  readonly kind: 'range' | 'soft';
  /** The intervals of the union in Maven's order; empty for a soft version. */
  readonly intervals: readonly VersionInterval[];
  /** A soft version as written; null for a range. */
  readonly recommended: string | null;
  /** Whether the version is inside one of the intervals; for a soft version, whether it is equal in Maven's order. */
  contains(version: string): boolean;
  /** Maven's form: `[1.0,1.0]` for `[1.0]`, intervals separated by `, `; a soft version unchanged. */
  toString(): string;
}

/** More intervals than any real range has: limits the time that an attacker can cost. */
const maxIntervals = 1000;

function fail(range: string, why: string): never {
  throw new ClojarsFetchError('ERR_RANGE', {
    reason: 'malformed',
    message: `invalid version range ${escapeForDisplay(range, 120)}: ${why}`,
    hint: 'Write a range as [1.0,2.0), [1.0,), (,1.0], [1.0] or [1.2.*]; separate several ranges by commas.',
  });
}

function parseInterval(text: string): VersionInterval {
  const lowerInclusive = text.startsWith('[');
  const upperInclusive = text.endsWith(']');
  const inner = text.slice(1, -1);
  const comma = inner.indexOf(',');
  if (comma < 0) {
    if (!lowerInclusive || !upperInclusive) fail(text, 'a single version must be surrounded by [ and ]');
    const version = trimText(inner);
    const prefix = version.endsWith('.*') ? version.slice(0, -1) : null;
    return {
      lower: { version: prefix === null ? version : prefix + 'min', inclusive: true },
      upper: { version: prefix === null ? version : prefix + 'max', inclusive: true },
    };
  }
  const lower = trimText(inner.slice(0, comma));
  const upper = trimText(inner.slice(comma + 1));
  if (upper.includes(',')) fail(text, "a bound must not contain another ','");
  if (lower !== '' && upper !== '' && compareVersions(upper, lower) < 0) {
    fail(text, 'the lower bound must not be greater than the upper bound');
  }
  return {
    lower: lower === '' ? null : { version: lower, inclusive: lowerInclusive },
    upper: upper === '' ? null : { version: upper, inclusive: upperInclusive },
  };
}

function parseIntervals(spec: string): VersionInterval[] {
  const intervals: VersionInterval[] = [];
  const close = /[)\]]/g;
  const blank = /[\u0000-\u0020]*/y;
  let index = 0;
  const skipBlank = (): void => {
    blank.lastIndex = index;
    blank.test(spec);
    index = blank.lastIndex;
  };
  while (spec.startsWith('[', index) || spec.startsWith('(', index)) {
    close.lastIndex = index;
    const end = close.exec(spec);
    if (end === null) fail(spec, 'it is not closed by ] or )');
    if (intervals.length >= maxIntervals) fail(spec, `it has more than ${String(maxIntervals)} intervals`);
    intervals.push(parseInterval(spec.slice(index, end.index + 1)));
    index = end.index + 1;
    skipBlank();
    if (spec.startsWith(',', index)) {
      index++;
      skipBlank();
    }
  }
  if (intervals.length > 0 && index < spec.length) {
    fail(spec, `expected [ or ( but got ${escapeForDisplay(spec.slice(index), 40)}`);
  }
  return intervals;
}

function inInterval(interval: VersionInterval, version: string): boolean {
  if (interval.lower !== null) {
    const order = compareVersions(interval.lower.version, version);
    if (order > 0 || (order === 0 && !interval.lower.inclusive)) return false;
  }
  if (interval.upper !== null) {
    const order = compareVersions(interval.upper.version, version);
    if (order < 0 || (order === 0 && !interval.upper.inclusive)) return false;
  }
  return true;
}

function formatInterval({ lower, upper }: VersionInterval): string {
  const start = lower === null ? '(' : (lower.inclusive ? '[' : '(') + lower.version;
  const end = upper === null ? ')' : upper.version + (upper.inclusive ? ']' : ')');
  return `${start},${end}`;
}

/** Whether Maven reads the text as a hard range: it starts with `[` or `(`. It may still be malformed. */
export function isRange(text: string): boolean {
  return text.startsWith('[') || text.startsWith('(');
}

/**
 * Parses the version of a dependency: a hard range, or a soft version (any other text).
 *
 * @throws ClojarsFetchError `ERR_RANGE`, reason `malformed`: not closed, text between intervals, bounds in the wrong order.
 */
export function parseVersionRange(spec: string): VersionRange {
  const parsed = parseIntervals(spec);
  if (parsed.length === 0) {
    return {
      kind: 'soft',
      intervals: [],
      recommended: spec,
      contains: (version) => compareVersions(version, spec) === 0,
      toString: () => spec,
    };
  }
  const intervals = parsed.length === 1 ? parsed : unionOrder(parsed);
  return {
    kind: 'range',
    intervals,
    recommended: null,
    contains: (version) => intervals.some((interval) => inInterval(interval, version)),
    toString: () => intervals.map(formatInterval).join(', '),
  };
}
