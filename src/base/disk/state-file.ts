/** A small JSON document kept across processes (circuits, remembered addresses): read whole, replaced whole. */
import { randomBytes } from 'node:crypto';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import { localRepositoryError } from './file-error.js';
import { readBounded } from './read-bounded.js';

export interface StateFile<Value> {
  /** The value, or null where there is none or it is unreadable: such state only saves time. Never throws. */
  read(): Promise<Value | null>;
  /** Replaces it in one step; the last writer wins. Throws `ERR_LOCAL_REPOSITORY`. */
  write(value: Value): Promise<void>;
}

const maxBytes = 4 * 1024 * 1024;

/** `parse` checks what was read; null or an exception drops it. */
export function createStateFile<Value>(file: string, parse: (value: unknown) => Value | null): StateFile<Value> {
  return {
    async read() {
      try {
        const bytes = await readBounded(file, maxBytes);
        if (bytes === null) return null;
        const value: unknown = JSON.parse(bytes.toString('utf8'));
        return parse(value);
      } catch {
        return null;
      }
    },
    async write(value) {
      const temporary = join(dirname(file), `.${basename(file)}.${randomBytes(8).toString('hex')}.tmp`);
      try {
        await mkdir(dirname(file), { recursive: true, mode: 0o700 }); // the XDG Base Directory Specification's
        await writeFile(temporary, `${JSON.stringify(value)}\n`, { flag: 'wx', mode: 0o600 });
        await rename(temporary, file);
      } catch (error) {
        await rm(temporary, { force: true }).catch(() => undefined);
        throw localRepositoryError(error, file);
      }
    },
  };
}
