/** A lock that another machine has taken for dead. */
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { vi } from 'vitest';

/**
 * Has another machine take the lock of a target, after it has waited until it was dead. Returns its lock.
 * @param stateFolder of the target, absolute
 */
export function takeOver(stateFolder: string): string {
  const locks = join(stateFolder, 'lock');
  const now = Date.now.bind(Date);
  const lock = readdirSync(locks).find((name) => name.endsWith('.lock')) ?? '';
  for (const name of readdirSync(locks)) rmSync(join(locks, name));
  writeFileSync(join(locks, lock), JSON.stringify({ pid: 1, host: 'elsewhere', token: 'abc' }));
  vi.spyOn(Date, 'now').mockImplementation(() => now() + 60_000);
  return join(locks, lock);
}
