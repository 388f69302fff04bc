/** A real nginx on the loopback interface, with a configuration, a pid file and an access log of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { findProgram } from './programs.js';

export interface Nginx {
  /** With a slash at the end. */
  readonly url: string;
  /** The log in nginx's usual form. Absolute. */
  readonly combinedLog: string;
  /** Every request so far, oldest first: `GET /org/lib/1.0/lib-1.0.jar 200`. */
  requests(): Promise<readonly string[]>;
  stop(): Promise<void>;
}

export async function findFreePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

export interface NginxOptions {
  /** Whether folders are listed. Default: false. */
  readonly isListed?: boolean;
  /** Answers this path with 500. */
  readonly brokenPath?: string;
}

function formatConfiguration(folder: string, root: string, port: number, { isListed = false, brokenPath }: NginxOptions): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `  ${name}_temp_path ${folder}/${name};`);
  return [
    // Workers would otherwise run as another user, who cannot read temporary folders.
    ...(process.getuid?.() === 0 ? ['user root;'] : []),
    'daemon off;',
    'worker_processes 1;',
    `pid ${folder}/nginx.pid;`,
    `error_log ${folder}/error.log warn;`,
    'events { worker_connections 256; }',
    'http {',
    ...temporary,
    "  log_format plain '$request_method $uri $status';",
    `  access_log ${folder}/access.log plain;`,
    `  access_log ${folder}/combined.log combined;`,
    '  types { application/java-archive jar; text/xml pom xml; text/plain sha1 md5; }',
    '  default_type application/octet-stream;',
    '  server {',
    `    listen 127.0.0.1:${port};`,
    '    server_name localhost;',
    '    location /__mark { return 204; }',
    ...(brokenPath === undefined ? [] : [`    location = ${brokenPath} { return 500; }`]),
    `    location / { root ${root}; autoindex ${isListed ? 'on' : 'off'}; }`,
    '  }',
    '}',
    '',
  ].join('\n');
}

/**
 * Starts nginx over `root`; `folder` is its working folder. nginx cannot choose a port itself, so a free one is looked for, and another one
 * if some other program was quicker.
 */
export async function startNginx(folder: string, root: string, options: NginxOptions = {}): Promise<Nginx> {
  const program = findProgram('nginx');
  if (program === null) throw new Error('nginx is not installed');
  await mkdir(folder, { recursive: true });
  for (let attempt = 1; ; attempt += 1) {
    const port = await findFreePort();
    const configuration = join(folder, 'nginx.conf');
    await writeFile(configuration, formatConfiguration(folder, root, port, options));
    const child = spawn(program, ['-p', folder, '-c', configuration, '-e', join(folder, 'error.log')], { stdio: 'ignore' });
    if (await isReady(child, `http://127.0.0.1:${port}/`, folder)) return handle(child, port, folder);
    child.kill('SIGKILL');
    if (attempt === 5) throw new Error(`nginx does not start: ${await readFile(join(folder, 'error.log'), 'utf8').catch(() => '')}`);
  }
}

/** The pid file is checked, too: another program may have taken the port and answer there. */
async function isReady(child: ChildProcess, url: string, folder: string): Promise<boolean> {
  for (let tries = 0; tries < 200 && child.exitCode === null; tries += 1) {
    const pid = await readFile(join(folder, 'nginx.pid'), 'utf8').catch(() => '');
    if (
      Number(pid) === child.pid &&
      (await fetch(`${url}__mark?start`).then(
        ({ status }) => status === 204,
        () => false,
      ))
    )
      return true;
    await sleep(50);
  }
  return false;
}

function handle(child: ChildProcess, port: number, folder: string): Nginx {
  const url = `http://127.0.0.1:${port}/`;
  let marks = 0;
  return {
    url,
    combinedLog: join(folder, 'combined.log'),
    async requests() {
      // nginx logs a request after its last byte is sent; there is one worker, so all requests before the mark are logged with it.
      marks += 1;
      const mark = `/__mark/${marks} `;
      await fetch(`${url}__mark/${marks}`);
      for (let tries = 0; tries < 200; tries += 1) {
        const lines = (await readFile(join(folder, 'access.log'), 'utf8')).split('\n').filter((line) => line !== '');
        if (lines.some((line) => line.includes(mark))) return lines.filter((line) => !line.includes(' /__mark'));
        await sleep(25);
      }
      throw new Error('nginx does not write its access log');
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const closed = once(child, 'close');
      child.kill('SIGTERM');
      await closed;
    },
  };
}
