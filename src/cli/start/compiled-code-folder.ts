/** Finds the folder for compiled code. */
import { type Stats, statSync } from 'node:fs';
import { join } from 'node:path';

import { userFolders } from '../../base/user-folders.js';

export interface CompiledCodeFolder {
  readonly path: string;
  /** Whether the cache folder around it exists. If not, this run may make it: the folder is to be found once more before code is saved. */
  readonly isReady: boolean;
}

/** Returns null if another user can write to the cache folder (code in it will run), or `NODE_DISABLE_COMPILE_CACHE` is set. */
export function compiledCodeFolder(): CompiledCodeFolder | null {
  if ((process.env['NODE_DISABLE_COMPILE_CACHE'] ?? '') !== '') return null;
  try {
    const { cache } = userFolders(process.env, process.platform);
    const stats = statSync(cache, { throwIfNoEntry: false });
    return stats === undefined || isOwn(stats) ? { path: join(cache, 'compiled'), isReady: stats !== undefined } : null;
  } catch {
    return null;
  }
}

function isOwn({ uid, mode }: Stats): boolean {
  return process.geteuid === undefined || (uid === process.geteuid() && (mode & 0o022) === 0);
}
