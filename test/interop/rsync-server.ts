/** A real rsync server with one module. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';

import { onTestFinished } from 'vitest';

import { listen } from '../support/listening.js';

/** Returns the URL of the module. @param root a folder for the server's own files */
export async function startRsync(root: string, module: string): Promise<string> {
  const free = await listen(createServer());
  const { port } = free;
  await free.close();
  const configuration = join(root, 'rsyncd.conf');
  writeFileSync(
    configuration,
    `port=${port}\naddress=127.0.0.1\nuse chroot=no\npid file=${root}/pid\nmotd file=${root}/motd\n[m]\npath=${module}\nread only=yes\nlog file=${logOf(root)}\ntransfer logging=yes\nlog format=file sent: %f\n`,
  );
  writeFileSync(join(root, 'motd'), '-rw-r--r-- 1 2026/01/01 00:00:00 motd.jar\n');
  const daemon: ChildProcess = spawn('rsync', ['--daemon', '--no-detach', `--config=${configuration}`], { stdio: 'ignore' });
  onTestFinished(async () => {
    const ended = once(daemon, 'exit');
    daemon.kill('SIGTERM');
    await ended;
  });
  for (;;) {
    const socket = connect(port, '127.0.0.1');
    const isOpen = await new Promise<boolean>((resolve) => socket.once('connect', () => resolve(true)).once('error', () => resolve(false)));
    socket.destroy();
    if (isOpen) return `rsync://127.0.0.1:${port}/m/`;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Returns the keys that the server has sent so far, in order. @param root as for {@link startRsync} */
export function keysSent(root: string): readonly string[] {
  return [...readFileSync(logOf(root), 'utf8').matchAll(/ file sent: (.*)$/gm)].map(([, key = '']) => key);
}

function logOf(root: string): string {
  return join(root, 'rsyncd.log');
}
