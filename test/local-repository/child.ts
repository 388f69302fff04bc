/** The jobs of the child processes of processes.test.ts, which bundles this file. Arguments: job, root, more. */
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { createFirstSeenRecord } from '../../src/local/ledger/first-seen.js';
import { createLocalRepository } from '../../src/local/repository/local-repository.js';

const [job = '', root = '', extra = ''] = process.argv.slice(2);
const local = createLocalRepository({ root });
const path = 'org/lib/1.0/lib-1.0.jar';

async function once(): Promise<void> {
  const release = await local.lock(path);
  try {
    if ((await local.find(path)) !== null) return;
    await appendFile(join(root, 'downloads.txt'), `${process.pid}\n`);
    const temporary = await local.createTemporary(path);
    await temporary.write(Buffer.alloc(100_000, 'x'));
    await temporary.commit();
  } finally {
    await release();
  }
}

/** Increments a plain counter file, which stays right only under mutual exclusion. */
async function count(): Promise<void> {
  for (let round = 0; round < 10; round++) {
    const release = await local.lock('counter');
    const file = join(root, 'counter.txt');
    const before = Number(await readFile(file, 'utf8').catch(() => '0'));
    await writeFile(file, String(before + 1));
    await release();
  }
}

async function record(): Promise<void> {
  await Promise.all(Array.from({ length: 5 }, (_, index) => local.recordOrigin(`org/lib/1.0/lib-1.0-${extra}-${index}.jar`, 'clojars')));
}

async function firstSeen(): Promise<void> {
  const log = createFirstSeenRecord(root);
  const standing = await log.record(path, { sha256: extra.repeat(64), level: 'origin', repository: 'clojars' });
  for (let index = 0; index < 20; index++) {
    await log.record(`org/p${extra}/${index}`, { sha256: extra.repeat(64), level: 'origin', repository: 'clojars' });
  }
  process.stdout.write(standing.sha256);
}

/** Writes forever, holding the lock, until killed. */
async function halfWay(): Promise<void> {
  await local.lock(path);
  const temporary = await local.createTemporary(path);
  for (;;) {
    await temporary.write(Buffer.alloc(64 * 1024, 'partial'));
    if (temporary.size >= 4 * 1024 * 1024) await temporary.truncate(0);
    else if (temporary.size === 1024 * 1024) process.stdout.write('writing\n');
  }
}

/** Places files one after the other until killed. */
async function place(): Promise<void> {
  process.stdout.write('placing\n');
  for (let index = 0; ; index++) {
    const temporary = await local.createTemporary(`org/lib/${extra}/lib-${index}.jar`);
    for (let part = 0; part < 8; part++) await temporary.write(Buffer.alloc(40_000, 'w'));
    await temporary.commit();
    await local.recordOrigin(`org/lib/${extra}/lib-${index}.jar`, 'clojars');
  }
}

const jobs: Readonly<Record<string, () => Promise<void>>> = { once, count, record, firstSeen, halfWay, place };
await jobs[job]?.();
