import { describe, expect, test } from 'vitest';

import { ClojarsFetchError, type ErrorCode } from '../../src/base/error.js';
import { exitCodeFor, exitCodeForChecks } from '../../src/cli/output/exit-code.js';
import { run } from '../../src/cli/run.js';

/** Runs the CLI in this process with streams that keep the output. Only for verbs and mistakes that do not need the library. */
async function cli(...argv: string[]) {
  let stdout = '';
  let stderr = '';
  const code = await run(argv, {
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: (text) => (stderr += text) },
    environment: {},
    signal: new AbortController().signal,
  });
  return { code, stdout, stderr };
}

describe('exit codes', () => {
  test.each([
    ['ERR_COORDINATE', 2],
    ['ERR_CONFIG', 2],
    ['ERR_NOT_FOUND', 3],
    ['ERR_CHECKSUM', 4],
    ['ERR_SIGNATURE', 4],
    ['ERR_QUORUM', 4],
    ['ERR_LOCKFILE', 4],
    ['ERR_UNREACHABLE', 5],
    ['ERR_POM', 6],
    ['ERR_RANGE', 6],
    ['ERR_LIMIT', 6],
    ['ERR_LOCAL_REPOSITORY', 7],
    ['ERR_OFFLINE', 8],
    ['ERR_ABORTED', 130],
  ] satisfies [ErrorCode, number][])('%s has %d', (code, exitCode) => {
    expect(exitCodeFor(new ClojarsFetchError(code, { reason: 'x', message: 'x' }))).toBe(exitCode);
  });
  test('any other error is internal', () => {
    expect([new TypeError('x'), 'text', undefined, null].map(exitCodeFor)).toEqual([1, 1, 1, 1]);
  });
  test('doctor', () => {
    const check = (name: string, status: 'ok' | 'warn' | 'fail') => ({ name, status });
    expect(exitCodeForChecks([check('disk', 'ok'), check('clock', 'warn')])).toBe(0);
    expect(exitCodeForChecks([check('repository config', 'fail'), check('mirror https://cache.example.org/', 'fail')])).toBe(5);
    for (const name of ['local repository', 'cache folder', 'state folder', 'disk space'])
      expect(exitCodeForChecks([check('clock', 'fail'), check(name, 'fail')])).toBe(7);
    expect(exitCodeForChecks([check('disk space', 'fail'), check('configuration', 'fail')])).toBe(2);
  });
});

describe('run', () => {
  test('prints the help', async () => {
    const { code, stdout, stderr } = await cli('--help');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    await expect(stdout).toMatchFileSnapshot('../golden/cli/help.txt');
    expect((await cli('help')).stdout).toBe(stdout);
  });
  test('prints the help of a verb', async () => {
    const { code, stdout, stderr } = await cli('lock', '-h');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    await expect(stdout).toMatchFileSnapshot('../golden/cli/help-lock.txt');
    expect((await cli('help', 'lock')).stdout).toBe(stdout);
    expect((await cli('lock', '--tree', '--help')).stdout).toBe(stdout);
  });
  test('prints the help of a subcommand', async () => {
    const { code, stdout } = await cli('mirror', 'stats', '--help');
    expect(code).toBe(0);
    expect(stdout).toContain('Usage: clojars-fetch mirror stats LOG… [OPTIONS]');
    expect((await cli('help', 'mirror', 'stats')).stdout).toBe(stdout);
  });
  test('says that there is no help for a word that is not a verb', async () => {
    const { code, stdout, stderr } = await cli('help', 'projekt');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toBe("error: unknown verb 'projekt'\n\nhint: Did you mean 'clojars-fetch help project'?\n");
  });
  test.each([
    [['a/b', '1.0', 'c/d', '2.0'], "'a/b' and 'c/d'"],
    [['g:a:1.0', 'h:b:2.0'], "'g:a:1.0' and 'h:b:2.0'"],
  ])('refuses several coordinates: %j', async (words, both) => {
    const { code, stderr } = await cli(...words);
    expect(code).toBe(2);
    expect(stderr).toContain(`only one artifact can be fetched at a time, got ${both}`);
    expect(stderr).toContain("'clojars-fetch deps' takes several coordinates");
  });
  test('suggests the subcommand that was probably meant', async () => {
    expect((await cli('mirrors', 'chek')).stderr).toContain("hint: Did you mean 'clojars-fetch mirrors check'?");
  });
  test('prints the version of package.json for --version', async () => {
    const { code, stdout, stderr } = await cli('--version');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\S*\n$/);
  });
  test('reports a mistake on stderr, with a hint and exit code 2', async () => {
    expect(await cli('--ofline', 'a/b', '1')).toEqual({
      code: 2,
      stdout: '',
      stderr: "error: unknown option '--ofline'\n\nhint: Did you mean '--offline'?\n",
    });
    expect(await cli('verions', 'a/b')).toEqual({
      code: 2,
      stdout: '',
      stderr:
        "error: 'verions' is not a verb, and 'a/b' is not a version of an artifact of that name\n\nhint: Did you mean 'clojars-fetch versions a/b'?\n",
    });
    expect((await cli('mirorr', 'sync')).stderr).toContain("hint: Did you mean 'clojars-fetch mirror sync'?");
    expect(await cli('versions', 'a/b', '1.0')).toEqual({
      code: 2,
      stdout: '',
      stderr:
        "error: 'versions' takes no version, got '1.0'\n\nhint: Run 'clojars-fetch versions a/b' to list all versions, or 'clojars-fetch a/b 1.0' to fetch this one.\n",
    });
  });
  test('reports a mistake under --json as a document on stdout', async () => {
    const { code, stdout, stderr } = await cli('--json', '--level', 'high', 'a/b');
    expect({ code, stderr }).toEqual({ code: 2, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({
      schemaVersion: 1,
      warnings: [],
      error: { code: 'ERR_CONFIG', reason: 'bad-value', coordinate: null, attempts: [] },
    });
  });
  test('refuses a verb of a later version', async () => {
    const { code, stdout, stderr } = await cli('sign');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('not available in this version');
  });
  test("escapes the user's own words, too", async () => {
    expect((await cli('--level', '\u001b[2Jx')).stderr).not.toContain('\u001b');
  });
});
