/** Finds the build that a snapshot file without a timestamp is a copy of. */
import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { type LocalFile, statFile } from '../../../base/disk/stat-file.js';
import { digestFile } from '../../../fetch/digest-file.js';

/** Returns the name of the timestamped build with the same bytes; null if there is none. */
export async function originalOf({ file, size }: LocalFile, sha256: string): Promise<string | null> {
  const folder = dirname(file);
  const name = file.slice(folder.length + 1);
  const at = name.lastIndexOf('SNAPSHOT');
  const [before, after] = [name.slice(0, at), name.slice(at + 'SNAPSHOT'.length)];
  const isBuild = (other: string): boolean =>
    other.startsWith(before) &&
    other.endsWith(after) &&
    /^[0-9]{8}\.[0-9]{6}-[0-9]+$/.test(other.slice(before.length, other.length - after.length));
  const builds = (await readdir(folder).catch(() => [])).filter(isBuild);
  for (const build of builds.sort().reverse()) {
    if (statFile(join(folder, build))?.size !== size) continue;
    if ((await digestFile(join(folder, build), ['sha256'])).sha256 === sha256) return build;
  }
  return null;
}
