/** The proxy's cache on a small disk of its own: a tmpfs in a mount namespace, for which the kernel needs no privileges. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect } from 'vitest';

import { ProxyProcess } from '../soak/proxy/proxy-process.js';
import { contentOfPath, startUpstream } from '../soak/proxy/upstream.js';
import { testWith, Workbench } from '../support/workbench.js';

const mebibyte = 2 ** 20;
const isAllowed = spawnSync('unshare', ['-rm', 'true']).status === 0;
const it = testWith(() => new Workbench());

/** The words that mount a disk at a folder before the command that follows. */
const onDisk = (folder: string, options: string): readonly string[] => [
  ...['unshare', '-rm', 'sh', '-c', `mount -t tmpfs -o ${options} tmpfs "$0" && exec "$@"`, folder],
];

it.runIf(isAllowed)('keeps to its part of the disk, and gives way to a program that fills it', async ({ bench }) => {
  const upstream = await startUpstream();
  bench.atEnd(() => upstream.close());
  const folder = join(bench.folder, 'disk');
  mkdirSync(folder);
  const words = ['--repo', `r=${upstream.url}`, '--cache', folder, '--log-level', 'error'];
  const proxy = await ProxyProcess.start(bench.folder, words, onDisk(folder, 'size=20m'));
  bench.atEnd(() => proxy.stop());
  const disk = proxy.view(folder);
  const free = (): number => statfsSync(disk).bavail * statfsSync(disk).bsize;
  const fetchFile = async (path: string): Promise<void> => {
    const response = await fetch(`${proxy.url}r/${path}`);
    expect([path, response.status]).toEqual([path, 200]);
    expect(Buffer.from(await response.arrayBuffer()).equals(contentOfPath(path) ?? Buffer.alloc(0))).toBe(true);
  };
  for (let version = 1; version <= 3; version += 1) await fetchFile(`org/big${version}/lib/1/lib-1.jar`);
  for (let version = 1; version <= 60; version += 1) await fetchFile(`org/hot1/lib/${version}/lib-${version}.jar`);
  expect(free()).toBeGreaterThanOrEqual(2 * mebibyte);
  // Another program takes all that is left.
  const other = join(disk, 'other');
  expect(() => writeFileSync(other, Buffer.alloc(30 * mebibyte))).toThrow('ENOSPC');
  expect(free()).toBeLessThan(4 * mebibyte);
  for (let version = 100; version <= 110; version += 1) await fetchFile(`org/hot1/lib/${version}/lib-${version}.jar`);
  rmSync(other);
  await fetchFile('org/big9/lib/1/lib-1.jar');
});

it.runIf(isAllowed)('is an error at the start if the disk is read-only or full', async ({ bench }) => {
  const folder = join(bench.folder, 'disk');
  mkdirSync(folder);
  const start = (options: string): Promise<ProxyProcess> => ProxyProcess.start(bench.folder, ['--cache', folder], onDisk(folder, options));
  await expect(start('ro')).rejects.toThrow(/disk.*cannot be written \(EROFS\)/s);
  await expect(start('size=4k')).rejects.toThrow(/disk.*no space left \(ENOSPC\)/s);
});
