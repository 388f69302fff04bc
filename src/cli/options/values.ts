/** Readers that turn the text of an option into a value. They check the form; the library checks the meaning. */
import { nearestWord } from '../../base/nearest-word.js';
import { logFacts } from '../../base/words.js';
import { usageError } from './usage-error.js';

/** The parts of an option that messages name. */
interface NamedOption {
  readonly name: string;
  readonly value: string | null;
}

/**
 * Reads the texts given for an option, in their order; an empty list if it was not given.
 * @throws ClojarsFetchError `ERR_CONFIG`, reason `bad-value`, naming the option and what is allowed.
 */
export type Reader<T> = (texts: readonly string[], option: NamedOption) => T;

/** `ID=URL`, or `GROUP=ID`. */
export interface Pair {
  readonly key: string;
  readonly value: string;
}

/** Reads `FACT=NAME`. */
export const factPairs: Reader<Readonly<Partial<Record<(typeof logFacts)[number], string>>>> = (texts, option) =>
  Object.fromEntries(
    pairs('path=request.uri')(texts, option).map(({ key, value }) => [chosen(option.name, key, logFacts), value] as const),
  );

export const isGiven: Reader<boolean> = (texts) => texts.length > 0;

/** Returns the last text: an option that is given twice replaces itself. */
export const lastText: Reader<string | undefined> = (texts) => texts.at(-1);

export const allTexts: Reader<readonly string[]> = (texts) => texts;

export function pairs(example: string): Reader<readonly Pair[]> {
  return (texts, { name, value: form }) =>
    texts.map((text) => {
      const at = text.indexOf('=');
      const pair = { key: text.slice(0, Math.max(at, 0)), value: text.slice(at + 1) };
      if (at > 0 && pair.value !== '') return pair;
      // The message does not repeat the value: a URL may hold a password, and the text may end up in a CI log.
      throw usageError(`--${name} must be ${form ?? ''}`, `For example, write '--${name} ${example}'.`);
    });
}

/** Reads repositories, and refuses duplicate ids. */
export const repositoryPairs: Reader<readonly Pair[]> = (texts, option) => {
  const repositories = pairs('clojars=https://repo.clojars.org/')(texts, option);
  const twice = repositories.find(({ key }, index) => repositories.findIndex((other) => other.key === key) !== index);
  if (twice === undefined) return repositories;
  throw usageError(`--repo names '${twice.key}' twice`, `Give further mirrors of '${twice.key}' as '--mirror ${twice.key}=URL'.`);
};

export function oneOf<const T extends string>(choices: readonly T[]): Reader<T | undefined> {
  return (texts, { name }) => {
    const text = texts.at(-1);
    return text === undefined ? undefined : chosen(name, text, choices);
  };
}

/** Reads one or more choices, from repeated options or separated by commas. */
export function someOf<const T extends string>(choices: readonly T[]): Reader<readonly T[] | undefined> {
  return (texts, { name }) =>
    texts.length === 0 ? undefined : texts.flatMap((text) => text.split(',')).map((text) => chosen(name, text.trim(), choices));
}

function chosen<T extends string>(name: string, text: string, choices: readonly T[]): T {
  const found = choices.find((candidate) => candidate === text);
  if (found !== undefined) return found;
  const meant = nearestWord(text, choices);
  throw usageError(
    `--${name} must be one of ${choices.join(', ')}, got '${text}'`,
    meant === undefined ? `Choose one of ${choices.join(', ')}.` : `Did you mean '${meant}'?`,
  );
}

export function wholeNumber(least: number, most: number): Reader<number | undefined> {
  return (texts, { name }) => {
    const text = texts.at(-1);
    if (text === undefined) return undefined;
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    throw usageError(
      `--${name} must be a whole number from ${least} to ${most}, got '${text}'`,
      `For example, write '--${name} ${least}'.`,
    );
  };
}

/** Reads a share in percent, with decimals. */
export const percent: Reader<number | undefined> = (texts, { name }) => {
  const text = texts.at(-1);
  if (text === undefined) return undefined;
  const value = /^\d{1,3}(\.\d{1,4})?$/.test(text) ? Number(text) : Number.NaN;
  if (value <= 100) return value;
  throw usageError(`--${name} must be a number from 0 to 100, got '${text}'`, `For example, write '--${name} 0.5'.`);
};

/** Reads seconds, with decimals, as milliseconds. Allows at most a day: a larger number was probably meant in another unit. */
export const seconds: Reader<number | undefined> = (texts, { name }) => {
  const text = texts.at(-1);
  if (text === undefined) return undefined;
  const milliseconds = /^\d{1,9}(\.\d{1,9})?$/.test(text) ? Math.round(Number(text) * 1000) : Number.NaN;
  if (milliseconds >= 1 && milliseconds <= 86_400_000) return milliseconds;
  throw usageError(`--${name} must be a number of seconds from 0.001 to 86400, got '${text}'`, `For example, write '--${name} 30'.`);
};

const byteUnits: Readonly<Record<string, number>> = {
  '': 1,
  k: 1000,
  kb: 1000,
  kib: 1024,
  m: 1000 ** 2,
  mb: 1000 ** 2,
  mib: 1024 ** 2,
  g: 1000 ** 3,
  gb: 1000 ** 3,
  gib: 1024 ** 3,
  t: 1000 ** 4,
  tb: 1000 ** 4,
  tib: 1024 ** 4,
};

/** Reads a size in bytes, with a decimal (`MB`) or binary (`MiB`) unit; from 1 MiB to 1 PiB. */
export const byteSize: Reader<number | undefined> = (texts, { name }) => {
  const text = texts.at(-1);
  if (text === undefined) return undefined;
  const [, digits = '', unit = ''] = /^(\d{1,12}(?:\.\d{1,3})?) ?([a-z]{0,3})$/i.exec(text) ?? [];
  const bytes = digits === '' ? Number.NaN : Math.round(Number(digits) * (byteUnits[unit.toLowerCase()] ?? Number.NaN));
  if (bytes >= 1024 ** 2 && bytes <= 1024 ** 5) return bytes;
  throw usageError(`--${name} must be a size from 1MiB to 1024TiB, got '${text}'`, `For example, write '--${name} 10GiB'.`);
};

const durationUnits: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Reads a duration such as `90s`, `15m`, `12h` or `7d`, as milliseconds; at most ten years. */
export const duration: Reader<number | undefined> = (texts, { name }) => {
  const text = texts.at(-1);
  if (text === undefined) return undefined;
  const [, digits = '', unit = ''] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
  const milliseconds = digits === '' ? Number.NaN : Number(digits) * (durationUnits[unit] ?? Number.NaN);
  if (milliseconds <= 3650 * 86_400_000) return milliseconds;
  throw usageError(`--${name} must be a duration such as 90s, 15m, 12h or 7d, got '${text}'`, `For example, write '--${name} 12h'.`);
};

/** Reads names of profiles or aliases, with or without a leading colon; `:a:b` and `a,b` are two names. */
export const names: Reader<readonly string[]> = (texts, { name }) => {
  const all = texts.flatMap((text) => text.split(/[,:]/)).filter((part) => part !== '');
  if (texts.length > 0 && all.length === 0) throw usageError(`--${name} must be a name`, `For example, write '--${name} test'.`);
  return all;
};

/** Reads `group/artifact`, `group:artifact`, or `lib` for `lib/lib`. */
export const artifactName: Reader<{ readonly group: string; readonly artifact: string } | undefined> = (texts, { name }) => {
  const text = texts.at(-1);
  if (text === undefined) return undefined;
  const [group = '', artifact = group, ...rest] = text.split(/[/:]/);
  if (group !== '' && artifact !== '' && rest.length === 0) return { group, artifact };
  throw usageError(`--${name} must be GROUP/ARTIFACT, got '${text}'`, `For example, write '--${name} org.clojure/clojure'.`);
};
