/** Runs the command as a child process that has the terminal, and passes signals on to it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';

import { systemErrorCode } from '../../base/disk/file-error.js';
import { ClojarsFetchError } from '../../base/error.js';
import { escapeForDisplay } from '../../base/escape.js';
import type { RunResult } from './exec-options.js';

const passedOn = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const;

/** The signals that a terminal sends to every process in it, so the child has them already. */
const ofTerminal: ReadonlySet<NodeJS.Signals> = new Set(['SIGINT', 'SIGQUIT']);

/** Keeps this process alive when it gets a signal: the child decides whether to end. */
export class SignalRelay {
  readonly #listeners = new Map<NodeJS.Signals, () => void>();
  #child: ChildProcess | null = null;
  #early: NodeJS.Signals | null = null;

  constructor() {
    for (const signal of passedOn) {
      const listener = (): void => this.#pass(signal);
      this.#listeners.set(signal, listener);
      process.on(signal, listener);
    }
  }

  /** The signal that arrived before there was a child; null if none did. */
  get early(): NodeJS.Signals | null {
    return this.#early;
  }

  passTo(child: ChildProcess): void {
    this.#child = child;
  }

  end(): void {
    for (const [signal, listener] of this.#listeners) process.off(signal, listener);
  }

  #pass(signal: NodeJS.Signals): void {
    if (this.#child === null) this.#early ??= signal;
    else if (!ofTerminal.has(signal) || process.stdin.isTTY !== true) this.#child.kill(signal);
  }
}

export interface ChildOptions {
  readonly words: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly workingFolder: string;
  /** Called once it runs. */
  readonly onStart: (child: ChildProcess) => void;
}

/**
 * Runs the command to its end.
 * @throws ClojarsFetchError `ERR_CONFIG`, reason `bad-value`: it cannot be started
 */
export function runChild({ words, env, workingFolder, onStart }: ChildOptions): Promise<RunResult> {
  const [program = '', ...rest] = words;
  return new Promise((resolve, reject) => {
    const child = spawn(program, rest, { cwd: workingFolder, env: { ...env }, stdio: 'inherit' });
    child.once('spawn', () => onStart(child));
    child.once('error', (error) => reject(notStarted(program, error)));
    child.once('exit', (code, signal) => resolve(signal === null ? { exitCode: code ?? 1, signal } : endedBy(signal)));
  });
}

/** The result of a command that a signal ended, as shells report it. */
export function endedBy(signal: NodeJS.Signals): RunResult {
  return { exitCode: 128 + constants.signals[signal], signal };
}

function notStarted(program: string, error: Error): ClojarsFetchError {
  const name = escapeForDisplay(program, 300);
  const code = systemErrorCode(error);
  const isMissing = code === 'ENOENT';
  return new ClojarsFetchError('ERR_CONFIG', {
    reason: 'bad-value',
    cause: error,
    message: isMissing ? `the command '${name}' was not found` : `the command '${name}' cannot be started: ${code ?? error.message}`,
    hint: isMissing
      ? 'Check its spelling and the variable PATH. Builtins of a shell need one: for example, write \'clojars-fetch exec -- sh -c "…"\'.'
      : 'Check that the file is a program, and that you may run it.',
  });
}
