/** Writes compiled code into the cache folder. */
import { dirname } from 'node:path';

import { makeFolders } from '../../base/disk/make-folders.js';
import { replaceFile } from '../../base/disk/replace-file.js';

/** Writes the code, followed by its source. A failure does not matter: the next run compiles again. */
export async function saveCompiled(file: string, code: Uint8Array, source: Uint8Array): Promise<void> {
  try {
    makeFolders(dirname(file), 0o700);
    // V8 does not notice damage, so the file must be whole even after a power cut.
    await replaceFile(file, Buffer.concat([code, source]), { mode: 0o600, flush: true });
  } catch {
    // For example, the cache folder is read-only.
  }
}
