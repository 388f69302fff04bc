/** `exec` as a shell sees it: streams, signals and exit codes. */
import { existsSync, readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { describe, expect, test } from 'vitest';

import { cliPath, runCli, type RunResult } from '../support/processes.js';
import { useSurroundings } from './surroundings.js';

const here = useSurroundings();

interface How {
  readonly options?: readonly string[];
  readonly words?: readonly string[];
  /** Sent when the command has written the file `ready`. */
  readonly signal?: NodeJS.Signals;
}

/** Runs `exec` with a script for Node as the command. */
async function exec(code: string, { options = [], words = [], signal }: How = {}): Promise<RunResult> {
  const file = join(here.home, 'tool.mjs');
  await writeFile(file, `import { writeFileSync } from 'node:fs';\nconst ready = () => writeFileSync('ready', '');\n${code}`);
  let isOver = false;
  const result = runCli(['exec', '--no-config', ...options, '--', process.execPath, file, ...words], {
    home: here.home,
    onStart: (child) => {
      const send = async (): Promise<void> => {
        while (!isOver && !existsSync(join(here.home, 'ready'))) await delay(20);
        if (signal !== undefined) child.kill(signal);
      };
      void send();
    },
  });
  return result.finally(() => (isOver = true));
}

describe('exec', () => {
  test('hands streams, words and the exit code through', async () => {
    const result = await exec("console.log(process.argv.slice(2).join(' ')); console.error('err'); process.exitCode = 9;", {
      words: ['--json', '--', '-v'],
    });
    expect(result).toMatchObject({ code: 9, stdout: '--json -- -v\n', stderr: 'err\n' });
    expect(readdirSync(join(here.home, 'tmp'))).toEqual([]);
  });

  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('passes %s on, and serves until the command has ended', async (signal) => {
    const code = `
      const on = setInterval(() => undefined, 1000);
      process.on('${signal}', async () => {
        const { status } = await fetch(process.env.CLOJARS_FETCH_PROXY_URL + '-/health');
        console.log('${signal}', status);
        process.exit(5);
      });
      ready();`;
    expect(await exec(code, { signal })).toMatchObject({ code: 5, stdout: `${signal} 200\n` });
    expect(readdirSync(join(here.home, 'tmp'))).toEqual([]);
  });

  test('runs within another one: each has its own proxy, and both end', async () => {
    const inner = `const { CLOJARS_FETCH_PROXY_URL: url, OUTER } = process.env;
      const { status } = await fetch(url + '-/health');
      console.log(status, url !== OUTER);
      process.exitCode = 7;`;
    const innerFile = join(here.home, 'inner.mjs');
    await writeFile(innerFile, inner);
    const outer = `import { spawnSync } from 'node:child_process';
      const { CLOJARS_FETCH_PROXY_URL: OUTER } = process.env;
      const words = [${JSON.stringify(cliPath)}, 'exec', '--no-config', '--', process.execPath, ${JSON.stringify(innerFile)}];
      const { status } = spawnSync(process.execPath, words, { env: { ...process.env, OUTER }, stdio: 'inherit' });
      process.exitCode = status;`;
    expect(await exec(outer)).toMatchObject({ code: 7, stdout: '200 true\n' });
    expect(readdirSync(join(here.home, 'tmp'))).toEqual([]);
  });

  test('takes the options of the proxy, and logs at the level that is asked for', async () => {
    const code = "await fetch(process.env.CLOJARS_FETCH_PROXY_URL + 'nowhere/x'); process.exitCode = 3;";
    const options = [
      ...['--cache', join(here.home, 'cache'), '--cache-size', '4GiB', '--patience', '1', '--max-stale', '1d', '--no-early-bytes'],
      ...['--no-ahead', '--download-log', join(here.home, 'downloads'), '--profile', 'x', '--alias', 'y'],
    ];
    expect(await exec(code, { options })).toMatchObject({ code: 3, stdout: '', stderr: '' });
    const { code: exitCode, stderr } = await exec(code, { options: [...options, '--log-level', 'info'] });
    expect(exitCode).toBe(3);
    expect(JSON.parse(stderr)).toMatchObject({ level: 'info', path: '/nowhere/x', status: 404 });
  });

  test('reports a command that a signal ends as shells do', async () => {
    expect(await exec('setInterval(() => undefined, 1000); ready();', { signal: 'SIGTERM' })).toMatchObject({ code: 143 });
    expect(await exec("process.kill(process.pid, 'SIGKILL')")).toMatchObject({ code: 137 });
    expect(readdirSync(join(here.home, 'tmp'))).toEqual([]);
  });

  test.each([
    [['exec'], "error: no command was given\n\nhint: For example, run 'clojars-fetch exec -- lein test'.\n"],
    [['exec', '--'], "error: no command was given\n\nhint: For example, run 'clojars-fetch exec -- lein test'.\n"],
    [
      ['exec', 'lein', 'test'],
      "error: 'exec' needs '--' before the command, got 'lein'\n\nhint: Write 'clojars-fetch exec -- lein test'.\n",
    ],
    [
      ['exec', '--port', '0', '--', 'lein'],
      "error: --port belongs to the verb 'proxy'\n\nhint: Write 'clojars-fetch proxy --port NUMBER'.\n",
    ],
  ])('refuses %j', async (words, stderr) => {
    expect(await runCli(words, { home: here.home })).toMatchObject({ code: 2, stdout: '', stderr });
  });

  test('refuses --json, and a command that is not there', async () => {
    expect(await exec('', { options: ['--json'] })).toMatchObject({ code: 2, stderr: '' });
    const missing = await runCli(['exec', '--no-config', '--', 'no-such-program-9'], { home: here.home });
    expect(missing).toMatchObject({ code: 2, stdout: '' });
    expect(missing.stderr).toContain("error: the command 'no-such-program-9' was not found\n\nhint: Check its spelling");
  });
});
