/** Detects local repositories that Maven 3.9 or later is configured to split (`aether.enhancedLocalRepository.split`). */
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
  /** `installed` and `cached`, whichever exist. */
  readonly folders: readonly string[];
}

/**
 * Detects a split local repository; null if it is not split. In a split one, this package does not see files beneath `installed/` and
 * `cached/`, and that Maven does not see what this package writes.
 *
 * A group may be named `cached` or `installed` too. Its folder holds artifacts: folders of versions, with files two levels down. A split
 * root holds whole groups, so a split is reported only if such a folder has another folder three levels down, or is empty.
 */
export async function detectSplit(root: string): Promise<SplitRepository | null> {
  const folders: string[] = [];
  for (const name of ['installed', 'cached']) {
    if ((await isFolder(join(root, name))) && (await isDeep(join(root, name), 3))) folders.push(name);
  }
  return folders.length === 0 ? null : { folders };
}

/** Whether folders are nested at least `depth` deep, judged by the first few of each level; an empty folder counts. */
async function isDeep(folder: string, depth: number): Promise<boolean> {
  if (depth === 0) return true;
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  if (entries.length === 0) return true;
  for (const entry of entries.filter((one) => one.isDirectory()).slice(0, 20)) {
    if (await isDeep(join(folder, entry.name), depth - 1)) return true;
  }
  return false;
}
