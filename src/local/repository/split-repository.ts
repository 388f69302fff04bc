/** Local repositories that Maven ≥ 3.9 was told to split (`aether.enhancedLocalRepository.split`). */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
}

/** The split as found on disk. */
export interface SplitRepository {
  /** `installed` and `cached`, whichever are there. */
  readonly folders: readonly string[];
}

/**
 * Says whether a local repository is split, in which case files beneath `installed/` and `cached/` are not seen by this
 * package, and what it writes is not seen by that Maven. Null where it is not.
 *
 * A group may be called `cached` or `installed` too. Its folder holds artifacts: a folder of versions, two levels down a
 * file. A split root holds whole groups, so a split is reported only where such a folder holds another folder three
 * levels down, or is empty.
 */
export async function detectSplit(root: string): Promise<SplitRepository | null> {
  const folders: string[] = [];
  for (const name of ['installed', 'cached']) {
    if ((await isFolder(join(root, name))) && (await isDeep(join(root, name), 3))) folders.push(name);
  }
  return folders.length === 0 ? null : { folders };
}

/** True where folders are nested at least `depth` deep, by the first few of each level; an empty folder counts. */
async function isDeep(folder: string, depth: number): Promise<boolean> {
  if (depth === 0) return true;
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  if (entries.length === 0) return true;
  for (const entry of entries.filter((one) => one.isDirectory()).slice(0, 20)) {
    if (await isDeep(join(folder, entry.name), depth - 1)) return true;
  }
  return false;
}
