/** The verb `proxy` of the built command line: how it starts, serves, reads its configuration again, and ends. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect } from 'vitest';

import { cliPath, isolatedEnvironment, runCli } from '../support/processes.js';
import { contentOf, testWith } from '../support/workbench.js';
import { CliBench, files, jarPath } from './surroundings.js';

interface Started {
  readonly child: ChildProcessWithoutNullStreams;
  readonly url: string;
  /** Everything on stderr so far. */
  readonly log: () => string;
}

class ProxyProcessBench extends CliBench {
  /** Starts the command, and waits for its document. */
  async startProxy(words: readonly string[]): Promise<Started> {
    const child = spawn(process.execPath, [cliPath, 'proxy', '--port', '0', '--json', ...words], {
      env: isolatedEnvironment(this.home),
      cwd: this.home,
    });
    this.atEnd(() => Promise.resolve(child.kill('SIGKILL')));
    let text = '';
    let log = '';
    child.stderr.on('data', (piece: Buffer) => (log += piece.toString()));
    for await (const piece of child.stdout) {
      text += String(piece);
      if (text.trimEnd().endsWith('}')) break;
    }
    const { url } = JSON.parse(text) as { url: string };
    return { child, url, log: () => log };
  }
}

const it = testWith(() => new ProxyProcessBench());

describe('clojars-fetch proxy', () => {
  it('serves until SIGTERM, and then ends with 0', async ({ bench }) => {
    const server = await bench.start();
    const { child, url, log } = await bench.startProxy([...bench.options([server]), '--no-config', '--log-level', 'info']);
    const answer = await fetch(`${url}example/${jarPath}`);
    expect(Buffer.from(await answer.arrayBuffer())).toEqual(contentOf(files, jarPath));
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
    const [line = ''] = log().split('\n');
    expect(JSON.parse(line)).toMatchObject({ level: 'info', method: 'GET', path: `/example/${jarPath}`, status: 200, cache: 'miss' });
  });

  it('reads its configuration again on SIGHUP, and keeps the old one if the new one is not valid', async ({ bench }) => {
    const [one, other] = [await bench.start(), await bench.start()];
    const file = join(bench.home, 'config.json');
    const configure = (text: string): void => writeFileSync(file, text);
    configure(JSON.stringify({ repositories: [{ id: 'one', url: one.url }] }));
    const { child, url, log } = await bench.startProxy(['--config', file]);
    const status = async (id: string): Promise<number> => (await fetch(`${url}${id}/${jarPath}`)).status;
    expect(await status('one')).toBe(200);
    configure('{ not JSON');
    child.kill('SIGHUP');
    await expect.poll(log).toContain('config.json');
    expect(await status('one')).toBe(200);
    configure(JSON.stringify({ repositories: [{ id: 'other', url: other.url }] }));
    child.kill('SIGHUP');
    await expect.poll(() => status('other')).toBe(200);
    expect(await status('one')).toBe(404);
    expect(child.exitCode).toBeNull();
  });

  it('names the process that has its port', async ({ bench }) => {
    const server = await bench.start();
    const { url } = await bench.startProxy([...bench.options([server]), '--no-config']);
    const { port } = new URL(url);
    const { code, stderr } = await runCli(['proxy', '--port', port, ...bench.options([server]), '--no-config'], { home: bench.home });
    expect(code).toBe(2);
    expect(stderr).toContain(`port ${port}`);
  });

  it('refuses a cache folder of another repository', async ({ bench }) => {
    const [one, other] = [await bench.start(), await bench.start()];
    const { child } = await bench.startProxy([...bench.options([one]), '--no-config', '--cache', join(bench.home, 'c')]);
    child.kill('SIGTERM');
    await once(child, 'exit');
    const words = ['proxy', '--port', '0', '--cache', join(bench.home, 'c'), ...bench.options([other]), '--no-config'];
    const { code, stderr } = await runCli(words, { home: bench.home });
    expect(code).toBe(2);
    expect(stderr).toContain(join(bench.home, 'c'));
  });

  it('fetches each file once together with another process on the same cache', async ({ bench }) => {
    const server = await bench.start({ delayMs: 100 });
    const words = [...bench.options([server]), '--no-config', '--no-ahead', '--cache', join(bench.home, 'c')];
    const both = await Promise.all([bench.startProxy(words), bench.startProxy(words)]);
    const paths = [...files.keys()].filter((path) => /\.(?:jar|pom)$/.test(path));
    const fetched = both.flatMap(({ url }) =>
      paths.map(async (path) => {
        const answer = await fetch(`${url}example/${path}`);
        return [answer.status, Buffer.from(await answer.arrayBuffer()).equals(contentOf(files, path))];
      }),
    );
    for (const found of await Promise.all(fetched)) expect(found).toEqual([200, true]);
    expect(paths.map((path) => server.count(path))).toEqual(paths.map(() => 1));
  });

  it('waits for the download of another process as long as that takes', async ({ bench }) => {
    const held: (() => void)[] = [];
    const server = await bench.start();
    const slow = await bench.http((request, response) => {
      const content = files.get((request.url ?? '').slice(1));
      if (request.url !== `/${jarPath}`) return void response.writeHead(content === undefined ? 404 : 200).end(content);
      held.push(() => response.writeHead(200).end(content));
    });
    await server.close();
    const words = ['--repo', `example=${slow.url}`, '--no-config', '--no-ahead', '--cache', join(bench.home, 'c')];
    const [patient, other] = [await bench.startProxy(words), await bench.startProxy([...words, '--patience', '0.2'])];
    const first = fetch(`${patient.url}example/${jarPath}`);
    await expect.poll(() => held.length).toBe(1);
    const second = fetch(`${other.url}example/${jarPath}`);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    for (const answer of held) answer();
    expect([(await first).status, (await second).status]).toEqual([200, 200]);
    expect(held).toHaveLength(1);
  });

  it('checks its cache: damaged files are moved aside, with exit code 4', async ({ bench }) => {
    const server = await bench.start();
    const options = [...bench.options([server]), '--no-config'];
    const { child, url } = await bench.startProxy(options);
    await fetch(`${url}example/${jarPath}`);
    child.kill('SIGTERM');
    await once(child, 'exit');
    const sound = await runCli(['proxy', 'check', '--json', ...options], { home: bench.home });
    expect(JSON.parse(sound.stdout)).toMatchObject({ files: 1, damaged: 0 });
    expect(sound.code).toBe(0);
    const cached = join(bench.home, '.cache', 'clojars-fetch', 'proxy', 'example', jarPath);
    writeFileSync(cached, Buffer.alloc(contentOf(files, jarPath).length));
    const damaged = await runCli(['proxy', 'check', '--json', ...options], { home: bench.home });
    expect(JSON.parse(damaged.stdout)).toMatchObject({ files: 1, damaged: 1 });
    expect(damaged.code).toBe(4);
  });

  it('fills its cache with what a project needs, with the exit code of what fails', async ({ bench }) => {
    const server = await bench.start();
    const file = join(bench.home, 'pom.xml');
    const write = (version: string): void =>
      writeFileSync(
        file,
        `<project><modelVersion>4.0.0</modelVersion><groupId>a</groupId><artifactId>b</artifactId><version>1</version><dependencies>
         <dependency><groupId>org.example</groupId><artifactId>greeter</artifactId><version>${version}</version></dependency></dependencies></project>`,
      );
    const run = (...more: string[]) =>
      runCli(['proxy', 'prefetch', file, ...bench.options([server]), '--no-config', ...more], { home: bench.home });
    write('1.0.0');
    const { code, stdout } = await run('--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ schemaVersion: 1, files: 2, fetched: 2, warnings: [] });
    expect((await run()).stdout).toMatch(/^2 files in the cache, \d+ bytes: all were there\n$/);
    write('9.9');
    const absent = await run();
    expect(absent.code).toBe(3);
    expect(absent.stderr).toContain('greeter');
    expect((await runCli(['proxy', 'prefetch', '--no-config'], { home: bench.home })).code).toBe(2);
  });
});
