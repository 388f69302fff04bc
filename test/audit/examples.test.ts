/** Holds the examples of sharded audits and the table in docs/audit.md against the variables that the program knows. */
import { readFileSync } from 'node:fs';

import { expect, test } from 'vitest';

import { readShard } from '../../src/app/audit/shards/shard.js';
import { engines, shardFromEnvironment } from '../../src/app/audit/shards/shard-variables.js';
import { parseArguments } from '../../src/cli/options/parse.js';

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

/** The commands of a text, as words. */
const commandsOf = (text: string): readonly (readonly string[])[] =>
  [...text.matchAll(/clojars-fetch (audit .*?)(?: \|\| .*| && .*)?$/gm)].map(([, words = '']) => words.replace(/"/g, '').split(' '));

test('docs/audit.md names the variables of each engine, and no others', () => {
  const rows = [...read('docs/audit.md').matchAll(/^\| ([A-Z][^|]*) \| (`[A-Z_]{8,}`[^|]*) \| ([^|]*) \|$/gm)];
  const table = rows.map(([, engine, index = '', count = '']) => ({
    engine,
    variables: [...`${index}${count}`.matchAll(/[A-Z]+_[A-Z_]+/g)].map(String),
  }));
  expect(table).toEqual(
    engines.map(({ engine, index, first, count }) => ({
      engine,
      variables: [index, ...(typeof first === 'string' ? [first] : []), ...(count === null ? [] : [count])],
    })),
  );
});

test.each(['github-actions.yml', 'kubernetes.yml', 'slurm.sh'])('the commands in examples/audit/%s are understood', (name) => {
  const commands = commandsOf(read(`examples/audit/${name}`));
  expect(commands.length).toBeGreaterThan(0);
  for (const words of commands)
    expect(parseArguments(words.map((word) => word.replace(/\$\{\{ strategy\.job-\w+ \}\}/g, '1')))).toBeTruthy();
});

test('the Indexed Job has as many completions as shards, and uses the variable of its engine', () => {
  const text = read('examples/audit/kubernetes.yml');
  const completions = Number(/completions: (\d+)/.exec(text)?.[1]);
  const run = parseArguments(commandsOf(text)[0] ?? []);
  expect(run).toMatchObject({ shard: 'auto', shards: completions });
  expect(run.output).toContain('$JOB_COMPLETION_INDEX');
  expect(shardFromEnvironment({ JOB_COMPLETION_INDEX: String(completions - 1) }, completions).count).toBe(completions);
  expect(text).toContain('completionMode: Indexed');
});

test('the array of Slurm has as many tasks as shards', () => {
  const text = read('examples/audit/slurm.sh');
  const last = /--array=0-(\d+)/.exec(text)?.[1] ?? '';
  const { shards = 0, output } = parseArguments(commandsOf(text)[0] ?? []);
  const env = { SLURM_ARRAY_TASK_ID: last, SLURM_ARRAY_TASK_MIN: '0', SLURM_ARRAY_TASK_COUNT: String(Number(last) + 1) };
  expect(shardFromEnvironment(env, shards)).toEqual({ index: shards - 1, count: shards });
  expect(output).toContain('$SLURM_ARRAY_TASK_ID');
});

test('the matrix of GitHub numbers its jobs as shards are numbered', () => {
  const text = read('examples/audit/github-actions.yml');
  const jobs = (/shard: \[(.*)\]/.exec(text)?.[1] ?? '').split(', ');
  expect(jobs).toEqual(jobs.map((_, index) => String(index)));
  const shard = '--shard ${{ strategy.job-index }}/${{ strategy.job-total }}';
  expect(text).toContain(shard);
  const last = shard
    .replace('${{ strategy.job-index }}', String(jobs.length - 1))
    .replace('${{ strategy.job-total }}', String(jobs.length));
  expect(readShard(last.replace('--shard ', ''))).toEqual({ index: jobs.length - 1, count: jobs.length });
});
