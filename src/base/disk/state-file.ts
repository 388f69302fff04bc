/** A small JSON document kept across processes (circuits, remembered addresses): read and replaced as a whole. */
import { dirname } from 'node:path';

import { localRepositoryError } from './file-error.js';
import { makeFolders } from './make-folders.js';
import { readBounded } from './read-bounded.js';
import { replaceFile } from './replace-file.js';

export interface StateFile<Value> {
  /** Reads the value; null if it is missing or unreadable, since such state only saves time. Never throws. */
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
        const bytes = readBounded(file, maxBytes);
        if (bytes === null) return null;
        const value: unknown = JSON.parse(bytes.toString('utf8'));
        return parse(value);
      } catch {
        return null;
      }
    },
    async write(value) {
      try {
        makeFolders(dirname(file), 0o700); // as the XDG Base Directory Specification asks
        await replaceFile(file, `${JSON.stringify(value)}\n`, { mode: 0o600, flush: false });
      } catch (error) {
        throw localRepositoryError(error, file);
      }
    },
  };
}
