/** Runs one command with a proxy of its own. */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

import { ClojarsFetchError } from '../../base/error.js';
import { safeListener } from '../../base/event.js';
import { userFolders } from '../../base/user-folders.js';
import { createProxyWith, type ExpectingProxy } from '../proxy/create-proxy.js';
import { parseProxyAddress, publicRepositories } from '../tool-setup/address.js';
import { endedBy, runChild, SignalRelay } from './child.js';
import type { RunOptions, RunResult } from './exec-options.js';
import type { CommandLine } from './lesson.js';
import { createPrivateFolder, removePrivateFolder } from './private-folder.js';

/**
 * Runs a build tool, or a script that calls one, with a proxy that it asks for Central and Clojars, and that fetches what the project of the
 * working folder needs while the tool starts. No file of the user's is changed; a tool that cannot be told about the proxy so is reported as
 * a warning `exec`, and runs as it is configured. Until the command ends, this process passes signals on to it.
 *
 * @param command the program and its arguments; they are not read by a shell
 * @throws {ClojarsFetchError} `ERR_CONFIG` if the command is missing or cannot be started; otherwise as `createProxy`
 */
export async function runWithProxy(command: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  if ((command[0] ?? '') === '') throw noCommand();
  const relay = new SignalRelay();
  try {
    const { profiles: _p, aliases: _a, workingFolder: _w, environment: _e, homeFolder: _h, ...proxyOptions } = options;
    const proxy = await createProxyWith({ ...proxyOptions, port: 0, useLocalRepository: false, signal: undefined }, atRest);
    try {
      return await new Run(command, options, proxy).run(relay);
    } finally {
      await proxy.close({ graceMs: 0 });
    }
  } finally {
    relay.end();
  }
}

/** A tool that finds everything in its local repository asks for nothing, and wants the processor while it starts. */
const atRest = { isPrepared: false, countAfterMs: 5_000 };

class Run {
  readonly #command: readonly string[];
  readonly #options: RunOptions;
  readonly #proxy: ExpectingProxy;
  readonly #workingFolder: string;
  readonly #emit: NonNullable<RunOptions['onEvent']>;
  #isOver = false;

  constructor(command: readonly string[], options: RunOptions, proxy: ExpectingProxy) {
    this.#command = command;
    this.#options = options;
    this.#proxy = proxy;
    this.#workingFolder = resolve(options.workingFolder ?? '.');
    this.#emit = safeListener(options.onEvent);
  }

  async run(relay: SignalRelay): Promise<RunResult> {
    const folder = createPrivateFolder();
    try {
      const { words, env } = await this.#prepare(folder);
      if (relay.early !== null) return endedBy(relay.early);
      const onStart = (child: Parameters<SignalRelay['passTo']>[0]): void => {
        relay.passTo(child);
        void this.#lookAhead();
      };
      return await runChild({ words, env, workingFolder: this.#workingFolder, onStart });
    } finally {
      this.#isOver = true;
      removePrivateFolder(folder);
    }
  }

  readonly #warn = (message: string): void => this.#emit({ type: 'warning', warning: 'exec', message });

  async #prepare(folder: string): Promise<CommandLine> {
    const { url, repositories, certificateAuthority } = this.#proxy;
    const { environment: env = process.env, homeFolder = homedir() } = this.#options;
    const missing = publicRepositories.filter(({ id }) => !repositories.includes(id)).map(({ id }) => `'${id}'`);
    if (missing.length > 0)
      this.#warn(`the proxy has no repository ${missing.join(' and no repository ')}, which build tools will ask it for`);
    // The code of a proxy that serves is not read together with this, and with what each tool is told.
    const { prepareTools } = await import('./prepare-tools.js');
    const line = await prepareTools({
      address: parseProxyAddress(url),
      command: this.#command,
      surroundings: { env, homeFolder, isThere: existsSync },
      workingFolder: this.#workingFolder,
      folder,
      recordFolder: join(userFolders(env, process.platform, homeFolder).state, 'tool-setup'),
      warn: this.#warn,
    });
    line.env['CLOJARS_FETCH_PROXY_URL'] = url;
    if (certificateAuthority !== null) {
      line.env['CLOJARS_FETCH_PROXY_CA'] = certificateAuthority;
      const { trustCertificate } = await import('./java-truststore.js');
      await trustCertificate(certificateAuthority, line.env, this.#warn);
    }
    return line;
  }

  /** Never rejects: the tool asks for everything itself. */
  async #lookAhead(): Promise<void> {
    try {
      const { environment: env = process.env, profiles, aliases } = this.#options;
      const [{ expectedOf }, { namedRepository }] = await Promise.all([
        import('../proxy/ahead/expected-project.js'),
        import('../proxy/ahead/tool-repository.js'),
      ]);
      const find = expectedOf({
        place: this.#workingFolder,
        profiles,
        aliases,
        namedRepository: namedRepository(this.#command, env, this.#workingFolder),
        localRepository: this.#proxy.localRepository,
      });
      if (find !== null) await this.#proxy.expect(find);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      if (!this.#isOver) this.#warn(`nothing is fetched ahead, because the project cannot be read: ${why}`);
    }
  }
}

function noCommand(): ClojarsFetchError {
  return new ClojarsFetchError('ERR_CONFIG', {
    reason: 'bad-value',
    message: 'no command was given',
    hint: "For example, run 'clojars-fetch exec -- lein test'.",
  });
}
