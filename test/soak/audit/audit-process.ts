/** Runs of `clojars-fetch audit` as processes that may be killed. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { EndLine, ResultHeader } from '../../../src/app/audit/contract.js';
import { cliPath, isolatedEnvironment } from '../../support/processes.js';

export interface AuditEnd {
  /** The exit code; null if it was killed. */
  readonly code: number | null;
  readonly said: string;
}

export interface AuditProcess {
  readonly kill: () => void;
  readonly ended: Promise<AuditEnd>;
}

/** @param words after `audit` @param home of the process, where its files lie */
export function startAudit(words: readonly string[], home: string): AuditProcess {
  mkdirSync(join(home, 'tmp'), { recursive: true });
  const child = spawn(process.execPath, [cliPath, 'audit', ...words, '--no-config', '--quiet'], {
    cwd: home,
    env: isolatedEnvironment(home),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, said: said.slice(0, 1000) }));
  return { kill: () => void child.kill('SIGKILL'), ended };
}

/** The lines of a result, without what depends on the time of the run. */
export function timelessLines(file: string): readonly string[] {
  const [first = '', ...lines] = readFileSync(file, 'utf8').trimEnd().split('\n');
  const header = JSON.parse(first) as ResultHeader;
  const end = JSON.parse(lines.pop() ?? '') as EndLine;
  return [JSON.stringify({ ...header, from: '', until: '' }), ...lines, JSON.stringify({ ...end, sha256: '' })];
}
