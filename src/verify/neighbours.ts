/** What lies beside a file. Where many files of one folder are verified, it is listed once: asking for each name costs more. */
import { readdirSync } from 'node:fs';
import { basename, dirname } from 'node:path';

export interface Neighbours {
  /** False where no file of that name is there; true where it may be. */
  mayExist(file: string): boolean;
}

/** Questions about one folder after which it is listed. */
const listedAfter = 64;

/** For one verification: what appears in a folder after it was listed is not seen. */
export function createNeighbours(): Neighbours {
  const folders = new Map<string, { asked: number; names: ReadonlySet<string> | null }>();
  return {
    mayExist(file) {
      const path = dirname(file);
      let folder = folders.get(path);
      if (folder === undefined) folders.set(path, (folder = { asked: 0, names: null }));
      folder.asked += 1;
      if (folder.asked === listedAfter) folder.names = namesIn(path);
      return folder.names?.has(basename(file)) ?? true;
    },
  };
}

/** Null where the folder may be searched and not read. */
function namesIn(folder: string): ReadonlySet<string> | null {
  try {
    return new Set(readdirSync(folder));
  } catch {
    return null;
  }
}
