/** Runs commands with a proxy, in a home folder of the test's own. The command is a script that notes what it was given. */
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import type { RunOptions, RunResult } from '../../../src/app/exec/exec-options.js';
import { runWithProxy } from '../../../src/app/exec/run-with-proxy.js';
import { testWith, Workbench } from '../../support/workbench.js';

/** Notes of a tool: its words, its environment, and the answers that it got. */
export interface Seen {
  readonly words: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Texts of the files that the words and variables name; of a folder, by the names of its entries. */
  readonly files: Readonly<Record<string, string>>;
  readonly bodies: Readonly<Record<string, { readonly status: number; readonly size: number }>>;
}

/** Notes everything in the file SEEN, asks the proxy for the paths in ASK, and then does what AND_THEN says. */
const script = `
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
const { env, argv } = process;
const files = {};
const note = (path, depth) => {
  try {
    if (!statSync(path).isDirectory()) files[path] = readFileSync(path, 'utf8');
    else if (depth > 0) for (const name of readdirSync(path)) note(join(path, name), depth - 1);
  } catch {}
};
for (const path of [...argv.slice(2), env.LEIN_HOME, env.CLJ_CONFIG, env.COURSIER_MIRRORS]) if (path) note(path, 3);
const bodies = {};
for (const path of (env.ASK ?? '').split(' ').filter(Boolean)) {
  const response = await fetch(env.CLOJARS_FETCH_PROXY_URL + path);
  bodies[path] = { status: response.status, size: (await response.arrayBuffer()).byteLength };
}
writeFileSync(env.SEEN, JSON.stringify({ words: argv.slice(2), env, files, bodies }));
if (env.AND_THEN) await eval('(async () => {' + env.AND_THEN + '})()');
`;

export class ExecBench extends Workbench {
  get home(): string {
    return join(this.folder, 'home');
  }

  get project(): string {
    return join(this.folder, 'project');
  }

  /** Writes a file of the user's or of the project. */
  async put(path: string, text: string): Promise<string> {
    const file = join(this.folder, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
    return file;
  }

  /** Writes a program of this name. */
  async tool(name: string): Promise<string> {
    const main = await this.put('bin/main.mjs', script);
    const file = await this.put(`bin/${name}`, `#!/bin/sh\nexec '${process.execPath}' '${main}' "$@"\n`);
    await chmod(file, 0o755);
    return file;
  }

  async runCommand(command: readonly string[], options: RunOptions = {}): Promise<RunResult> {
    await mkdir(this.project, { recursive: true });
    const { environment, ...more } = options;
    return runWithProxy(command, {
      ...this.ownFolders(),
      homeFolder: this.home,
      workingFolder: this.project,
      lookAhead: false,
      repositories: [
        { id: 'central', url: 'http://127.0.0.1:1/' },
        { id: 'clojars', url: 'http://127.0.0.1:1/' },
      ],
      environment: { PATH: process.env['PATH'], HOME: this.home, SEEN: join(this.folder, 'seen.json'), ...environment },
      ...more,
    });
  }

  async seen(): Promise<Seen> {
    return JSON.parse(await readFile(join(this.folder, 'seen.json'), 'utf8')) as Seen;
  }

  get warnings(): readonly string[] {
    return this.of('warning').map(({ message }) => message);
  }
}

export const it = testWith(() => new ExecBench());
