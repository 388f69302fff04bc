/** Implements `help`, `--help` and `--version`. Loads nothing of the library. */
import type { ClojarsFetchError } from '../../base/error.js';
import { nearestWord } from '../../base/nearest-word.js';
import { version } from '../../base/package-version.js';
import { isOptionOf, type Option, type OptionGroup, optionGroups, options } from '../options/table.js';
import { usageError } from '../options/usage-error.js';
import { isVerb, type Verb, verbs, verbUsage } from '../options/verbs.js';
import { exitCodes } from '../output/exit-code.js';
import type { Command } from './command.js';
import { coordinateForms, exitCodeMeanings, type SubcommandHelp, verbHelp } from './help-text.js';

type Row = readonly [string, string];

/** Maximum length of a line. */
const width = 100;

export const helpCommand: Command = ({ given, output }) => {
  const [first, ...rest] = given.words;
  const [verb, subcommand] = given.verb === 'help' ? [verbOf(first), rest[0]] : [given.verb, first];
  const text = formatHelp(verb, subcommand);
  output.result(text, { schemaVersion: 1, warnings: [], help: text });
  return Promise.resolve(exitCodes.done);
};

/** @throws {ClojarsFetchError} `ERR_CONFIG` */
function verbOf(word: string | undefined): Verb {
  if (word === undefined) return 'help';
  if (isVerb(word)) return word;
  throw unknownVerb(word);
}

function unknownVerb(word: string): ClojarsFetchError {
  const meant = nearestWord(word, verbs);
  const hint = meant === undefined ? `The verbs are ${verbs.join(', ')}.` : `Did you mean 'clojars-fetch help ${meant}'?`;
  return usageError(`unknown verb '${word}'`, hint);
}

export const versionCommand: Command = ({ output }) => {
  output.result(`${version}\n`, { schemaVersion: 1, warnings: [], version });
  return Promise.resolve(exitCodes.done);
};

/** Formats the help of a verb, or of one of its subcommands; for the default verb, the list of all verbs. */
export function formatHelp(verb: Verb, subcommand?: string): string {
  return verb === 'artifact' || verb === 'help' ? formatFullHelp() : formatVerbHelp(verb, subcommand);
}

function formatFullHelp(): string {
  const usage = (['artifact', ...verbs] as const).map((verb): Row => [`clojars-fetch ${verbUsage[verb]}`, verbHelp[verb].summary]);
  return joinSections([
    ['clojars-fetch: fetch and verify Maven artifacts, even if mirrors are down'],
    section('Usage', usage, 40),
    wrap("If the first word is a verb, it is read as the verb. To fetch an artifact of that name, write 'versions/versions'.", 0),
    section('Coordinates', coordinateForms, 40),
    ...optionSections('artifact', null),
    section('Exit codes', exitCodeMeanings, 8),
    wrap("Run 'clojars-fetch VERB --help' for the help of a verb, with its further options.", 0),
  ]);
}

function formatVerbHelp(verb: Verb, word: string | undefined): string {
  const { summary, details = [], subcommands = [], examples = [] } = verbHelp[verb];
  const chosen = subcommands.find(({ name }) => name === word);
  if (chosen !== undefined) return formatSubcommandHelp(verb, chosen);
  return joinSections([
    wrap(`${summary}.`, 0),
    [`Usage: clojars-fetch ${verbUsage[verb]} [OPTIONS]`],
    ...details.map((paragraph) => wrap(paragraph, 0)),
    ...(subcommands.length === 0 ? [] : [section('Subcommands', subcommands.map(subcommandRow))]),
    ...examplesSection(examples),
    ...optionSections(verb, null),
    ...(subcommands.length === 0 ? [] : [wrap(`Run 'clojars-fetch ${verb} SUBCOMMAND --help' for the help of one subcommand.`, 0)]),
    wrap("Run 'clojars-fetch help' for the other verbs, the forms of coordinates and the exit codes.", 0),
  ]);
}

function formatSubcommandHelp(verb: Verb, { name, words, summary, details = [] }: SubcommandHelp): string {
  const typed = `clojars-fetch ${verb} ${name}`;
  return joinSections([
    wrap(`${summary}.`, 0),
    [`Usage: ${typed}${words === undefined ? '' : ` ${words}`} [OPTIONS]`],
    ...details.map((paragraph) => wrap(paragraph, 0)),
    ...examplesSection((verbHelp[verb].examples ?? []).filter((example) => example.includes(typed))),
    ...optionSections(verb, name),
    wrap(`Run 'clojars-fetch ${verb} --help' for the other subcommands, and 'clojars-fetch help' for the other verbs.`, 0),
  ]);
}

function subcommandRow({ name, words, summary }: SubcommandHelp): Row {
  return [words === undefined ? name : `${name} ${words}`, summary];
}

function examplesSection(examples: readonly string[]): readonly (readonly string[])[] {
  return examples.length === 0 ? [] : [['Examples:', ...examples.map((example) => `  ${example}`)]];
}

/** Formats the options that a verb accepts, under their headings. @param subcommand null for those of all its subcommands */
function optionSections(verb: Verb, subcommand: string | null): readonly (readonly string[])[] {
  return optionGroups.flatMap((group) => {
    const own = Object.values(group.options).filter((option) => isOptionOf(verb, option) && !isShared(verb, option));
    const rows = rowsOf(group, own, subcommand);
    return rows.length === 0 ? [] : [section(group.title, rows)];
  });
}

/** Whether the option is described with another verb, but this one accepts it, too. */
function isShared(verb: Verb, { otherSubcommands }: Option): boolean {
  return otherSubcommands?.verb === verb;
}

/** Formats options of a group. If its verb shares options with others, they follow, as its own help describes them. */
function rowsOf({ sharedBy }: OptionGroup, own: readonly Option[], subcommand: string | null): readonly Row[] {
  const isAccepted = ({ subcommands }: Option): boolean => subcommand === null || subcommands === null || subcommands.includes(subcommand);
  if (sharedBy === undefined || own.length === 0) return own.filter(isAccepted).map(optionRow);
  const shared = Object.values<Option>(options).flatMap((option) =>
    option.otherSubcommands?.verb === sharedBy
      ? [{ ...option, help: option.otherSubcommands.help, subcommands: option.otherSubcommands.names }]
      : [],
  );
  const accepted = [...own, ...shared].filter(isAccepted);
  if (subcommand !== null) return accepted.map(optionRow);
  return accepted.map((option) => optionRow({ ...option, help: `${option.help} [${option.subcommands?.join(', ') ?? ''}]` }));
}

/** Formats an option as `-q, --quiet` or `--repo ID=URL`, with its help. */
function optionRow({ name, value, short, help }: Option): Row {
  return [`${short === null ? '' : `-${short}, `}--${name}${value === null ? '' : ` ${value}`}`, help];
}

/** Formats a heading and rows of two columns. A left cell that does not fit gets its own line. */
function section(title: string, rows: readonly Row[], column = 30): readonly string[] {
  const lines = rows.flatMap(([left, right]) => {
    const text = wrap(right, column);
    const start = `  ${left}`;
    return start.length + 2 > column ? [start, ...text] : [start + (text[0] ?? '').slice(start.length), ...text.slice(1)];
  });
  return [`${title}:`, ...lines];
}

/** Wraps a text into lines of at most {@link width} characters, indented by `indent`. */
function wrap(text: string, indent: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && indent + line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line].map((one) => ' '.repeat(indent) + one);
}

function joinSections(sections: readonly (readonly string[])[]): string {
  return `${sections.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}
