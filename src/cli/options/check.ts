/** Checks which options a command line may combine. */
import type { ClojarsFetchError } from '../../base/error.js';
import { isOptionOf, type Option, type OptionKey, options } from './table.js';
import { usageError } from './usage-error.js';
import { type Verb, verbUsage } from './verbs.js';

/** The texts given for each option, in order; empty texts for a flag. */
export type Given = ReadonlyMap<OptionKey, readonly string[]>;

/** Rejects options that this verb would silently ignore. */
export function checkBelonging(verb: Verb, subcommand: string | undefined, given: Given): void {
  for (const key of given.keys()) {
    const option: Option = options[key];
    if (isOptionOf(verb, option)) {
      const own = subcommandsOf(verb, option);
      const isOther = own !== null && subcommand !== undefined && subcommandNames(verb).has(subcommand) && !own.includes(subcommand);
      if (isOther) throw ofOtherSubcommand(verb, key, own, option.value);
      continue;
    }
    if (option.verbs === null) throw withoutEffect(verb, key);
    const [first = verb] = option.verbs;
    throw usageError(
      `${typed(key)} belongs to ${option.verbs.length === 1 ? 'the verb' : 'the verbs'} ${listed(option.verbs)}`,
      `Write 'clojars-fetch ${verbUsage[first].replace(/ \[.*\]|\|\w+|\u2026/g, '')} ${typed(key)}${option.value === null ? '' : ` ${option.value}`}'.`,
    );
  }
}

function withoutEffect(verb: Verb, key: OptionKey): ClojarsFetchError {
  return usageError(`${typed(key)} has no effect on '${verb}'`, `Leave it out. 'clojars-fetch ${verb} --help' lists the options.`);
}

/** The subcommands of a verb that have options of their own. */
function subcommandNames(verb: Verb): ReadonlySet<string> {
  return new Set(Object.values<Option>(options).flatMap((option) => (isOptionOf(verb, option) ? (subcommandsOf(verb, option) ?? []) : [])));
}

function subcommandsOf(verb: Verb, { subcommands, otherSubcommands }: Option): readonly string[] | null {
  return otherSubcommands?.verb === verb ? otherSubcommands.names : subcommands;
}

function ofOtherSubcommand(verb: Verb, key: OptionKey, names: readonly string[], value: Option['value']): ClojarsFetchError {
  const own = names.map((name) => `${verb} ${name}`);
  return usageError(
    `${typed(key)} belongs to ${listed(own)}`,
    `Write 'clojars-fetch ${own[0] ?? verb} … ${typed(key)}${value === null ? '' : ` ${value}`}'.`,
  );
}

/** Formats `'a'`, `'a' and 'b'`, `'a', 'b' and 'c'`. */
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
  ['settingsFile', 'noConfiguration'],
  ['write', 'undo', 'check'],
  ['increment', 'rescan', 'dryRun'],
];

/** Rejects options that contradict each other. */
export function checkCombinations(verb: Verb, given: Given): void {
  const firstOf = (...keys: readonly OptionKey[]): OptionKey | undefined => keys.find((key) => given.has(key));
  for (const keys of exclusive) {
    const [one, other] = keys.filter((key) => given.has(key));
    if (one !== undefined && other !== undefined)
      throw usageError(`${typed(one)} and ${typed(other)} exclude each other`, 'Give only one of them.');
  }
  const needsFiles = firstOf('classPath', 'sources', 'javadoc');
  if (given.has('pomOnly') && needsFiles !== undefined)
    throw usageError(`${typed(needsFiles)} needs files, and --pom-only fetches none`, 'Give only one of them.');
  if (verb === 'lock' && given.has('frozen')) {
    throw usageError(
      "--frozen and the verb 'lock' exclude each other",
      "To check the lockfile without writing it, run 'clojars-fetch lock --check'.",
    );
  }
  const writing = firstOf('update', 'writeChecksums', 'writeVerificationMetadata');
  if (given.has('check') && writing !== undefined)
    throw usageError(`--check writes nothing, so ${typed(writing)} has no effect`, 'Give only one of them.');
  if (given.has('verify') && !given.has('rescan'))
    throw usageError('--verify needs --rescan', "Write '--rescan --verify' to hash every file of the target.");
  if (given.has('format') && !given.has('writeChecksums'))
    throw usageError('--format needs --write-checksums', "For example, write '--write-checksums .mvn/checksums --format sha512'.");
}
