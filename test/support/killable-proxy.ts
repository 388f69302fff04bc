/** The built proxy as a process that can be killed, and started again on the same port. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { cliPath, isolatedEnvironment } from './processes.js';

/** The parts of a proxy that a tool needs. */
export interface Reachable {
  readonly url: string;
  /** PEM file; null without TLS. */
  readonly certificateAuthority: string | null;
}

export interface KillableProxyOptions {
  /** HOME, with the cache; kept by the caller. */
  readonly home: string;
  /** Canonical URL of the repository `r`. */
  readonly url: string;
  readonly words?: readonly string[] | undefined;
  /** Added to its environment. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Default: a free one. */
  readonly port?: number | undefined;
  /** Called for each request that the proxy has answered. */
  readonly onRequest?: (() => void) | undefined;
}

export class KillableProxy implements Reachable {
  readonly url: string;
  readonly certificateAuthority: string | null;
  /** Lines of the log about requests without an answer. */
  readonly failures: readonly string[];
  readonly #options: KillableProxyOptions;
  readonly #child: ChildProcess;

  private constructor(
    options: KillableProxyOptions,
    child: ChildProcess,
    failures: readonly string[],
    { url, certificateAuthority }: Reachable,
  ) {
    this.failures = failures;
    this.#options = options;
    this.#child = child;
    this.url = url;
    this.certificateAuthority = certificateAuthority;
  }

  /** Starts the proxy, and waits until it listens. */
  static async start(options: KillableProxyOptions): Promise<KillableProxy> {
    const { home, url, words = [], env = {}, port = 0, onRequest } = options;
    const named = ['--port', String(port), '--repo', `r=${url}`, '--no-config', '--json', '--log-level', 'info', ...words];
    const child = spawn(process.execPath, [cliPath, 'proxy', ...named], { env: { ...isolatedEnvironment(home), ...env }, cwd: home });
    let log = '';
    const failures: string[] = [];
    createInterface(child.stderr).on('line', (line) => {
      log += `${line}\n`;
      if (line.includes('"method":')) onRequest?.();
      if (/"status":5\d\d/.test(line)) failures.push(line);
    });
    let text = '';
    for await (const piece of child.stdout) {
      text += String(piece);
      if (text.trimEnd().endsWith('}')) break;
    }
    if (text === '') throw new Error(`the proxy did not start: ${log}`);
    return new KillableProxy(options, child, failures, JSON.parse(text) as Reachable);
  }

  /** Kills it without notice, and waits for its end. */
  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await ended;
  }

  /** Kills it, and starts it again on its port. */
  async restart(): Promise<KillableProxy> {
    await this.kill();
    return KillableProxy.start({ ...this.#options, onRequest: undefined, port: Number(new URL(this.url).port) });
  }
}

/** The folder of the repository `r` in the cache of a proxy with this home. */
export function cachedFiles(home: string): string {
  return join(home, '.cache', 'clojars-fetch', 'proxy', 'r');
}
