/** Runs the built CLI as a child process that can read no file of the user's. */
import { spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { createTemporaryFolder } from './folder.js';

/** The built CLI, made by `npm run build:code`. */
export const cliPath = fileURLToPath(new URL('../../dist/cli.cjs', import.meta.url));

export interface RunOptions {
  /** Added to an environment that holds only PATH, HOME and the XDG folders; `undefined` removes a variable. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Sends SIGKILL after this time, and sets `timedOut`. Default 120,000: less than the time limit of a test. */
  readonly timeoutMs?: number;
  readonly cwd?: string;
  /** HOME, kept by the caller across runs. Default: a fresh folder, removed afterwards. */
  readonly home?: string;
  /** Arguments for Node itself, before the script. */
  readonly nodeArguments?: readonly string[];
  /** Called with the process id, for tests that kill the process at a moment of their own. */
  readonly onStart?: (child: { readonly pid?: number | undefined; kill(signal: NodeJS.Signals): boolean }) => void;
}

export interface RunResult {
  /** Exit code; null if a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly timedOut: boolean;
}

/** The environment in which children run: HOME and all XDG folders beneath `home`, and only PATH from the caller's. */
export function isolatedEnvironment(home: string): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    ...(process.env['SystemRoot'] === undefined ? {} : { SystemRoot: process.env['SystemRoot'] }),
    HOME: home,
    USERPROFILE: home,
    XDG_CONFIG_HOME: join(home, '.config'),
    XDG_CACHE_HOME: join(home, '.cache'),
    XDG_STATE_HOME: join(home, '.local', 'state'),
    XDG_DATA_HOME: join(home, '.local', 'share'),
    TMPDIR: join(home, 'tmp'),
    NO_COLOR: '1',
  };
}

/** Runs `dist/cli.cjs` with these arguments to its end. */
export function runCli(argumentsList: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  return runNode([cliPath, ...argumentsList], options);
}

/** Runs any Node script in the same isolation. */
export async function runNode(argumentsList: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const fresh = options.home === undefined ? await createTemporaryFolder() : null;
  const home = options.home ?? fresh?.path ?? '';
  try {
    await mkdir(join(home, 'tmp'), { recursive: true });
    return await runChild(argumentsList, home, options);
  } finally {
    await fresh?.remove();
  }
}

function runChild(argumentsList: readonly string[], home: string, options: RunOptions): Promise<RunResult> {
  const env: NodeJS.ProcessEnv = { ...isolatedEnvironment(home), ...options.env };
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...(options.nodeArguments ?? []), ...argumentsList], {
      cwd: options.cwd ?? home,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    let timedOut = false;
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
    const timer = setTimeout(() => {
      timedOut = true;
      child.kill('SIGKILL');
    }, options.timeoutMs ?? 120_000);
    child.once('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      resolve({ code, signal, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString(), timedOut });
    });
    options.onStart?.(child);
  });
}
