/** Refuses what `audit` would ignore, overwrite, or find out only after hours of work. */
import { resolve } from 'node:path';

import { checkAuditPage, earlierResults, readAuditKey } from '../../audit.js';
import type { Arguments } from '../options/parse.js';
import { type OptionKey, options } from '../options/table.js';
import { usageError } from '../options/usage-error.js';

/** Options of `audit run` that only a plan or a shard has. */
const ofRun: readonly OptionKey[] = ['plan', 'shard', 'shards', 'lists', 'intervalMs'];
/** Options of `audit run` about requests for files. */
const ofRequests: readonly OptionKey[] = ['full', 'sample', 'seed', 'giveUpMs'];

/** @param subcommand undefined for `audit` alone @throws {ClojarsFetchError} `ERR_CONFIG` */
export function checkAuditArguments(given: Arguments, subcommand: string | undefined): void {
  if (subcommand === undefined) {
    refuse(given, ofRun, (name) => `--${name} belongs to 'audit run'`, "Write 'clojars-fetch audit run --plan FILE'.");
    refuse(given, ['keyName'], (name) => `--${name} belongs to 'audit key'`, "Write 'clojars-fetch audit key --name NAME'.");
  }
  if (subcommand === 'run') checkRun(given);
  if (given.history !== undefined && given.html === undefined)
    throw usageError('--history needs --html', 'It keeps the audits that the chart of the page shows: add --html FILE.');
  refuseOverwriting(given);
  if (given.html !== undefined) checkAuditPage(given.html);
  if (given.sign !== undefined) readAuditKey(given.sign);
  earlierResults(given.earlier);
}

function checkRun(given: Arguments): void {
  const { shard, lists } = given;
  if (given.sign !== undefined && shard !== undefined)
    throw usageError('--sign: only a whole audit is signed, not the part of a shard', "Give --sign to 'audit merge' instead.");
  if (given.shards !== undefined && shard !== 'auto')
    throw usageError('--shards needs --shard auto', 'Add --shard auto, or write the shard and their number as one, such as --shard 3/16.');
  if (lists.length > 0) refuse(given, ofRequests, (name) => `--${name} has no effect with --list`, 'Give only one of them.');
  else refuse(given, ['intervalMs'], (name) => `--${name} needs --list`, 'Leave it out: a mirror that is asked says how often it syncs.');
}

function refuse(given: Arguments, keys: readonly OptionKey[], problem: (name: string) => string, hint: string): void {
  for (const key of keys) if (isGiven(given[key])) throw usageError(problem(options[key].name), hint);
}

function isGiven(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : value !== undefined && value !== false;
}

/** The files that are read, and those that are written, must be different ones. */
function refuseOverwriting(given: Arguments): void {
  const { output, html, history, plan, sign, from, words, lists, earlier } = given;
  const read = [...words.slice(1), ...earlier, ...lists.map(({ value }) => value), ...[plan, sign, from].flatMap((file) => file ?? [])];
  const written = new Map<string, string>();
  for (const [name, file] of Object.entries({ output, html, history })) {
    if (file === undefined) continue;
    const other = written.get(resolve(file)) ?? null;
    if (other !== null) throw usageError(`--${other} and --${name} name the same file, ${file}`, 'Name two files.');
    written.set(resolve(file), name);
    if (read.some((one) => resolve(one) === resolve(file)))
      throw usageError(`--${name} would overwrite ${file}, which is read, too`, 'Name another file, or move this one first.');
  }
}
