/** The examples of the documentation run: configuration, library, command line. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import ts from 'typescript';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { parseConfiguration } from '../../src/local/settings/configuration-file.js';
import { createRepositories } from '../../src/local/settings/effective-repositories.js';
import { SourceRecord } from '../../src/local/settings/sources.js';
import { type FaultServer, startFaultServer } from '../support/fault-server.js';
import { createFixtureRepository } from '../support/maven-repository.js';
import { cliPath, isolatedEnvironment } from '../support/processes.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { blocksOf } from './blocks.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const { files } = createFixtureRepository({
  artifacts: [
    { group: 'hiccup', artifact: 'hiccup', versions: ['1.0.4', '1.0.5'] },
    { group: 'org.example', artifact: 'parent', versions: ['1.2.0'], packaging: 'pom' },
  ],
});

describe('configuration examples', () => {
  test.each(blocksOf('json'))('at $place are configuration files', ({ text }) => {
    const file = parseConfiguration(text, '/home/me/config.json', '/home/me');
    expect(Object.keys(file).length).toBeGreaterThan(0);
    expect(() =>
      createRepositories({
        options: {},
        file,
        settings: null,
        env: {},
        allowHttp: file.allowHttp ?? [],
        fromOptions: 'options',
        fromFile: 'file',
        fromSettings: 'settings',
        record: new SourceRecord(),
      }),
    ).not.toThrow();
  });
});

describe.skipIf(process.platform === 'win32')('command examples that need only local dependencies', () => {
  let home = '';
  let server: FaultServer;
  beforeEach(async () => {
    if (!existsSync(cliPath)) throw new Error('dist is missing: run `npm run build` first');
    home = await temporaryFolder();
    server = await startFaultServer({ files });
    await mkdir(join(home, 'tmp'));
    await mkdir(join(home, '.config', 'clojars-fetch'), { recursive: true });
    await writeFile(
      join(home, '.config', 'clojars-fetch', 'config.json'),
      JSON.stringify({ repositories: [{ id: 'clojars', url: server.url }] }),
    );
  });
  afterEach(() => server.close());

  function execute(command: string, words: readonly string[], path = ''): Promise<{ code: number | null; stdout: string; stderr: string }> {
    const env = isolatedEnvironment(home);
    const child = spawn(command, words, {
      cwd: home,
      env: { ...env, PATH: path === '' ? env['PATH'] : `${path}${delimiter}${env['PATH'] ?? ''}` },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    return new Promise((resolve, reject) => child.once('error', reject).once('close', (code) => resolve({ code, stdout, stderr })));
  }

  /** `npx` of this folder starts the built CLI; lein and mvn are only looked up. */
  async function makeTools(): Promise<string> {
    const tools = join(home, 'tools');
    await mkdir(tools);
    await writeFile(join(tools, 'npx'), `#!/bin/sh\nshift\nexec "${process.execPath}" "${cliPath}" "$@"\n`);
    await writeFile(join(tools, 'lein'), '#!/bin/sh\nexit 0\n');
    for (const name of ['npx', 'lein']) await chmod(join(tools, name), 0o755);
    return tools;
  }

  test.each(blocksOf('sh').filter(({ text }) => text.includes('coordinates.txt')))(
    'at $place stop at the first failure, with its exit code',
    async ({ text }) => {
      const tools = await makeTools();
      await writeFile(join(home, 'coordinates.txt'), 'hiccup/hiccup 1.0.4\nhiccup/hiccup 9.9.9\nhiccup/hiccup 1.0.5\n');
      const result = await execute('sh', ['-c', text], tools);
      expect(result.code).toBe(3);
      expect(result.stdout.trim().split('\n')).toHaveLength(1);
    },
  );

  /** Runs a library example with the built entries in place of the package's names. */
  async function runExample(text: string): Promise<{ code: number | null; stdout: string }> {
    const { outputText } = ts.transpileModule(text, { compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 } });
    const runnable = ['project', 'trust', 'proxy', 'mirror', 'audit'].reduce(
      (code, entry) => code.replaceAll(`'clojars-fetch/${entry}'`, JSON.stringify(join(root, 'dist', `${entry}.js`))),
      outputText.replaceAll("'clojars-fetch'", JSON.stringify(join(root, 'dist', 'index.js'))),
    );
    await writeFile(join(home, 'snippet.mjs'), runnable);
    return execute(process.execPath, ['snippet.mjs']);
  }

  const entryOf = (text: string): string => /'clojars-fetch\/(proxy|mirror)'/.exec(text)?.[1] ?? 'client';
  const [ofProxy, ofMirror, ofClients] = ['proxy', 'mirror', 'client'].map((entry) =>
    blocksOf('ts').filter(({ text }) => text.includes('import ') && entryOf(text) === entry),
  );

  test.each(ofMirror ?? [])('at $place count downloads', async ({ text }) => {
    const line = '::1 - - [29/Nov/2026:14:06:40 +0000] "GET /hiccup/hiccup/1.0.5/hiccup-1.0.5.jar HTTP/1.1" 200 1 "-" "-"\n';
    await writeFile(join(home, 'access.log.1'), line);
    const result = await runExample(text);
    expect(result).toMatchObject({ code: 0, stdout: expect.stringContaining('downloads-20261129.edn') as string });
  });

  test.each(ofClients ?? [])('at $place print a path', async ({ text }) => {
    await writeFile(join(home, 'project.clj'), '(defproject demo "1" :profiles {:base {}} :dependencies [[hiccup "1.0.5"]])\n');
    const result = await runExample(text);
    expect(result.code).toBe(0);
    expect(result.stdout).toContain(join(home, '.m2/repository/hiccup/hiccup/1.0.5/hiccup-1.0.5.jar'));
  });

  test.each(ofProxy ?? [])('at $place print the address of a proxy', async ({ text }) => {
    const result = await runExample(text);
    expect(result.code).toBe(0);
    expect(result.stdout).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/m);
  });

  test.each(blocksOf('sh').filter(({ text }) => text.includes('npx clojars-fetch') && !text.includes('example.org/clojars')))(
    'at $place run',
    async ({ text }) => {
      const tools = await makeTools();
      await writeFile(join(home, 'coordinates.txt'), 'hiccup/hiccup 1.0.4\nhiccup/hiccup 1.0.5\n');
      await mkdir(join(home, 'my-project'));
      await writeFile(
        join(home, 'my-project', 'project.clj'),
        '(defproject demo "1" :profiles {:base {}} :dependencies [[hiccup "1.0.5"]])\n',
      );
      await writeFile(
        join(home, 'my-project', 'deps.edn'),
        '{:deps {hiccup/hiccup {:mvn/version "1.0.5"}} :aliases {:test {:extra-deps {}}}}\n',
      );
      const result = await execute('sh', ['-e', '-c', text], tools);
      expect(result).toMatchObject({ code: 0 });
      // Closures are lists and trees, unless a class path was requested.
      const lines = result.stdout.trim().split('\n');
      const paths = / (?:deps|project)\b/.test(text) ? lines.filter((line) => line.startsWith('/')) : lines;
      for (const path of paths) expect((await readFile(path)).length).toBeGreaterThan(0);
      expect(existsSync(join(home, '.m2', 'repository'))).toBe(true);
      expect(lines.join('')).not.toBe('');
    },
  );
});
