/** The project of a client: which process asks, which build file that is, and what is fetched for it. */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { syncBuiltinESMExports } from 'node:module';
import { connect, createServer as createTcpServer, type Socket } from 'node:net';
import { join } from 'node:path';

import { describe, expect, vi } from 'vitest';

import { clientProcess, projectOfProcess } from '../../../src/app/proxy/ahead/client-process.js';
import { createFixtureRepository } from '../../support/maven-repository.js';
import { it, type ProxyBench } from '../bench.js';

const { files } = createFixtureRepository({
  artifacts: ['asked', 'other'].map((artifact) => ({ group: 'org.example', artifact, versions: ['1'] })),
});
const file = (artifact: string, extension: string): string => `org/example/${artifact}/1/${artifact}-1.${extension}`;

/** Runs a program called `java` in a folder with this project. It asks for one URL, and stays until the work is done. */
async function asJava<T>(bench: ProxyBench, project: string, url: string, work: () => Promise<T>): Promise<T> {
  const folder = join(bench.folder, 'project');
  await mkdir(folder);
  await writeFile(join(folder, 'project.clj'), project);
  await symlink(process.execPath, join(bench.folder, 'java'));
  const code = `require('http').get(${JSON.stringify(url)}, { agent: new (require('http').Agent)({ keepAlive: true }) }, (r) => r.resume()); setInterval(() => 0, 1e3)`;
  const child = spawn(join(bench.folder, 'java'), ['-e', code, '--', '-Dmaven.repo.local=m2'], { cwd: folder, stdio: 'ignore' });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  try {
    return await work();
  } finally {
    child.kill('SIGKILL');
    await ended;
  }
}

/** Does the work while every process has this name, as far as /proc tells. Returns the result, and what was read below /proc/net. */
function withProcessesNamed<T>(name: string, work: () => T): { readonly result: T; readonly tables: readonly string[] } {
  const read = fs.readFileSync;
  const tables: string[] = [];
  const spy = vi.spyOn(fs, 'readFileSync').mockImplementation((file, options) => {
    if (String(file).startsWith('/proc/net/')) tables.push(String(file));
    return /^\/proc\/\d+\/comm$/.test(String(file)) ? `${name}\n` : read(file, options);
  });
  syncBuiltinESMExports();
  try {
    return { result: work(), tables };
  } finally {
    spy.mockRestore();
    syncBuiltinESMExports();
  }
}

/** The server's end of a connection from this process to itself. */
async function ownConnection(bench: ProxyBench): Promise<Socket> {
  const server = createTcpServer();
  const { port } = await bench.listen(server);
  const accepted = new Promise<Socket>((resolve) => server.once('connection', resolve));
  const client = connect(port, '127.0.0.1');
  bench.atEnd(() => Promise.resolve(void client.destroy()));
  return accepted;
}

describe.runIf(process.platform === 'linux')('the tables of connections', () => {
  it('are read only if a JVM runs, since the kernel takes long to write them', async ({ bench }) => {
    const socket = await ownConnection(bench);
    expect(withProcessesNamed('node', () => clientProcess(socket))).toEqual({ result: null, tables: [] });
    const { result, tables } = withProcessesNamed('java', () => clientProcess(socket));
    expect(result?.workingFolder).toBe(process.cwd());
    expect(tables).toContain('/proc/net/tcp');
  });
});

describe.runIf(process.platform === 'linux')('a build tool that asks', () => {
  it('gets what its project needs, before it asks for that', async ({ bench }) => {
    const server = await bench.serve(files);
    const proxy = await bench.inFrontOf(server.url, { lookAhead: true });
    const project = '(defproject p "1" :dependencies [[org.example/asked "1"] [org.example/other "1"]])';
    await asJava(bench, project, `${proxy.url}r/${file('asked', 'pom')}`, () =>
      vi.waitFor(() => expect(server.count(file('other', 'jar'))).toBe(1), { timeout: 30_000 }),
    );
  });

  it('is known by its folder and its words', async ({ bench }) => {
    const sockets: unknown[] = [];
    const server = createServer((request, response) => {
      sockets.push(clientProcess(request.socket));
      response.end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    bench.atEnd(() => {
      server.close().closeAllConnections();
      return Promise.resolve();
    });
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    await asJava(bench, '', `http://127.0.0.1:${port}/`, () => vi.waitFor(() => expect(sockets).toHaveLength(1), { timeout: 30_000 }));
    expect(sockets).toEqual([
      { workingFolder: join(bench.folder, 'project'), words: expect.arrayContaining(['-Dmaven.repo.local=m2']) as string[] },
    ]);
    await fetch(`http://127.0.0.1:${port}/`);
    expect(sockets[1], 'this process is no build tool').toBeNull();
  });
});

describe('the project of a process', () => {
  const launcher = 'org.codehaus.plexus.classworlds.launcher.Launcher';
  const project = (...words: readonly string[]) => projectOfProcess({ workingFolder: '/work', words: ['java', ...words] });

  it('is that of its folder', () => {
    expect(project('-jar', 'leiningen.jar', '-f', 'other')).toBe('/work');
    expect(project(launcher, 'verify')).toBe('/work');
  });

  it('is the file that Maven is told to build', () => {
    expect(project(launcher, 'verify', '-f', '/a/pom.xml')).toBe('/a/pom.xml');
    expect(project(launcher, '--file', 'module', 'verify')).toBe('/work/module');
    expect(project(launcher, '--file=b.xml')).toBe('/work/b.xml');
  });
});
