/** Runs the program rsync. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';

import { systemErrorCode } from '../../../base/disk/file-error.js';
import { ClojarsFetchError } from '../../../base/error.js';
import { escapeForDisplay } from '../../../base/escape.js';

interface RsyncEnd {
  /** The reason why it failed; null if it did not. */
  readonly problem: string | null;
  /** Whether it concerns single files. */
  readonly isPartial: boolean;
}

/** Exit codes of rsync for files that could not be read or have vanished. The others came. */
const partialCodes: ReadonlySet<unknown> = new Set([23, 24]);
const maxErrorLength = 2000;

export class RsyncRun {
  readonly #child: ChildProcess & { readonly stdin: NodeJS.WritableStream; readonly stdout: Readable };
  readonly ended: Promise<RsyncEnd>;

  constructor(words: readonly string[], signal: AbortSignal) {
    const env = { ...process.env, TZ: 'UTC', LC_ALL: 'C' };
    const child = spawn('rsync', ['--no-motd', '--timeout=60', '--contimeout=30', ...words], { env, signal, stdio: 'pipe' });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(0, maxErrorLength)));
    this.#child = child;
    this.ended = once(child, 'close').then(
      ([code]) => ({
        problem: code === 0 ? null : `rsync ended with code ${String(code)}: ${inOneLine(said)}`,
        isPartial: partialCodes.has(code),
      }),
      (error: unknown) => {
        if (systemErrorCode(error) === 'ENOENT') throw missingProgram();
        return { problem: String(error), isPartial: false };
      },
    );
    this.ended.catch(() => undefined);
  }

  get stdin(): NodeJS.WritableStream {
    return this.#child.stdin;
  }

  get stdout(): Readable {
    return this.#child.stdout;
  }
}

/** Whether the program knows an option. */
export function rsyncKnows(option: string): Promise<boolean> {
  return once(spawn('rsync', [option, '--version'], { stdio: 'ignore' }), 'close').then(
    ([code]) => code === 0,
    () => false,
  );
}

/** rsync writes a line for each problem; the server may have written some of them. */
function inOneLine(said: string): string {
  const lines = said.trim().split(/\s*\n/);
  return lines.map((line) => escapeForDisplay(line)).join('; ');
}

function missingProgram(): ClojarsFetchError {
  return new ClojarsFetchError('ERR_CONFIG', {
    reason: 'unreadable',
    message: 'rsync: the program is not installed',
    hint: 'Install rsync, or copy over https.',
  });
}
