/** Random versions and ranges: usual ones, their near neighbours, and texts that no publisher would choose. */
import type { Chance } from '../../support/chance.js';

export type VersionQuestion =
  | { readonly kind: 'compare' | 'sort'; readonly texts: readonly string[] }
  /** The range, then versions that may be in it. */
  | { readonly kind: 'range'; readonly texts: readonly string[] };

const numbers = ['0', '1', '1', '2', '3', '9', '10', '11', '00', '01', '007', '20240101', '2147483647', '2147483648', '999999999'];
const largeNumbers = [
  '9999999999',
  '9223372036854775807',
  '9223372036854775808',
  '000000000000000000001',
  '123456789012345678901234567890',
];
const words = [
  ...['alpha', 'beta', 'milestone', 'rc', 'cr', 'snapshot', 'SNAPSHOT', 'ga', 'GA', 'final', 'Final', 'release', 'RELEASE', 'sp', 'SP'],
  ...['a', 'b', 'm', 'A', 'B', 'M', 'x', 'v', 'r', 'dev', 'pre', 'jre', 'android', 'redhat', 'build', 'Alpha', 'RC', 'foo', 'FOO', 'zz'],
  ...['min', 'max', 'MAX', 'latest', 'LATEST', 'e', 'E', 'beta-', 'alphabeta', 'snapshots', 'rcx', 'finale'],
];
/** Digits of other scripts, letters whose case folds in surprising ways, and pairs of surrogates or halves of one. */
const oddTexts = [
  ...['\u0661', '\u0660', '\u0967', '\uff11', '\u{1d7d9}', '\u00b2', '\u2460', '\u0131', '\u0130', '\u017f', '\u212a', '\u00df', '\u1e9e'],
  ...['\u00e9', 'e\u0301', '\u03c2', '\u03c3', '\u01c5', '\ud83d', '\ude00', '\u{1f600}', '\u{10400}', '\u{10428}', '\ufb01', '\u1fb3'],
  ...[' ', '\t', '\u00a0', '\u0000', '\u2003', '+', '~', '*', '/', '$', '%', '@', '"', '\\', 'f\u0131nal', 'RELEA\u017fE', 'al\u0440ha'],
];
const separators = ['.', '.', '.', '.', '-', '-', '-', '_', '', '', '..', '--', '.-', '-.', '+', '__'];
const timestamps = ['20240101.010203-4', '20240101.010203', '20231231.235959-10', '20240101010203'];
const endings = ['', '', '', '-alpha-1', '-beta2', '-rc1', '-RC2', '-SNAPSHOT', '.Final', '.GA', '-sp1', '-1', '-jre', '.v20240101', '-M3'];

/** Returns a version; the same chance gives the same one. */
export function createVersion(chance: Chance): string {
  if (chance.happens(0.35)) return usual(chance);
  const parts: string[] = [];
  for (let count = 1 + chance.below(chance.happens(0.1) ? 12 : 5); count > 0; count -= 1) parts.push(part(chance), chance.pick(separators));
  // A separator at the end is rare.
  if (chance.happens(0.85)) parts.pop();
  return parts.join('');
}

function usual(chance: Chance): string {
  const count = 1 + chance.below(4);
  return Array.from({ length: count }, () => String(chance.below(chance.pick([2, 4, 12])))).join('.') + chance.pick(endings);
}

function part(chance: Chance): string {
  const kind = chance.below(100);
  if (kind < 45) return chance.pick(numbers);
  if (kind < 85) return chance.pick(words);
  if (kind < 88) return chance.pick(largeNumbers);
  if (kind < 91) return chance.pick(timestamps);
  if (kind < 93) return '';
  return chance.pick(oddTexts);
}

const changes: readonly ((text: string, chance: Chance) => string)[] = [
  (text) => `${text}.0`,
  (text) => `${text}-0`,
  (text) => `${text}.ga`,
  (text) => `${text}-final`,
  (text) => `${text}.`,
  (text) => `0${text}`,
  (text) => text.toUpperCase(),
  (text) => text.toLowerCase(),
  (text) => text.replaceAll('.', '-'),
  (text) => text.replaceAll('-', '.'),
  (text) => text.replace(/[-._]/, ''),
  (text) => text.replace(/[-._]/, '_'),
  (text, chance) => text + chance.pick(separators) + part(chance),
  (text, chance) => part(chance) + chance.pick(separators) + text,
  (text, chance) => text.slice(0, chance.below(text.length + 1)),
  (text, chance) => {
    const at = chance.below(text.length + 1);
    return text.slice(0, at) + part(chance) + text.slice(at);
  },
  (text, chance) => {
    const at = chance.below(text.length + 1);
    return text.slice(0, at) + text.slice(at + 1);
  },
];

/** A version that differs little from another one. */
function neighbour(chance: Chance, text: string): string {
  let changed = chance.pick(changes)(text, chance);
  while (chance.happens(0.3)) changed = chance.pick(changes)(changed, chance);
  return changed;
}

function several(chance: Chance, count: number): string[] {
  const texts = [createVersion(chance)];
  while (texts.length < count) texts.push(chance.happens(0.6) ? neighbour(chance, chance.pick(texts)) : createVersion(chance));
  return texts;
}

/** Returns a question; the same chance gives the same one. */
export function createQuestion(chance: Chance): VersionQuestion {
  const kind = chance.below(10);
  if (kind < 5) return { kind: 'compare', texts: several(chance, 2) };
  if (kind < 6) return { kind: 'sort', texts: several(chance, 2 + chance.below(12)) };
  const texts = several(chance, 8);
  return { kind: 'range', texts: [createRange(chance, texts), ...texts] };
}

function createRange(chance: Chance, versions: readonly string[]): string {
  if (chance.happens(0.05)) return chance.pick(versions);
  const count = chance.pick([1, 1, 1, 1, 2, 2, 3, 5]);
  const intervals = Array.from({ length: count }, () => interval(chance, versions));
  const text = intervals.join(chance.pick([',', ',', ',', ' , ', '', ' ', ',,', '\u00a0,']));
  return chance.happens(0.1) ? damaged(chance, text) : text;
}

function interval(chance: Chance, versions: readonly string[]): string {
  const bound = (): string => {
    if (chance.happens(0.2)) return '';
    const version = chance.pick(versions);
    return chance.happens(0.1) ? chance.pick([` ${version}`, `${version} `, `\u00a0${version}`, `${version}\t`, `${version}.*`]) : version;
  };
  if (chance.happens(0.25)) return `[${bound()}${chance.pick(['', '', '', '.*', '.min', '.max', ' ', ','])}]`;
  return `${chance.pick(['[', '('])}${bound()},${bound()}${chance.pick([']', ')'])}`;
}

function damaged(chance: Chance, text: string): string {
  const at = chance.below(text.length + 1);
  const added = chance.pick(['', '[', ']', '(', ')', ',', ' ', 'x', '1']);
  return text.slice(0, at) + added + text.slice(at + (chance.happens(0.5) ? 1 : 0));
}
