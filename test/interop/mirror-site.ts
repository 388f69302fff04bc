/** A real nginx with the site that `mirror setup` wrote. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect } from 'vitest';

import { findFreePort } from './nginx.js';
import { findProgram, runProgram } from './programs.js';

export interface MirrorSite {
  readonly port: number;
  /** Ends nginx in its own way: its worker would outlive a process that is killed. */
  stop(): Promise<void>;
}

/** Starts nginx with the site in `setup`, on free ports of the loopback interface. @param folder where it works, with the folder `setup` */
export async function startMirrorSite(folder: string, domain: string): Promise<MirrorSite> {
  const [port, plainPort] = [await findFreePort(), await findFreePort()];
  const site = readFileSync(join(folder, 'setup/clojars-mirror.nginx.conf'), 'utf8')
    .replace(/listen \[::\]:\d+.*;/g, '')
    .replace('listen 443', `listen 127.0.0.1:${port}`)
    .replace('listen 80', `listen 127.0.0.1:${plainPort}`)
    .replace('/var/log/nginx/', `${folder}/`);
  expect(site).toContain(domain);
  writeFileSync(join(folder, 'site.conf'), site);
  const main = [
    process.getuid?.() === 0 ? 'user root;' : '',
    `daemon off; pid ${folder}/nginx.pid; events {}`,
    `http { ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${folder}/${name};`).join(' ')}`,
    `include ${folder}/site.conf; }`,
  ].join('\n');
  writeFileSync(join(folder, 'nginx.conf'), main);
  const words = ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', join(folder, 'error.log')];
  const checked = await runProgram(findProgram('nginx') ?? '', ['-t', ...words], { home: folder, cwd: folder });
  expect(checked.output).toContain('test is successful');
  expect(checked.output).not.toContain('[warn]');
  const server = spawn(findProgram('nginx') ?? '', words, { stdio: 'ignore' });
  await once(server, 'spawn');
  return {
    port,
    async stop() {
      if (server.exitCode !== null) return;
      const ended = once(server, 'exit');
      server.kill('SIGTERM');
      await ended;
    },
  };
}
