/** Real programs: found on this machine, or the test is skipped with a reason; and run to their end in isolation. */
import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

import { isolatedEnvironment } from '../support/processes.js';

/** Servers are often installed where only the administrator's PATH looks. */
const searchPath = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin', '/sbin'];

/** The absolute path of a program, or null if it is not installed. */
export function findProgram(name: string): string | null {
  for (const folder of searchPath) {
    if (folder === '') continue;
    const file = join(folder, name);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      // Not in this folder.
    }
  }
  return null;
}

/** The part of a vitest context that is used here. */
export interface Skippable {
  skip(note?: string): never;
}

/**
 * Skips the test if something is missing, and says so; with CLOJARS_FETCH_REQUIRE_PROGRAMS=1 (as in CI) it fails.
 * @param missing missing things, each with a remedy; empty if there are none
 */
export function skipUnlessThere(context: Skippable, missing: readonly string[]): void {
  if (missing.length === 0) return;
  const what = `missing: ${missing.join(', ')}`;
  if (process.env['CLOJARS_FETCH_REQUIRE_PROGRAMS'] === '1') throw new Error(`${what} (CLOJARS_FETCH_REQUIRE_PROGRAMS=1)`);
  console.warn(`SKIPPED: ${what}`);
  context.skip(`SKIPPED: ${what}`);
}

/** Those of the programs that are not installed. */
export function missingPrograms(names: readonly string[]): string[] {
  return names.filter((name) => findProgram(name) === null).map((name) => `the program ${name}`);
}

export interface ProgramResult {
  readonly code: number | null;
  /** Both streams, as they came. */
  readonly output: string;
  readonly stdout: string;
}

/** For a JVM that starts, works for a second and ends: its second compiler costs as much processor time as all the rest, and gains nothing. */
export const shortJvm: Readonly<Record<string, string>> = { JDK_JAVA_OPTIONS: '-XX:TieredStopAtLevel=1' };

/** For a JVM that hashes or decrypts 200 MB: only its second compiler uses the instructions of the processor for that. */
export const longJvm: readonly string[] = ['-XX:TieredStopAtLevel=4'];

/** Runs a program with a home folder of its own, so that it reads none of the user's settings. */
export async function runProgram(
  file: string,
  argumentsList: readonly string[],
  options: {
    readonly home: string;
    readonly cwd: string;
    readonly env?: Readonly<Record<string, string>>;
    /** Default two minutes. */ readonly timeoutMs?: number;
  },
): Promise<ProgramResult> {
  const { home, cwd } = options;
  await mkdir(join(home, 'tmp'), { recursive: true });
  const java = process.env['JAVA_HOME'];
  const env = { ...isolatedEnvironment(home), ...shortJvm, ...(java === undefined ? {} : { JAVA_HOME: java }), ...options.env };
  return new Promise((resolve, reject) => {
    const child = spawn(file, argumentsList, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    const timer = setTimeout(() => child.kill('SIGKILL'), options.timeoutMs ?? 120_000);
    let stdout = '';
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      output += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.once('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.once('close', (code) => {
      clearTimeout(timer);
      resolve({ code, output, stdout });
    });
  });
}
