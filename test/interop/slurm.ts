/** A Slurm of one node on loopback, from Debian's packages, which need not be installed: they are unpacked into a folder. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import type { Workbench } from '../support/workbench.js';
import { findFreePort } from './nginx.js';
import { type ProgramResult, runProgram } from './programs.js';

/** `.ci/run` unpacks the packages there. */
const packages = process.env['CLOJARS_FETCH_SLURM'] ?? '/var/cache/clojars-fetch-slurm';
const libraries = join(packages, 'usr/lib/x86_64-linux-gnu');

/** The missing things, each with a remedy; empty if there are none. */
export function missingSlurm(): readonly string[] {
  return existsSync(join(packages, 'usr/sbin/slurmctld-wlm')) ? [] : [`Slurm in ${packages} (.ci/run unpacks it there)`];
}

export interface Slurm {
  /** Runs one of its commands, such as `sbatch`, and returns what it prints. */
  command(name: string, words: readonly string[]): Promise<string>;
}

/** Starts it in the folder of the test; it ends with the test. */
export async function startSlurm(bench: Workbench): Promise<Slurm> {
  const folder = join(bench.folder, 'slurm');
  for (const name of ['', 'state', 'spool']) mkdirSync(join(folder, name));
  const file = join(folder, 'slurm.conf');
  writeFileSync(file, configuration(folder, await findFreePort(), await findFreePort()));
  const env = { SLURM_CONF: file, LD_LIBRARY_PATH: `${join(libraries, 'slurm-wlm')}:${libraries}` };
  const run = (name: string, words: readonly string[]): Promise<ProgramResult> =>
    runProgram(join(packages, 'usr/bin', name), words, { home: bench.folder, cwd: bench.folder, env });
  const start = (name: string, words: readonly string[] = []): void => {
    const program = join(packages, 'usr/sbin', `${name}-wlm`);
    const child = spawn(program, ['-D', '-f', file, ...words], { env: { ...process.env, ...env }, stdio: 'ignore' });
    bench.atEnd(() => endChild(child));
  };
  start('slurmctld');
  start('slurmd', ['-d', join(packages, 'usr/sbin/slurmstepd-wlm')]);
  while (!(await run('sinfo', ['--noheader', '--format=%t'])).stdout.includes('idle')) await sleep(200);
  return {
    async command(name, words) {
      const result = await run(name, words);
      if (result.code !== 0) throw new Error(`${name}: ${result.output}`);
      return result.stdout.trim();
    },
  };
}

async function endChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

function configuration(folder: string, port: number, nodePort: number): string {
  const [host = 'localhost'] = hostname().split('.');
  const user = userInfo().username;
  return [
    'ClusterName=audit',
    `SlurmctldHost=${host}(127.0.0.1)`,
    `SlurmctldPort=${port}`,
    `SlurmdPort=${nodePort}`,
    `SlurmUser=${user}`,
    `SlurmdUser=${user}`,
    'AuthType=auth/none',
    'CredType=cred/none',
    // A task that is requeued waits for so many seconds; the default is two minutes.
    'AuthInfo=cred_expire=5',
    `PluginDir=${join(libraries, 'slurm-wlm')}`,
    `StateSaveLocation=${folder}/state`,
    `SlurmdSpoolDir=${folder}/spool`,
    `SlurmctldPidFile=${folder}/slurmctld.pid`,
    `SlurmdPidFile=${folder}/slurmd.pid`,
    `SlurmctldLogFile=${folder}/slurmctld.log`,
    `SlurmdLogFile=${folder}/slurmd.log`,
    'ProctrackType=proctrack/linuxproc',
    'TaskPlugin=task/none',
    'SwitchType=switch/none',
    'MpiDefault=none',
    'SchedulerType=sched/builtin',
    'SchedulerParameters=sched_interval=1,batch_sched_delay=0',
    'SelectType=select/cons_res',
    'SelectTypeParameters=CR_CPU',
    'JobAcctGatherType=jobacct_gather/none',
    'AccountingStorageType=accounting_storage/none',
    'ReturnToService=2',
    'SlurmdParameters=config_overrides',
    'MailProg=/bin/true',
    `NodeName=${host} NodeAddr=127.0.0.1 CPUs=4 State=UNKNOWN`,
    'PartitionName=all Nodes=ALL Default=YES MaxTime=10 State=UP',
    '',
  ].join('\n');
}
