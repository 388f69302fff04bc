/** Reads the command line by the table of options. Values are checked here; their meaning is the library's. */
import { parseArgs } from 'node:util';

import type { ClojarsFetchError } from '../../base/error.js';
import { nearestWord } from '../../base/nearest-word.js';
import { type Option, type OptionKey, options, type OptionValues } from './table.js';
import { usageError } from './usage-error.js';
import { isReservedVerb, isVerb, type Verb, verbs, verbUsage } from './verbs.js';

/** The command line, read and checked. */
export interface Arguments extends OptionValues {
  readonly verb: Verb;
  /** The words after the verb. */
  readonly words: readonly string[];
  /** `--local-repo` without a folder: verify the whole local repository in effect. */
  readonly wholeLocalRepository: boolean;
}

/** The texts given for each option, in order; of a flag, empty ones. */
type Given = ReadonlyMap<OptionKey, readonly string[]>;

/**
 * Reads the words after the program's name.
 *
 * @throws ClojarsFetchError `ERR_CONFIG`, reason `unknown-option` or `bad-value`, naming the option and what is allowed.
 */
export function parseArguments(argv: readonly string[]): Arguments {
  const { rest: typed, wholeLocalRepository } = takeWholeLocalRepository(argv);
  const { given, words } = readTokens(typed);
  const verb = verbOf(words);
  if (!given.has('help') && !given.has('version')) {
    checkBelonging(verb, given);
    checkCombinations(verb, given);
  }
  return { ...readValues(given), verb, words: verb === 'artifact' ? words : words.slice(1), wholeLocalRepository };
}

function verbOf([first]: readonly string[]): Verb {
  if (first === undefined) return 'artifact';
  if (isReservedVerb(first)) {
    throw usageError(
      'unknown-option',
      `the verb '${first}' is not available in this version`,
      `For the artifact of that name, write '${first}/${first}'. The verbs of this version are ${verbs.join(', ')}.`,
    );
  }
  return isVerb(first) ? first : 'artifact';
}

const keysByName: ReadonlyMap<string, OptionKey> = new Map(
  (Object.keys(options) as OptionKey[]).map((key): readonly [string, OptionKey] => [options[key].name, key]),
);

function readValues(given: Given): OptionValues {
  const values: Record<string, unknown> = {};
  for (const key of keysByName.values()) values[key] = options[key].read(given.get(key) ?? [], options[key]);
  // Every key of the table has the value that its own reader returned.
  return values as OptionValues;
}

/** Rejects options that this verb would silently ignore. */
function checkBelonging(verb: Verb, given: Given): void {
  for (const key of given.keys()) {
    const option: Option = options[key];
    if (option.verbs === null || option.verbs.includes(verb)) continue;
    const [first = verb] = option.verbs;
    throw usageError(
      'bad-value',
      `${typed(key)} belongs to ${option.verbs.length === 1 ? 'the verb' : 'the verbs'} ${listed(option.verbs)}`,
      `Write 'clojars-fetch ${verbUsage[first].replace(/ \[.*\]|\|\w+|…/g, '')} ${typed(key)}${option.value === null ? '' : ` ${option.value}`}'.`,
    );
  }
}

/** `'a'`, `'a' and 'b'`, `'a', 'b' and 'c'`. */
function listed(words: readonly string[]): string {
  const quoted = words.map((word) => `'${word}'`);
  return quoted.length === 1 ? quoted.join('') : `${quoted.slice(0, -1).join(', ')} and ${quoted.at(-1) ?? ''}`;
}

function typed(key: OptionKey): string {
  return `--${options[key].name}`;
}

/** Options of which at most one may be given. */
const exclusive: readonly (readonly OptionKey[])[] = [
  ['quiet', 'verbose'],
  ['tree', 'classPath', 'explain'],
];

function checkCombinations(verb: Verb, given: Given): void {
  const firstOf = (...keys: readonly OptionKey[]): OptionKey | undefined => keys.find((key) => given.has(key));
  for (const keys of exclusive) {
    const [one, other] = keys.filter((key) => given.has(key));
    if (one !== undefined && other !== undefined)
      throw usageError('bad-value', `${typed(one)} and ${typed(other)} exclude each other`, 'Give only one of them.');
  }
  const needsFiles = firstOf('classPath', 'sources', 'javadoc');
  if (given.has('pomOnly') && needsFiles !== undefined)
    throw usageError('bad-value', `${typed(needsFiles)} needs files, and --pom-only fetches none`, 'Give only one of them.');
  if (verb === 'lock' && given.has('frozen')) {
    throw usageError(
      'bad-value',
      "--frozen and the verb 'lock' exclude each other",
      "To check the lockfile without writing it, run 'clojars-fetch lock --check'.",
    );
  }
  const writing = firstOf('update', 'writeChecksums', 'writeVerificationMetadata');
  if (given.has('check') && writing !== undefined)
    throw usageError('bad-value', `--check writes nothing, so ${typed(writing)} has no effect`, 'Give only one of them.');
  if (given.has('format') && !given.has('writeChecksums'))
    throw usageError(
      'bad-value',
      '--format needs --write-checksums',
      "For example, write '--write-checksums .mvn/checksums --format sha512'.",
    );
}

/** Takes `verify --local-repo` without a folder: the one option that names what to do as well as setting a value. */
function takeWholeLocalRepository(argv: readonly string[]): { readonly rest: readonly string[]; readonly wholeLocalRepository: boolean } {
  const end = argv.indexOf('--');
  const bare = argv.findIndex(
    (word, index) =>
      word === '--local-repo' &&
      (end === -1 || index < end) &&
      (argv[index + 1] === undefined || argv[index + 1]?.startsWith('-') === true),
  );
  if (bare === -1 || argv.find((word) => !word.startsWith('-')) !== 'verify') return { rest: argv, wholeLocalRepository: false };
  return { rest: argv.filter((_, index) => index !== bare), wholeLocalRepository: true };
}

/** Splits with `parseArgs`, but not in its strict mode: its messages name neither what is allowed nor what was meant. */
function readTokens(argv: readonly string[]): { readonly given: Given; readonly words: readonly string[] } {
  const config: Record<string, { type: 'boolean' | 'string'; short?: string; multiple: boolean }> = {};
  for (const { name, value, short } of Object.values(options)) {
    config[name] = { type: value === null ? 'boolean' : 'string', multiple: value !== null };
    if (short !== null) config[name].short = short;
  }
  const { tokens } = parseArgs({ args: [...argv], options: config, strict: false, allowPositionals: true, tokens: true });
  const given = new Map<OptionKey, string[]>();
  const words: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') words.push(token.value);
    if (token.kind !== 'option') continue;
    const key = keysByName.get(token.name);
    if (key === undefined) throw unknownOption(token.name, token.rawName);
    const texts = given.get(key) ?? [];
    texts.push(textOf(options[key], token));
    given.set(key, texts);
  }
  return { given, words };
}

/** The text of an option's value; empty for a flag. */
function textOf(
  { value: form }: Option,
  {
    rawName,
    value,
    inlineValue,
  }: { readonly rawName: string; readonly value: string | undefined; readonly inlineValue: boolean | undefined },
): string {
  if (form === null) {
    if (value === undefined) return '';
    throw usageError('bad-value', `${rawName} takes no value, got '${value}'`, `Write ${rawName} alone.`);
  }
  if (value === undefined || value === '') throw usageError('bad-value', `${rawName} needs a value`, `Write '${rawName} ${form}'.`);
  if (inlineValue === false && value.startsWith('-')) {
    throw usageError(
      'bad-value',
      `${rawName} needs a value, but '${value}' follows it`,
      `Write '${rawName} ${form}', or '${rawName}=${value}' if that is the value.`,
    );
  }
  return value;
}

function unknownOption(name: string, rawName: string): ClojarsFetchError {
  const meant = nearestWord(name, [...keysByName.keys()]);
  const hint = meant === undefined ? "Run 'clojars-fetch help' for a list of the options." : `Did you mean '--${meant}'?`;
  return usageError('unknown-option', `there is no option '${rawName}'`, hint);
}
