/**
 * Flushes a whole file system, with `sync` of Linux: file by file takes far longer. One shell runs it each time, since to start a program from
 * a large process takes that process longer than the program itself.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';

/** Answers each line with whether `sync` succeeded. */
const script = 'while read -r line; do if sync -f "$1"; then echo y; else echo n; fi; done';

type Shell = ChildProcess & { readonly stdin: Writable; readonly stdout: Readable };

export class Flusher {
  readonly #folder: string;
  readonly #platform: string;
  /** Null before the first flush. */
  #shell: Shell | null = null;
  #hasEnded = false;
  /** In the order in which they asked. */
  readonly #waiting: ((isFlushed: boolean) => void)[] = [];

  /** @param folder of the file system; must exist at every flush */
  constructor(folder: string, platform: string = process.platform) {
    this.#folder = folder;
    this.#platform = platform;
  }

  /** Resolves to whether all that was written before the call survives a power cut. */
  flush(): Promise<boolean> {
    if (this.#platform !== 'linux' || this.#hasEnded) return Promise.resolve(false);
    const shell = (this.#shell ??= this.#start());
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      shell.stdin.write('\n');
    });
  }

  /** Ends the shell once it has answered. */
  close(): void {
    this.#shell?.stdin.end();
  }

  #start(): Shell {
    const shell = spawn('sh', ['-c', script, 'sh', this.#folder], { stdio: ['pipe', 'pipe', 'ignore'] });
    shell.stdin.on('error', () => undefined);
    shell.stdout.setEncoding('latin1').on('data', (answers: string) => {
      for (const answer of answers.replaceAll('\n', '')) this.#waiting.shift()?.(answer === 'y');
    });
    shell.on('error', () => this.#end()).on('close', () => this.#end());
    return shell;
  }

  #end(): void {
    this.#hasEnded = true;
    for (const answer of this.#waiting.splice(0)) answer(false);
  }
}
