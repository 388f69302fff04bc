/** Keeps the last few damaged files outside the served tree, for a person to look at. */
import { constants, copyFileSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';

import { localRepositoryError, systemErrorCode } from '../../base/disk/file-error.js';
import { makeFolders } from '../../base/disk/make-folders.js';
import { mainName } from './file-names.js';
import { readFolder } from './scan.js';

const mostKept = 100;
const mostKeptBytes = 512 * 1024 * 1024;
const plainName = (name: string): string => name.replace(/[^\w.-]/g, '_').slice(-120);

let serial = 0;

function move(file: string, target: string): void {
  try {
    renameSync(file, target);
  } catch (error) {
    // The folder of the repository is on a disk of its own.
    if (systemErrorCode(error) !== 'EXDEV') throw error;
    copyFileSync(file, target, constants.COPYFILE_EXCL);
    rmSync(file);
  }
}

/** Removes the oldest until few are left: their names begin with the time. */
function dropOldest(folder: string): void {
  const names = readdirSync(folder).sort().reverse();
  let bytes = 0;
  for (const [index, name] of names.entries()) {
    const file = join(folder, name);
    bytes += statSync(file, { throwIfNoEntry: false })?.size ?? 0;
    if (index >= mostKept || (bytes > mostKeptBytes && index > 0)) rmSync(file, { recursive: true, force: true });
  }
}

/**
 * Moves a file into `damagedFolder`, and removes its checksums and signature, which may be damaged too. Returns the new place; null if
 * the file is gone. Moves a link itself and not the file that it leads to.
 *
 * @throws ClojarsFetchError `ERR_LOCAL_REPOSITORY`
 */
export async function setFileAside(file: string, damagedFolder: string, nowMs: number): Promise<string | null> {
  const time = new Date(nowMs).toISOString().replace(/[:.]/g, '-');
  const name = `${time}-${process.pid}-${String(serial++).padStart(6, '0')}-${plainName(basename(file))}`;
  const target = join(damagedFolder, name);
  try {
    makeFolders(damagedFolder);
    move(file, target);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return null;
    throw localRepositoryError(error, file);
  }
  try {
    const folder = join(file, '..');
    for (const other of readFolder(folder).files) {
      if (other.name !== basename(file) && mainName(other.name) === basename(file)) rmSync(join(folder, other.name), { force: true });
    }
    dropOldest(damagedFolder);
  } catch {
    // The damaged file itself is out of the way.
  }
  return target;
}
