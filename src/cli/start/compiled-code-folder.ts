/** Finds the folder for compiled code. */
import { statSync } from 'node:fs';
import { join } from 'node:path';

import { userFolders } from '../../base/user-folders.js';

/**
 * Returns null if there is no cache folder yet, or another user can write to it (code in it will run), or
 * `NODE_DISABLE_COMPILE_CACHE` is set.
 */
export function compiledCodeFolder(): string | null {
  if ((process.env['NODE_DISABLE_COMPILE_CACHE'] ?? '') !== '') return null;
  try {
    const { cache } = userFolders(process.env, process.platform);
    const { uid, mode } = statSync(cache);
    const isOwn = process.geteuid === undefined || (uid === process.geteuid() && (mode & 0o022) === 0);
    return isOwn ? join(cache, 'compiled') : null;
  } catch {
    return null;
  }
}
