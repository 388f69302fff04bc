/** `audit`: plans, runs, merges and compares audits; without a subcommand, plans and runs one. */
import {
  auditLists,
  auditMirrors,
  type AuditSummary,
  compareAudits,
  countsByClass,
  createAuditKey,
  earlierResults,
  type FindingClass,
  mergeAudits,
  planAudit,
  runAudit,
  shardOf,
  signAudit,
  writeAuditPage,
} from '../../audit.js';
import { clientOptions } from '../options/client-options.js';
import type { Arguments } from '../options/parse.js';
import { usageError } from '../options/usage-error.js';
import type { Pair } from '../options/values.js';
import { auditDocument, keyDocument, planDocument } from '../output/audit-json.js';
import { type ExitCode, exitCodes } from '../output/exit-code.js';
import { formatAudit, formatKey, formatPlan } from '../output/render-audit.js';
import { checkAuditArguments } from './audit-arguments.js';
import { type Command, type CommandCall, unknownSubcommand } from './command.js';

type Subcommand = (call: CommandCall, words: readonly string[]) => Promise<ExitCode>;

const subcommands: Readonly<Record<string, Subcommand>> = {
  plan: async (call, words) => {
    refuseWords('plan', words);
    const plan = await planAudit({ ...planOptions(call), output: outputOf(call.given, 'plan') });
    for (const warning of plan.warnings) call.output.warn(warning);
    call.output.result(formatPlan(plan), planDocument(plan, call.output.warnings));
    return exitCodes.done;
  },
  run: async (call, words) => {
    refuseWords('run', words);
    const { plan } = call.given;
    if (plan === undefined) throw usageError("'audit run' needs --plan FILE", "Make one with 'clojars-fetch audit plan --output FILE'.");
    const { shard: text, shards, lists } = call.given;
    const shard = text === undefined ? undefined : shardOf(text, process.env, shards ?? null);
    const output = outputOf(call.given, 'run');
    if (lists.length > 0) return finish(call, await auditLists(plan, { ...listOptions(call), output, shard }));
    return finish(call, await runAudit({ ...runOptions(call), plan, output, shard }));
  },
  key: async ({ given, output }, words) => {
    refuseWords('key', words);
    const { keyName } = given;
    if (keyName === undefined)
      throw usageError(
        "'audit key' needs --name NAME",
        "For example, write 'clojars-fetch audit key --name audits.example.org --output KEY'.",
      );
    const key = createAuditKey({ name: keyName, output: outputOf(given, 'key') });
    output.result(formatKey(key), keyDocument(key, output.warnings));
    return exitCodes.done;
  },
  merge: async (call, words) => finish(call, await mergeAudits(words, { output: outputOf(call.given, 'merge'), signal: call.signal })),
  compare: async (call, words) =>
    finish(call, await compareAudits(words, { output: outputOf(call.given, 'compare'), signal: call.signal })),
};

export const auditCommand: Command = async (call) => {
  const [word, ...words] = call.given.words;
  if (word === undefined) {
    checkAuditArguments(call.given, word);
    const output = outputOf(call.given, '');
    return await finish(call, await auditMirrors({ plan: planOptions(call), run: runOptions(call), output }));
  }
  const subcommand = Object.hasOwn(subcommands, word) ? subcommands[word] : undefined;
  if (subcommand === undefined) throw unknownSubcommand('audit', word, Object.keys(subcommands));
  checkAuditArguments(call.given, word);
  return subcommand(call, words);
};

function planOptions({ given, output, signal }: CommandCall) {
  const { origin, from, places, crawl, since, increment, feed, seed, connections, rate, contact } = given;
  return {
    origin,
    from,
    places: places.length === 0 ? undefined : Object.fromEntries(places.map(({ key, value }) => [key, value])),
    crawl,
    since,
    increment,
    feed,
    seed,
    connections,
    rate,
    contact,
    client: clientOptions(given, { signal, onEvent: output.onEvent }),
    signal,
  };
}

function runOptions({ given, output, signal }: CommandCall) {
  const { vantage, full, sample, seed, earlier, connections, rate, giveUpMs, contact } = given;
  return {
    vantage,
    full,
    sample,
    seed,
    earlier,
    connections,
    rate,
    patience: giveUpMs === undefined ? undefined : giveUpMs / 1000,
    contact,
    client: clientOptions(given, { signal, onEvent: output.onEvent }),
    onProgress: ({ done, all }: { readonly done: number; readonly all: number }) => output.progress(`${done} of ${all} answers`),
    signal,
  };
}

function listOptions({ given, output, signal }: CommandCall) {
  const { lists, vantage, earlier, intervalMs, connections, rate, contact } = given;
  return {
    lists: sourcesByName(lists),
    vantage,
    earlier,
    contact,
    interval: intervalMs === undefined ? undefined : intervalMs / 1000,
    connections,
    rate,
    client: clientOptions(given, { signal, onEvent: output.onEvent }),
    signal,
  };
}

function sourcesByName(lists: readonly Pair[]): Readonly<Record<string, string>> {
  const twice = lists.find(({ key }, at) => lists.findIndex((other) => other.key === key) !== at);
  if (twice !== undefined) throw usageError(`--list names '${twice.key}' twice`, 'Give one list for each mirror of the plan.');
  return Object.fromEntries(lists.map(({ key, value }) => [key, value]));
}

async function finish({ given, output, signal }: CommandCall, summary: AuditSummary): Promise<ExitCode> {
  const { html, history, sign, earlier } = given;
  const result = given.output ?? '';
  const signed = sign === undefined ? null : await signAudit(result, { key: sign, signal });
  if (html !== undefined) await writeAuditPage(result, { html, history, previous: earlierResults(earlier).at(-1), signal });
  output.result(formatAudit(summary, signed), auditDocument(summary, signed, output.warnings));
  const { origin, places } = summary.end;
  const counts = countsByClass([origin, ...places.map((place) => place.counts)]);
  const failing: readonly FindingClass[] = ['lie', ...(given.failOn ?? [])];
  return failing.some((name) => counts[name] > 0) ? exitCodes.verification : exitCodes.done;
}

/** The rest of a command line, for a hint. */
const outputExamples: Readonly<Record<string, string>> = {
  plan: ' --output plan.jsonl.gz',
  merge: ' part-*.jsonl --output audit.jsonl',
  compare: ' home.jsonl office.jsonl --output compared.jsonl',
};

function outputOf({ output }: Arguments, subcommand: string): string {
  if (output !== undefined) return output;
  const name = subcommand === '' ? 'audit' : `audit ${subcommand}`;
  throw usageError(
    `'${name}' needs --output FILE`,
    `For example, write 'clojars-fetch ${name}${outputExamples[subcommand] ?? ' --output audit.jsonl'}'.`,
  );
}

function refuseWords(subcommand: string, [word]: readonly string[]): void {
  if (word !== undefined)
    throw usageError(`'audit ${subcommand}' takes no further words, got '${word}'`, `See 'clojars-fetch audit --help' for its options.`);
}
