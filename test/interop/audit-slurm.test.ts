/** An audit as a job array of a real Slurm, which kills a task in the middle and starts it again. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { expect } from 'vitest';

import { cliPath } from '../support/processes.js';
import { it } from '../support/workbench.js';
import { runProgram, skipUnlessThere } from './programs.js';
import { missingSlurm, startSlurm } from './slurm.js';

const tasks = 4;
const paths = Array.from({ length: 10 }, (_, index) => `org/lib${index}/1.0/lib${index}-1.0.jar`);

it('a job array with a task that is killed and requeued gives the result of one machine', { timeout: 120_000 }, async ({ bench, skip }) => {
  skipUnlessThere({ skip }, missingSlurm());
  const home = bench.folder;
  const write = (name: string, text: string): void => {
    mkdirSync(dirname(join(home, name)), { recursive: true });
    writeFileSync(join(home, name), text);
  };
  for (const path of paths) for (const place of ['origin', 'near', 'far']) write(`${place}/${path}`, `content of ${path}`);
  for (const path of paths.slice(6)) write(`far/${path}`, 'another one');
  const audit = async (words: readonly string[], code: number): Promise<void> => {
    const result = await runProgram(process.execPath, [cliPath, 'audit', ...words], { home, cwd: home });
    expect(result, result.output).toMatchObject({ code });
  };
  const places = ['--place', 'near=https://near.example.org/', '--place', 'far=https://far.example.org/'];
  await audit(['plan', '--origin', 'https://repo.example.org/', '--from', 'origin', ...places, '--output', 'plan'], 0);

  let isAsked = false;
  const silent = await bench.http(() => (isAsked = true));
  const common = `"${process.execPath}" "${cliPath}" audit run --no-config --plan plan --list near=near --shard auto --shards ${tasks} --output "part-$SLURM_ARRAY_TASK_ID.jsonl"`;
  write(
    'job.sh',
    `#!/bin/sh
# The first try of one task lists a server that never answers.
case "$SLURM_ARRAY_TASK_ID-$SLURM_RESTART_COUNT" in 2-) far=${silent.url} ;; *) far=far ;; esac
${common} --list "far=$far" || [ $? -eq 4 ]
`,
  );
  const slurm = await startSlurm(bench);
  const array = ['--parsable', '--requeue', `--array=0-${tasks - 1}`, '--open-mode=append', '--output=out-%a', '--chdir', home, 'job.sh'];
  const job = await slurm.command('sbatch', array);
  while (!isAsked) await sleep(100);
  expect(readdirSync(home)).not.toContain('part-2.jsonl');
  await slurm.command('scontrol', ['requeue', `${job}_2`]);
  while ((await slurm.command('squeue', ['--noheader'])) !== '') await sleep(200);

  expect(readFileSync(join(home, 'out-2'), 'utf8')).toContain('DUE TO JOB REQUEUE');
  const parts = readdirSync(home).filter((name) => name.includes('part-'));
  expect(parts).toEqual(Array.from({ length: tasks }, (_, index) => `part-${index}.jsonl`));
  await audit(['merge', ...parts, '--output', 'merged'], 4);
  await audit(['run', '--no-config', '--plan', 'plan', '--list', 'near=near', '--list', 'far=far', '--output', 'whole'], 4);
  // The first and the last line contain times.
  const linesOf = (name: string): string[] => readFileSync(join(home, name), 'utf8').split('\n').slice(1, -2);
  expect(linesOf('merged')).toEqual(linesOf('whole'));
  expect(linesOf('merged')).toHaveLength(4);
});
