/** Runs the CLI from its sources in this process: a process of its own costs most of a second of processor time for each fetch. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import { run } from '../../src/cli/run.js';
import { isolatedEnvironment, type RunOptions, type RunResult } from './processes.js';

/** The options of `runCli` that have a meaning without a process. */
export type HereOptions = Pick<RunOptions, 'env' | 'cwd'> & { readonly home: string };

/**
 * Like `runCli`, with the same environment and working folder. The environment of this process is another one until it ends, so only one may
 * run at a time.
 */
export async function runCliHere(argumentsList: readonly string[], { home, cwd = home, env = {} }: HereOptions): Promise<RunResult> {
  await mkdir(join(home, 'tmp'), { recursive: true });
  let stdout = '';
  let stderr = '';
  const restore = replaceSurroundings({ ...isolatedEnvironment(home), ...env }, cwd);
  try {
    const code = await run(argumentsList, {
      stdout: { write: (text) => (stdout += text) },
      stderr: { write: (text) => (stderr += text) },
      environment: process.env,
      signal: new AbortController().signal,
    });
    return { code, signal: null, stdout, stderr, timedOut: false };
  } finally {
    restore();
  }
}

/** Replaces the whole environment and the working folder of this process; the result restores both. */
function replaceSurroundings(environment: Readonly<Record<string, string | undefined>>, folder: string): () => void {
  const before = { ...process.env };
  const folderBefore = process.cwd();
  process.chdir(folder);
  setEnvironment(environment);
  return () => {
    setEnvironment(before);
    process.chdir(folderBefore);
  };
}

function setEnvironment(environment: Readonly<Record<string, string | undefined>>): void {
  for (const name of Object.keys(process.env)) if (environment[name] === undefined) delete process.env[name];
  for (const [name, value] of Object.entries(environment)) if (value !== undefined) process.env[name] = value;
}
