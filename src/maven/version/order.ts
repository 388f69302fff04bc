/**
 * Maven's order of versions, as dependency resolution uses it.
 *
 * This room imports only `base`. Read this file first, then range.ts, snapshot.ts and selector.ts; request.ts distinguishes these kinds.
 * java-text.ts and union-order.ts reproduce details of Java.
 *
 * A version is a sequence of items, separated by `.`, `-`, `_` and every change between digits and other characters. Numbers compare as
 * numbers, well-known qualifiers by rank, other words ignoring case. Where a number meets a word, the shorter run is treated as if padding
 * followed (0, or the release qualifier), so that `1-alpha` = `1.0.0-alpha` < `1` = `1.0-ga`.
 *
 * Source of the rule: Maven Resolver 1.6.3, `GenericVersionScheme` and `GenericVersion`. (The order documented for POMs, maven-artifact's
 * `ComparableVersion`, differs in rare cases; resolution does not use it.)
 */
import { digitValue, foldCase } from './java-text.js';

/** One part of a version. `min` and `max` count as numbers, below and above every other. */
export type VersionItem =
  | { readonly kind: 'min' }
  | { readonly kind: 'max' }
  /** ASCII digits without leading zeros, compared by length and then as text, so that no number is too large. */
  | { readonly kind: 'number'; readonly digits: string }
  | { readonly kind: 'qualifier'; readonly rank: number }
  /** `text` is in lower case; `folded` is compared. */
  | { readonly kind: 'word'; readonly text: string; readonly folded: string };

const qualifierRanks: ReadonlyMap<string, number> = new Map([
  ['alpha', -5],
  ['beta', -4],
  ['milestone', -3],
  ['cr', -2],
  ['rc', -2],
  ['snapshot', -1],
  ['ga', 0],
  ['final', 0],
  ['release', 0],
  ['sp', 1],
]);
const shortQualifierRanks: ReadonlyMap<string, number> = new Map([
  ['a', -5],
  ['A', -5],
  ['b', -4],
  ['B', -4],
  ['m', -3],
  ['M', -3],
]);
/** Length of the longest well-known word: longer tokens need no lookup. */
const longestQualifier = 9;

function isNumeric(item: VersionItem): boolean {
  return item.kind === 'number' || item.kind === 'min' || item.kind === 'max';
}

function wordItem(token: string, last: boolean, beforeDigit: boolean): VersionItem {
  if (token.length <= longestQualifier) {
    const folded = foldCase(token);
    if (last && folded === 'min') return { kind: 'min' };
    if (last && folded === 'max') return { kind: 'max' };
    const rank = (beforeDigit ? shortQualifierRanks.get(token) : undefined) ?? qualifierRanks.get(folded);
    if (rank !== undefined) return { kind: 'qualifier', rank };
  }
  const text = token.toLowerCase();
  return { kind: 'word', text, folded: foldCase(text) };
}

function isSeparator(character: string): boolean {
  return character === '.' || character === '-' || character === '_';
}

function tokenize(version: string): VersionItem[] {
  const items: VersionItem[] = [];
  const length = version.length;
  let index = 0;
  while (index < length) {
    const start = index;
    let first = digitValue(version, index);
    if (first >= 0) {
      let digits = '';
      while (first >= 0) {
        if (digits !== '' || first > 0) digits += String(first);
        index++;
        first = index < length ? digitValue(version, index) : -1;
      }
      items.push({ kind: 'number', digits: digits === '' ? '0' : digits });
      if (index < length && isSeparator(version.charAt(index))) index++;
      continue;
    }
    let beforeDigit = false;
    while (index < length && !isSeparator(version.charAt(index))) {
      if (digitValue(version, index) >= 0) {
        beforeDigit = true;
        break;
      }
      index++;
    }
    const token = version.slice(start, index);
    if (!beforeDigit && index < length) index++;
    // An empty token between two separators counts as 0.
    items.push(token === '' ? { kind: 'number', digits: '0' } : wordItem(token, index >= length, beforeDigit));
  }
  return items;
}

/** Returns the sign of an item compared with padding: 0 for a number, the release qualifier for a word. */
function signAgainstPadding(item: VersionItem): number {
  switch (item.kind) {
    case 'min':
      return -1;
    case 'max':
    case 'word':
      return 1;
    case 'number':
      return item.digits === '0' ? 0 : 1;
    case 'qualifier':
      return item.rank;
  }
}

/** Drops padding at the end of the version and of every run of numbers or words: `1.0.0-rc.1` becomes `1, rc, 1`. */
function trimPadding(items: readonly VersionItem[]): VersionItem[] {
  const kept: VersionItem[] = [];
  let runIsNumeric: boolean | undefined;
  let trimming = false;
  for (let index = items.length - 1; index > 0; index--) {
    const item = items[index];
    const before = items[index - 1];
    if (item === undefined || before === undefined) continue;
    const numeric = isNumeric(item);
    if (numeric !== runIsNumeric) {
      runIsNumeric = numeric;
      trimming = true;
    }
    if (trimming && (kept.length === 0 || isNumeric(before) === numeric) && signAgainstPadding(item) === 0) continue;
    trimming = false;
    kept.push(item);
  }
  const first = items[0];
  if (first !== undefined) kept.push(first);
  return kept.reverse();
}

/** A cache of two generations: when the younger is full, the older is dropped. Bounded, and cheaper than tracking uses. */
const cacheEntries = 4096;
/** Longer versions are rare, and are parsed each time instead of cached. */
const cachedLength = 128;
let younger = new Map<string, readonly VersionItem[]>();
let older = new Map<string, readonly VersionItem[]>();

/** Returns the items of a version without padding. The empty version reads as `0`. For this file and for ranges. */
export function parseVersionItems(version: string): readonly VersionItem[] {
  const known = younger.get(version) ?? older.get(version);
  if (known !== undefined) return known;
  const items = trimPadding(tokenize(version === '' ? '0' : version));
  if (version.length <= cachedLength) {
    if (younger.size >= cacheEntries) {
      older = younger;
      younger = new Map();
    }
    younger.set(version, items);
  }
  return items;
}

/** Returns the code point that the unit at `index` belongs to; half of a pair without its other half is one of its own. */
function codePointAround(text: string, index: number): number {
  const before = index > 0 ? (text.codePointAt(index - 1) ?? 0) : 0;
  return before > 0xffff ? before : (text.codePointAt(index) ?? 0);
}

function beginsPair(text: string, index: number): boolean {
  return (text.codePointAt(index) ?? 0) > 0xffff;
}

/** Compares by code point, as Java 17 does when it ignores case. Source of the rule: its `StringUTF16.compareToCI`. */
function compareText(a: string, b: string): number {
  if (a === b) return 0;
  for (let indexA = 0, indexB = 0; indexA < a.length && indexB < b.length; indexA++, indexB++) {
    if (a.charCodeAt(indexA) === b.charCodeAt(indexB)) continue;
    const order = codePointAround(a, indexA) - codePointAround(b, indexB);
    if (order !== 0) return order;
    if (beginsPair(a, indexA)) indexA++;
    if (beginsPair(b, indexB)) indexB++;
  }
  return a.length - b.length;
}

const kindRanks = { min: 0, qualifier: 2, word: 3, number: 4, max: 8 } as const;

function compareItems(a: VersionItem, b: VersionItem): number {
  if (a.kind === 'number' && b.kind === 'number') {
    if (a.digits.length !== b.digits.length) return a.digits.length - b.digits.length;
    return a.digits < b.digits ? -1 : a.digits > b.digits ? 1 : 0;
  }
  if (a.kind === 'qualifier' && b.kind === 'qualifier') return a.rank - b.rank;
  if (a.kind === 'word' && b.kind === 'word') return compareText(a.folded, b.folded);
  return kindRanks[a.kind] - kindRanks[b.kind];
}

/** Compares the rest of a version with padding; `numeric` limits it to one run of numbers or words. */
function compareRest(items: readonly VersionItem[], start: number, numeric: boolean | null): number {
  for (let index = start; index < items.length; index++) {
    const item = items[index];
    if (item === undefined || (numeric !== null && isNumeric(item) !== numeric)) return 0;
    const sign = signAgainstPadding(item);
    if (sign !== 0) return sign;
  }
  return 0;
}

function compareRows(a: readonly VersionItem[], b: readonly VersionItem[]): number {
  let numeric = true;
  for (let index = 0; ; index++) {
    const itemA = a[index];
    const itemB = b[index];
    if (itemA === undefined) return itemB === undefined ? 0 : -compareRest(b, index, null);
    if (itemB === undefined) return compareRest(a, index, null);
    const numericA = isNumeric(itemA);
    if (numericA !== isNumeric(itemB)) {
      return numeric === numericA ? compareRest(a, index, numeric) : -compareRest(b, index, numeric);
    }
    const order = compareItems(itemA, itemB);
    if (order !== 0) return order;
    numeric = numericA;
  }
}

/**
 * Compares versions in Maven's order, as resolution uses it: -1 if `a` is older than `b`, 1 if it is newer, 0 if they
 * are equal (as `1.0` and `1` are). Accepts any text, never throws, takes linear time.
 */
export function compareVersions(a: string, b: string): -1 | 0 | 1 {
  if (a === b) return 0;
  const order = compareRows(parseVersionItems(a), parseVersionItems(b));
  return order < 0 ? -1 : order > 0 ? 1 : 0;
}
