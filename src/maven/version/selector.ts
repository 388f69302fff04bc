/**
 * Semver selectors over Maven versions: `^1.2`, `~1.2.3`, `1.x`, `>=1.0 <2.0`, `1.0 - 2.0`, joined by `||`.
 *
 * Selectors exist only in user input; in a POM, `1.x`, `~1` and `=1` are plain versions. Inside this program, a selector is therefore marked
 * with an `@` (`@^1.2`), which no version can contain: {@link markSelector} adds it where user input enters, {@link unmarkSelector} removes it
 * from everything shown or written. The semver package parses the selector.
 * Candidates are the versions that parse as semver, also with two parts (`1.2` = `1.2.0`) or four (`1.2.3.4` is newer
 * than `1.2.3`, as in Maven's order). Others (`20090211`, `1.0.0.Final`, `1.02`) are never selected. As in the package,
 * a prerelease (a snapshot is one) is selected only if the selector names a prerelease of the same three numbers.
 *
 * The package is loaded when the first selector is parsed, because most runs have no selector.
 */
import type { Comparator, Range, SemVer } from 'semver';

import { ClojarsFetchError } from '../../base/error.js';
import { escapeForDisplay } from '../../base/escape.js';
import { compareVersions } from './order.js';
import { isRange } from './range.js';

/** A parsed selector. */
export interface VersionSelector {
  /** As the user wrote it. */
  readonly text: string;
  /** Returns the newest version that the selector admits, or null. The order of `versions` does not matter. */
  select(versions: readonly string[]): string | null;
}

interface Candidate {
  readonly text: string;
  /** The first three numbers and the prerelease. */
  readonly semver: SemVer;
  /** The fourth number. Default: 0. */
  readonly fourth: number;
}

const longestSelector = 256;
const wildcard = /(?:^|[\s|.])[xX*](?:$|[\s|.])/;
const candidateForm = /^(0|[1-9]\d*)\.(0|[1-9]\d*)(?:\.(0|[1-9]\d*))?(?:\.(0|[1-9]\d*))?(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$/;
const fourParts = /^\s*([~^])\s*(\d+\.\d+\.\d+)\.(\d+)\s*$/;

const mark = '@';

/**
 * Whether a version given as an argument of its own reads as a selector: it starts with an operator (`^ ~ < > =`), or joins
 * alternatives (` || `) or bounds (` - `). Everything else is a version: `4.x` is one, and repositories have it.
 */
export function readsAsSelector(text: string): boolean {
  if (isRange(text) || text.startsWith(mark)) return false;
  return /^\s*[\^~<>=]/.test(text) || / \|\| | - /.test(text.slice(0, longestSelector));
}

/**
 * Returns the selector that a version after an `@` means, in a form that `readsAsSelector` recognizes: `4.x` is a wildcard there, and becomes
 * `=4.x`. Versions and ranges stay as they are.
 */
export function afterAt(text: string): string {
  const isWildcard = text.length <= longestSelector && !isRange(text) && !readsAsSelector(text) && wildcard.test(text);
  return isWildcard ? `=${text}` : text;
}

/** Marks a text that reads as a selector; returns every other text unchanged. Only for places where users may write selectors. */
export function markSelector(text: string): string {
  return readsAsSelector(text) ? mark + text : text;
}

/** Whether a version inside this program is a selector. */
export function isMarkedSelector(version: string): boolean {
  return version.startsWith(mark) && readsAsSelector(version.slice(mark.length));
}

/** Returns a version as users write it: without the mark of a selector. */
export function unmarkSelector(version: string): string {
  return isMarkedSelector(version) ? version.slice(mark.length) : version;
}

function malformed(text: string, why: string, cause?: unknown): ClojarsFetchError {
  return new ClojarsFetchError('ERR_COORDINATE', {
    reason: 'malformed',
    message: `invalid version selector ${escapeForDisplay(text, 80)}: ${why}`,
    hint: 'Write a selector as ^1.2, ~1.2.3, 1.x or >=1.0 <2.0, or use a Maven range such as [1.0,2.0).',
    cause,
  });
}

/** A total order: four numbers, then the prerelease. For numbers, Maven and semver agree with it. */
function compareCandidates(a: Omit<Candidate, 'text'>, b: Omit<Candidate, 'text'>): number {
  return a.semver.compareMain(b.semver) || a.fourth - b.fourth || a.semver.comparePre(b.semver);
}

function admitsComparator(comparator: Comparator, candidate: Candidate): boolean {
  // An empty comparator has no version and admits everything.
  if (comparator.value === '') return true;
  const order = compareCandidates(candidate, { semver: comparator.semver, fourth: 0 });
  switch (comparator.operator) {
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
    default:
      return order === 0;
  }
}

function admits(range: Range, candidate: Candidate): boolean {
  return range.set.some((comparators) => {
    if (!comparators.every((comparator) => admitsComparator(comparator, candidate))) return false;
    if (candidate.semver.prerelease.length === 0) return true;
    return comparators.some(
      (comparator) =>
        comparator.value !== '' && comparator.semver.prerelease.length > 0 && comparator.semver.compareMain(candidate.semver) === 0,
    );
  });
}

/**
 * Parses a selector, loading the semver package if necessary.
 *
 * @throws ClojarsFetchError `ERR_COORDINATE`, reason `malformed`.
 */
export async function parseSelector(text: string): Promise<VersionSelector> {
  if (text.length > longestSelector) throw malformed(text, `it is longer than ${String(longestSelector)} characters`);
  const [{ default: RangeClass }, { default: SemVerClass }] = await Promise.all([
    import('semver/classes/range.js'),
    import('semver/classes/semver.js'),
  ]);
  const readCandidate = (version: string): Candidate | null => {
    const match = version.length <= 256 ? candidateForm.exec(version) : null;
    if (match === null) return null;
    const [, major = '0', minor = '0', patch = '0', fourth = '0', prerelease = ''] = match;
    if (!Number.isSafeInteger(Number(fourth))) return null;
    try {
      return { text: version, semver: new SemVerClass(`${major}.${minor}.${patch}${prerelease}`), fourth: Number(fourth) };
    } catch {
      // The number is too large, or semver does not allow the prerelease: not a semver version.
      return null;
    }
  };
  // semver knows only three numbers: the fourth becomes a separate lower bound.
  const [, operator, three, fourth] = fourParts.exec(text) ?? [];
  const floor = three === undefined || fourth === undefined ? null : readCandidate(`${three}.${fourth}`);
  let range: Range;
  try {
    range = new RangeClass(floor === null ? text : `${operator ?? ''}${three ?? ''}`);
  } catch (cause) {
    throw malformed(text, 'the semver package cannot parse it', cause);
  }
  return {
    text,
    select: (versions) => {
      let best: Candidate | null = null;
      for (const version of versions) {
        const candidate = readCandidate(version);
        if (candidate === null || !admits(range, candidate) || (floor !== null && compareCandidates(candidate, floor) < 0)) continue;
        if (best === null || isNewer(candidate, best)) best = candidate;
      }
      return best?.text ?? null;
    },
  };
}

/** Breaks ties (`1.2` and `1.2.0`, build metadata) by Maven's order, then by the longer text, so that input order never decides. */
function isNewer(a: Candidate, b: Candidate): boolean {
  const order = compareCandidates(a, b) || compareVersions(a.text, b.text) || a.text.length - b.text.length;
  return order === 0 ? a.text > b.text : order > 0;
}

/**
 * Returns the newest of `versions` that the selector admits, or null.
 *
 * @throws ClojarsFetchError `ERR_COORDINATE`, reason `malformed`.
 */
export async function selectVersion(versions: readonly string[], selector: string): Promise<string | null> {
  return (await parseSelector(selector)).select(versions);
}
