/** The verb `config`: what it prints, its documents and its exit codes. */
import { homedir } from 'node:os';

import { describe, expect } from 'vitest';

import { run } from '../../../src/cli/run.js';
import { schemaViolations } from '../../support/json-schema.js';
import { it as test, type Workbench } from '../../support/workbench.js';
import { Home } from './support.js';

interface Printed {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the verb on a file of the test. */
async function config(...words: readonly string[]): Promise<Printed> {
  let stdout = '';
  let stderr = '';
  const code = await run(['config', ...words], {
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: (text) => (stderr += text) },
    environment: {},
    signal: new AbortController().signal,
  });
  return { code, stdout, stderr };
}

/** Records of undo are in the user's state folder. */
function useStateOf(bench: Workbench): void {
  const before = process.env['XDG_STATE_HOME'];
  process.env['XDG_STATE_HOME'] = bench.folder;
  bench.atEnd(() => {
    if (before === undefined) delete process.env['XDG_STATE_HOME'];
    else process.env['XDG_STATE_HOME'] = before;
    return Promise.resolve();
  });
}

describe('config', () => {
  test('says to users of Ivy that it takes a refused file for a missing one', async ({ bench }) => {
    useStateOf(bench);
    const { stdout } = await config('ivy', await new Home(bench).write('ivysettings.xml', '<ivysettings/>\n'));
    expect(stdout).toContain('To Ivy a file that the proxy refuses (502) is a missing one, and it asks its next resolver');
  });

  test('prints the lines, writes them once, checks them, and takes them back', async ({ bench }) => {
    useStateOf(bench);
    const home = new Home(bench);
    const file = await home.write('deps.edn', '{}\n');
    const plan = await config('clj', file, '--url', 'http://localhost:1234');
    expect(plan).toMatchObject({ code: 0, stderr: '' });
    expect(plan.stdout).toBe(`Add to ${file}:

  {:mvn/repos
   {"central" {:url "http://localhost:1234/central/" :clojars-fetch/proxy true}
    "clojars" {:url "http://localhost:1234/clojars/" :clojars-fetch/proxy true}}}

Set in the environment of the tool:

  CLOJURE_CLI_ALLOW_HTTP_REPO=true

tools.deps also follows the mirrors of Maven's settings.xml: after 'clojars-fetch config maven --write', this file needs no change.

'clojars-fetch config clj --write' adds the lines; 'clojars-fetch config clj --undo' takes them out again.
`);
    const url = ['--url', 'http://localhost:1234'] as const;
    expect(await config('clj', file, ...url, '--check')).toMatchObject({
      code: 2,
      stdout: `not set up  ${file}\nneeds  CLOJURE_CLI_ALLOW_HTTP_REPO=true\n`,
    });
    const written = await config('clj', file, ...url, '--write');
    expect(written.code).toBe(0);
    expect(written.stdout).toContain(`written  ${file} (backup: ${file}.clojars-fetch-backup)`);
    expect((await config('clj', file, ...url, '--write')).stdout).toContain(`unchanged  ${file} (set up already)`);
    expect(await config('clj', file, ...url, '--check')).toMatchObject({ code: 0 });
    expect((await config('clj', file, ...url)).stdout).toContain(`${file} is set up.`);
    expect((await config('clj', file, ...url, '--undo')).stdout).toBe(`restored  ${file}\n`);
    expect(await home.read('deps.edn')).toBe('{}\n');
    expect((await config('clj', file, '--undo')).stdout).toBe(`unchanged  ${file} (nothing to undo)\n`);
  });

  test('prints what to add by hand if it cannot write without a guess', async ({ bench }) => {
    useStateOf(bench);
    const file = await new Home(bench).write(
      'settings.xml',
      '<settings>\n<mirrors><mirror><id>n</id><mirrorOf>*</mirrorOf><url>https://n/</url></mirror></mirrors></settings>',
    );
    const { code, stdout, stderr } = await config('maven', file, '--write');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(`Add to ${file}:`);
    expect(stderr).toContain('<url>http://127.0.0.1:8141/clojars/</url>');
    expect(stderr).toContain(`error: ${file}: line 2, column 10: the mirror 'n' (*) already stands for 'central', at https://n/`);
    expect(stderr).toContain('hint: If it is a repository manager');
    const check = await config('maven', file, '--check');
    expect(check.code).toBe(2);
    expect(check.stdout).toContain(`blocked  ${file}\n  ${file}:2:10: the mirror 'n'`);
  });

  test('prints documents that follow their schema', async ({ bench }) => {
    useStateOf(bench);
    const file = await new Home(bench).write('settings.xml', '<settings>\n<mirrors/><mirrors/></settings>');
    for (const words of [
      ['maven', file],
      ['maven', file, '--check'],
      ['sbt', `${file}-2`, '--write'],
      ['sbt', `${file}-2`, '--undo'],
    ]) {
      const document: unknown = JSON.parse((await config(...words, '--json')).stdout);
      expect(schemaViolations(document, 'config')).toEqual([]);
      expect(document).toMatchObject({ tool: words[0], url: 'http://127.0.0.1:8141/' });
    }
    const failure: unknown = JSON.parse((await config('maven', file, '--write', '--json')).stdout);
    expect(schemaViolations(failure, 'failure')).toEqual([]);
    expect(failure).toMatchObject({ error: { code: 'ERR_CONFIG', reason: 'conflict' } });
  });

  test('refuses what it does not understand', async () => {
    expect(await config()).toMatchObject({ code: 2, stderr: expect.stringContaining('no tool was given') as string });
    expect(await config('mvn')).toMatchObject({ code: 2, stderr: expect.stringContaining("'mvn' is not a tool") as string });
    expect(await config('maven', 'a', 'b')).toMatchObject({ code: 2, stderr: expect.stringContaining("got 'b' too") as string });
    expect((await config('maven', '--write', '--undo')).stderr).toContain('--write and --undo exclude each other');
    expect((await config('maven', '--url', 'http://10.0.0.1/')).stderr).toContain('--url: plain http to 10.0.0.1 is not allowed');
  });

  test('names the files in the home folder', async () => {
    expect((await config('cursive')).stdout).toContain(homedir());
  });
});
