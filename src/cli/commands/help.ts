/** Implements `help`, `--help` and `--version`. Loads nothing of the library. */
import { version } from '../../base/package-version.js';
import { isOptionOf, type Option, type OptionGroup, optionGroups, options } from '../options/table.js';
import { isVerb, type Verb, verbs, verbUsage } from '../options/verbs.js';
import { exitCodes } from '../output/exit-code.js';
import type { Command } from './command.js';
import { coordinateForms, exitCodeMeanings, verbHelp } from './help-text.js';

type Row = readonly [string, string];

/** Maximum length of a line. */
const width = 100;

export const helpCommand: Command = ({ given, output }) => {
  const [word = ''] = given.words;
  const verb = given.verb !== 'help' ? given.verb : isVerb(word) ? word : 'artifact';
  const text = formatHelp(verb);
  output.result(text, { schemaVersion: 1, warnings: [], help: text });
  return Promise.resolve(exitCodes.done);
};

export const versionCommand: Command = ({ output }) => {
  output.result(`${version}\n`, { schemaVersion: 1, warnings: [], version });
  return Promise.resolve(exitCodes.done);
};

/** Formats the help of one verb; for the default verb, that of all. */
export function formatHelp(verb: Verb): string {
  return verb === 'artifact' || verb === 'help' ? formatFullHelp() : formatVerbHelp(verb);
}

function formatFullHelp(): string {
  const usage = (['artifact', ...verbs] as const).map((verb): Row => [`clojars-fetch ${verbUsage[verb]}`, verbHelp[verb].summary]);
  return joinSections([
    ['clojars-fetch: fetch and verify Maven artifacts, even if mirrors are down'],
    section('Usage', usage, 40),
    wrap("If the first word is a verb, it is read as the verb. To fetch an artifact of that name, write 'versions/versions'.", 0),
    section('Coordinates', coordinateForms, 40),
    ...optionGroups.map((group) => section(group.title + verbsOf(group), rowsOf(group, Object.values(group.options)))),
    section('Exit codes', exitCodeMeanings, 8),
    wrap("Run 'clojars-fetch VERB --help' for the help of one verb.", 0),
  ]);
}

function formatVerbHelp(verb: Verb): string {
  const { summary, details = [], table, examples = [] } = verbHelp[verb];
  const groups = optionGroups.map((group) => {
    const own = Object.values(group.options).filter((option) => isOptionOf(verb, option) && !isShared(verb, option));
    return { title: group.title, rows: rowsOf(group, own) };
  });
  return joinSections([
    wrap(`${summary}.`, 0),
    [`Usage: clojars-fetch ${verbUsage[verb]} [OPTIONS]`],
    ...details.map((paragraph) => wrap(paragraph, 0)),
    ...(table === undefined ? [] : [section(table.title, table.rows)]),
    ...(examples.length === 0 ? [] : [['Examples:', ...examples.map((example) => `  ${example}`)]]),
    ...groups.filter(({ rows }) => rows.length > 0).map(({ title, rows }) => section(title, rows)),
    wrap("Run 'clojars-fetch help' for the other verbs, the forms of coordinates and the exit codes.", 0),
  ]);
}

/** Whether the option is described with another verb, but this one accepts it, too. */
function isShared(verb: Verb, { otherSubcommands }: Option): boolean {
  return otherSubcommands?.verb === verb;
}

/** Formats options of a group. If its verb shares options with others, they follow, as its own help describes them. */
function rowsOf({ sharedBy }: OptionGroup, own: readonly Option[]): readonly Row[] {
  if (sharedBy === undefined || own.length === 0) return own.map(optionRow);
  const shared = Object.values<Option>(options).flatMap((option) =>
    option.otherSubcommands?.verb === sharedBy
      ? [{ ...option, help: option.otherSubcommands.help, subcommands: option.otherSubcommands.names }]
      : [],
  );
  return [...own, ...shared].map((option) => optionRow({ ...option, help: `${option.help} [${option.subcommands?.join(', ') ?? ''}]` }));
}

/** Lists the verbs that a group of options belongs to, for its heading. */
function verbsOf({ options: own }: OptionGroup): string {
  const all = new Set(Object.values(own).flatMap((option) => (option.verbs ?? []).filter((verb) => !isShared(verb, option))));
  return all.size === 0 ? '' : ` (${[...all].join(', ')})`;
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
