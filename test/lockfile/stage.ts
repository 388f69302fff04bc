/** A workbench with a lockfile in its folder, for the tests of locking. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { checkLock, lock, type LockCheck, type LockReport, type LockTarget, type WriteLockOptions } from '../../src/app/lock/lock.js';
import type { ClientOptions } from '../../src/local/settings/client-options.js';
import { testWith, Workbench } from '../support/workbench.js';

export class LockBench extends Workbench {
  /** Absolute path of the lockfile. */
  get lockfile(): string {
    return join(this.folder, 'clojars-fetch.lock');
  }

  /** The options that every call shares. */
  options(more: ClientOptions = {}): ClientOptions {
    return { ...this.ownFolders(), lockfile: this.lockfile, ...more };
  }

  lock(target: LockTarget | readonly string[], more: WriteLockOptions = {}): Promise<LockReport> {
    return lock(targetOf(target), { ...this.options(), ...more });
  }

  check(target: LockTarget | readonly string[], more: WriteLockOptions = {}): Promise<LockCheck> {
    return checkLock(targetOf(target), { ...this.options(), ...more });
  }

  text(): Promise<string> {
    return readFile(this.lockfile, 'utf8');
  }

  /** Changes the lockfile; throws if the change leaves it as it was. */
  async edit(change: (text: string) => string): Promise<void> {
    const before = await this.text();
    const after = change(before);
    if (after === before) throw new Error('the edit changes nothing');
    await writeFile(this.lockfile, after);
  }
}

/** Vitest's `it` with a {@link LockBench} as the fixture `bench`. */
export const it = testWith(() => new LockBench());

const targetOf = (target: LockTarget | readonly string[]): LockTarget =>
  'project' in target || 'roots' in target ? target : { roots: target };

/** The folders of another machine, empty at first. */
export function freshMachine(bench: Workbench, name: string): ClientOptions {
  return {
    localRepository: join(bench.folder, name, 'm2'),
    cacheFolder: join(bench.folder, name, 'cache'),
    stateFolder: join(bench.folder, name, 'state'),
  };
}
