/** Parses the command line by the table of options. Checks the form of values; the library checks their meaning. */
import { parseArgs } from 'node:util';

import type { ClojarsFetchError } from '../../base/error.js';
import { nearestWord } from '../../base/nearest-word.js';
import { checkBelonging, checkCombinations, type Given } from './check.js';
import { type Option, type OptionKey, options, type OptionValues } from './table.js';
import { usageError } from './usage-error.js';
import { isReservedVerb, isVerb, type Verb, verbs } from './verbs.js';

/** The command line, read and checked. */
export interface Arguments extends OptionValues {
  readonly verb: Verb;
  /** The words after the verb. */
  readonly words: readonly string[];
  /** `--local-repo` without a folder: verify the whole local repository in effect. */
  readonly wholeLocalRepository: boolean;
}

/**
 * Reads the words after the program's name.
 *
 * @throws ClojarsFetchError `ERR_CONFIG`, reason `unknown-option` or `bad-value`, naming the option and what is allowed.
 */
export function parseArguments(argv: readonly string[]): Arguments {
  const { rest: typed, wholeLocalRepository } = takeWholeLocalRepository(argv);
  const { given, words, before } = readTokens(typed);
  const verb = verbOf(words);
  if (!given.has('help') && !given.has('version')) {
    checkBelonging(verb, words[1], given);
    checkCombinations(verb, given);
    if (verb === 'exec') checkTerminator(words, before);
  }
  return { ...readValues(given), verb, words: verb === 'artifact' ? words : words.slice(1), wholeLocalRepository };
}

/** Without `--`, an option of the command would be read as one of ours. */
function checkTerminator([, ...command]: readonly string[], before: number): void {
  if (before === 1) return;
  throw usageError(
    `'exec' needs '--' before the command${command[0] === undefined ? '' : `, got '${command[0]}'`}`,
    `Write 'clojars-fetch exec -- ${command.length === 0 ? 'lein test' : command.join(' ')}'.`,
  );
}

function verbOf([first]: readonly string[]): Verb {
  if (first === undefined) return 'artifact';
  if (isReservedVerb(first)) {
    throw usageError(
      `the verb '${first}' is not available in this version`,
      `For the artifact of that name, write '${first}/${first}'. The verbs of this version are ${verbs.join(', ')}.`,
      'unknown-option',
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
  // Each value comes from the reader of its own key.
  return values as OptionValues;
}

/**
 * Takes out the `--local-repo` of `verify` and `proxy` if no folder follows: it is then the thing to verify or to serve, not an option with
 * a value.
 */
function takeWholeLocalRepository(argv: readonly string[]): { readonly rest: readonly string[]; readonly wholeLocalRepository: boolean } {
  const end = argv.indexOf('--');
  const bare = argv.findIndex(
    (word, index) =>
      word === '--local-repo' &&
      (end === -1 || index < end) &&
      (argv[index + 1] === undefined || argv[index + 1]?.startsWith('-') === true),
  );
  const verb = argv.find((word) => !word.startsWith('-'));
  if (bare === -1 || (verb !== 'verify' && verb !== 'proxy')) return { rest: argv, wholeLocalRepository: false };
  return { rest: argv.filter((_, index) => index !== bare), wholeLocalRepository: true };
}

interface TypedWords {
  readonly given: Given;
  readonly words: readonly string[];
  /** How many of the words are before `--`. */
  readonly before: number;
}

/** Splits with `parseArgs`, but not in strict mode, whose messages name neither the allowed options nor the likely one. */
function readTokens(argv: readonly string[]): TypedWords {
  const config: Record<string, { type: 'boolean' | 'string'; short?: string; multiple: boolean }> = {};
  for (const { name, value, short } of Object.values(options)) {
    config[name] = { type: value === null ? 'boolean' : 'string', multiple: value !== null };
    if (short !== null) config[name].short = short;
  }
  const { tokens } = parseArgs({ args: [...argv], options: config, strict: false, allowPositionals: true, tokens: true });
  const given = new Map<OptionKey, string[]>();
  const words: string[] = [];
  let before: number | null = null;
  for (const token of tokens) {
    if (token.kind === 'option-terminator') before = words.length;
    if (token.kind === 'positional') words.push(token.value);
    if (token.kind !== 'option') continue;
    const key = keysByName.get(token.name);
    if (key === undefined) throw unknownOption(token.name, token.rawName);
    const texts = given.get(key) ?? [];
    texts.push(textOf(options[key], token));
    given.set(key, texts);
  }
  return { given, words, before: before ?? words.length };
}

/** Returns the text of an option's value; empty for a flag. */
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
    throw usageError(`${rawName} takes no value, got '${value}'`, `Write ${rawName} alone.`);
  }
  if (value === undefined || value === '') throw usageError(`${rawName} needs a value`, `Write '${rawName} ${form}'.`);
  if (inlineValue === false && value.startsWith('-')) {
    throw usageError(
      `${rawName} needs a value, but '${value}' follows it`,
      `Write '${rawName} ${form}', or '${rawName}=${value}' if that is the value.`,
    );
  }
  return value;
}

/** Names under which other servers have the address to listen on. */
const addressNames: ReadonlySet<string> = new Set(['host', 'hostname', 'bind', 'bind-address', 'listen', 'address', 'interface', 'ip']);

function unknownOption(name: string, rawName: string): ClojarsFetchError {
  if (addressNames.has(name)) {
    const hint = 'The proxy listens on 127.0.0.1 and nowhere else; --port chooses the port.';
    return usageError(`unknown option '${rawName}'`, hint, 'unknown-option');
  }
  const meant = nearestWord(name, [...keysByName.keys()]);
  const hint = meant === undefined ? "'clojars-fetch VERB --help' lists the options of a verb." : `Did you mean '--${meant}'?`;
  return usageError(`unknown option '${rawName}'`, hint, 'unknown-option');
}
