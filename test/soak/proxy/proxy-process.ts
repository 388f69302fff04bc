/** The proxy of the built command line as a process of its own, whose memory and descriptors are looked at while it works. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { cliPath, isolatedEnvironment } from '../../support/processes.js';

/** Memory and descriptors of a process. */
export interface Use {
  readonly memoryBytes: number;
  readonly descriptors: number;
}

export class ProxyProcess {
  readonly url: string;
  readonly port: number;
  readonly #child: ChildProcess;
  #log = '';

  private constructor(child: ChildProcess, url: string) {
    this.#child = child;
    this.url = url;
    this.port = Number(new URL(url).port);
    child.stderr?.on('data', (piece: Buffer) => (this.#log = (this.#log + piece.toString()).slice(-4_000)));
  }

  /**
   * Starts it with a home folder of its own.
   *
   * @param starter a command that becomes the one that follows its words
   */
  static async start(home: string, words: readonly string[], starter: readonly string[] = []): Promise<ProxyProcess> {
    mkdirSync(join(home, 'tmp'), { recursive: true });
    const [program = '', ...rest] = [...starter, process.execPath, cliPath, 'proxy', '--port', '0', '--json', '--no-config', ...words];
    const child = spawn(program, rest, {
      env: isolatedEnvironment(home),
      cwd: home,
    });
    let text = '';
    for await (const piece of child.stdout) {
      text += String(piece);
      if (text.trimEnd().endsWith('}')) break;
    }
    const { url } = JSON.parse(text === '' ? '{}' : text) as { url?: string };
    if (url === undefined) throw new Error(`the proxy did not start: ${text}`);
    return new ProxyProcess(child, url);
  }

  /** A folder as the process sees it, for one in another mount namespace. */
  view(folder: string): string {
    return `/proc/${this.#child.pid}/root${folder}`;
  }

  /** The last lines of its log. */
  get log(): string {
    return this.#log;
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  use(): Use {
    const folder = `/proc/${this.#child.pid}`;
    const kibibytes = /^VmRSS:\s*(\d+) kB$/m.exec(readFileSync(join(folder, 'status'), 'latin1'))?.[1] ?? '0';
    return { memoryBytes: Number(kibibytes) * 1024, descriptors: readdirSync(join(folder, 'fd')).length };
  }

  /** Looks at {@link ProxyProcess.use} once a second. Returns the function that ends this and returns what was seen. */
  watch(): () => readonly Use[] {
    const samples: Use[] = [];
    const timer = setInterval(() => {
      if (this.isRunning) samples.push(this.use());
    }, 1_000);
    return () => {
      clearInterval(timer);
      return samples;
    };
  }

  /** Ends it as a service manager does. Returns its exit code. */
  async stop(): Promise<number | null> {
    if (!this.isRunning) return this.#child.exitCode;
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    const [code] = (await ended) as [number | null];
    return code;
  }
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

/** A run of this many seconds has come to rest in its middle third. */
const longSeconds = 240;
const mostBytes = 160e6;

/**
 * Compares the last third of the samples with the middle one, and returns what has grown. The first third warms up. Of a long run, memory
 * must stay within 5 %, and below 160 MB.
 */
export function growth(samples: readonly Use[]): readonly string[] {
  const third = Math.floor(samples.length / 3);
  if (third === 0) return ['too few samples'];
  const [middle, last] = [samples.slice(third, 2 * third), samples.slice(2 * third)];
  const memory = [middle, last].map((part) => median(part.map(({ memoryBytes }) => memoryBytes)));
  const descriptors = [middle, last].map((part) => Math.max(...part.map((use) => use.descriptors)));
  const [m1 = 0, m2 = 0] = memory;
  const [d1 = 0, d2 = 0] = descriptors;
  const isLong = samples.length >= longSeconds;
  // A short run is still warming up in its middle third.
  const mostMemory = isLong ? 1.05 * m1 : (samples.length < 60 ? 1.3 : 1.1) * m1 + 8 * 2 ** 20;
  const peak = Math.max(...samples.map(({ memoryBytes }) => memoryBytes));
  return [
    m2 > mostMemory ? `memory grew from ${m1} to ${m2} bytes` : [],
    isLong && peak > mostBytes ? `memory came to ${peak} bytes` : [],
    d2 > 1.2 * d1 + 40 ? `descriptors grew from ${d1} to ${d2}` : [],
  ].flat();
}
