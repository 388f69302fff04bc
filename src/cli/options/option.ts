/** An option of the command line, and the short forms in which the tables of options are written. */

import { isGiven, oneOf, type Reader } from './values.js';
import type { Verb } from './verbs.js';

export interface Option<T = unknown> {
  /** Name without the dashes. */
  readonly name: string;
  /** Placeholder of its value, as help and messages show it; null for a flag. */
  readonly value: string | null;
  /** The verbs that accept it; null for all verbs. */
  readonly verbs: readonly Verb[] | null;
  readonly help: string;
  readonly read: Reader<T>;
  /** Its single-letter form; null if it has none. */
  readonly short: string | null;
  /** The subcommands of the verb that accept it; null for all of them. */
  readonly subcommands: readonly string[] | null;
  /** The subcommands of a further verb that accept it, and its help there. */
  readonly otherSubcommands?: { readonly verb: Verb; readonly names: readonly string[]; readonly help: string } | undefined;
  /** The allowed values, as messages, help and docs list them; null if any value is allowed. */
  readonly choices: readonly string[] | null;
}

export function flag(name: string, verbs: Option['verbs'], help: string, short: string | null = null): Option<boolean> {
  return { name, value: null, verbs, help, read: isGiven, short, subcommands: null, choices: null };
}

export function valued<T>(name: string, value: string, verbs: Option['verbs'], help: string, read: Reader<T>): Option<T> {
  return { name, value, verbs, help, read, short: null, subcommands: null, choices: null };
}

/** An option whose value is one of `words`. The help lists them, with notes on some. */
export function choice<const T extends string>(
  name: string,
  value: string,
  verbs: Option['verbs'],
  help: string,
  words: readonly T[],
  notes?: Notes<NoInfer<T>>,
): Option<T | undefined> {
  return { ...valued(name, value, verbs, listChoices(help, words, notes), oneOf(words)), choices: words };
}

type Notes<Words extends string = string> = Readonly<Partial<Record<Words, string>>>;

/** Formats `help: a (default), b or c`. */
export function listChoices(help: string, words: readonly string[], notes: Notes = {}): string {
  const noted = words.map((word) => (notes[word] === undefined ? word : `${word} (${notes[word]})`));
  return `${help}: ${noted.slice(0, -1).join(', ')} or ${noted.at(-1) ?? ''}`;
}

/** The short forms for options of subcommands: `subcommands` are names, separated by spaces. */
export interface SubcommandForms {
  flag(subcommands: string, name: string, help: string): Option<boolean>;
  valued<T>(subcommands: string, name: string, value: string, help: string, read: Reader<T>): Option<T>;
  choice<const T extends string>(
    subcommands: string,
    name: string,
    value: string,
    help: string,
    words: readonly T[],
    notes?: Notes<NoInfer<T>>,
  ): Option<T | undefined>;
}

export function optionsOf(verb: Verb): SubcommandForms {
  return {
    flag: (subcommands, name, help) => only(subcommands, flag(name, [verb], help)),
    valued: (subcommands, name, value, help, read) => only(subcommands, valued(name, value, [verb], help, read)),
    choice: (subcommands, name, value, help, words, notes) => only(subcommands, choice(name, value, [verb], help, words, notes)),
  };
}

/** Restricts an option to one or more subcommands of its verb, separated by spaces. */
export function only<T>(subcommands: string, option: Option<T>): Option<T> {
  return { ...option, subcommands: subcommands.split(' ') };
}

/** Lets subcommands of a second verb accept an option, too: `subcommands` are names, separated by spaces. */
export function alsoOf<T>(verb: Verb, subcommands: string, help: string, option: Option<T>): Option<T> {
  return { ...option, verbs: [...(option.verbs ?? []), verb], otherSubcommands: { verb, names: subcommands.split(' '), help } };
}
