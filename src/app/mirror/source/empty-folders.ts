/** Removes the folders that are left of files that were moved away. */
import { readdir, rmdir } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Removes a folder unless a file lies in it, and those in it of which the same is true, several at once: a disk that is told of each freed
 * block keeps each removal waiting. Never fails.
 * @returns whether it is gone
 */
export async function removeEmptyFolders(folder: string): Promise<boolean> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    const gone = await Promise.all(entries.map(async (entry) => entry.isDirectory() && removeEmptyFolders(join(folder, entry.name))));
    if (!gone.every(Boolean)) return false;
    await rmdir(folder);
    return true;
  } catch {
    return false;
  }
}
