/** What tests of locking have in common: a bench, and a lockfile in its folder. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { checkLock, lock, type LockCheck, type LockReport, type LockTarget, type WriteLockOptions } from '../../src/app/lock/lock.js';
import type { ClientOptions } from '../../src/local/settings/client-options.js';
import { createWorkbench, type Workbench } from '../support/workbench.js';

export interface LockBench extends Workbench {
  /** Absolute path of the lockfile. */
  readonly lockfile: string;
  /** The options that every call shares. */
  options(more?: ClientOptions): ClientOptions;
  lock(target: LockTarget | readonly string[], options?: WriteLockOptions): Promise<LockReport>;
  check(target: LockTarget | readonly string[], options?: WriteLockOptions): Promise<LockCheck>;
  text(): Promise<string>;
  /** Changes the lockfile; it must be another one afterwards. */
  edit(change: (text: string) => string): Promise<void>;
}

export async function createLockBench(): Promise<LockBench> {
  const bench = await createWorkbench();
  const lockfile = join(bench.folder, 'clojars-fetch.lock');
  const options = (more: ClientOptions = {}): ClientOptions => ({
    settings: false,
    localRepository: bench.m2,
    cacheFolder: join(bench.folder, 'cache'),
    stateFolder: join(bench.folder, 'state'),
    timeoutMs: 30_000,
    lockfile,
    onEvent: (event) => bench.events.push(event),
    ...more,
  });
  const targetOf = (target: LockTarget | readonly string[]): LockTarget =>
    'project' in target || 'roots' in target ? target : { roots: target };
  return {
    ...bench,
    lockfile,
    options,
    lock: (target, more = {}) => lock(targetOf(target), { ...options(), ...more }),
    check: (target, more = {}) => checkLock(targetOf(target), { ...options(), ...more }),
    text: () => readFile(lockfile, 'utf8'),
    async edit(change) {
      const before = await readFile(lockfile, 'utf8');
      const after = change(before);
      if (after === before) throw new Error('the edit changes nothing');
      await writeFile(lockfile, after);
    },
  };
}

/** Folders of another machine: nothing known, nothing there. */
export function freshMachine(bench: Workbench, name: string): ClientOptions {
  return {
    localRepository: join(bench.folder, name, 'm2'),
    cacheFolder: join(bench.folder, name, 'cache'),
    stateFolder: join(bench.folder, name, 'state'),
  };
}
