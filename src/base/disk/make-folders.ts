/** Makes folders, in a number of steps that is bounded by the length of the path. */
import { mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

import { systemErrorCode } from './file-error.js';

/** Another process may remove a folder that was just found or made. */
const mostTries = 3;

/**
 * Makes a folder and the missing ones above it. Returns the outermost one that was made; null if the folder existed.
 *
 * Stands in for the `recursive` of `mkdir`, which never returns in Node 20 if a folder exists and none can be made in it, as in /proc.
 *
 * @param mode of the folders that are made
 * @throws NodeJS.ErrnoException
 */
export function makeFolders(folder: string, mode?: number): string | null {
  for (let tries = 1; ; tries++) {
    const missing = missingFolders(resolve(folder));
    try {
      for (const path of missing) makeFolder(path, mode);
      return missing[0] ?? null;
    } catch (error) {
      if (systemErrorCode(error) !== 'ENOENT' || tries === mostTries) throw error;
    }
  }
}

/** Lists the folders of the path that do not exist, the outermost first. */
function missingFolders(folder: string): readonly string[] {
  const missing: string[] = [];
  for (let at = folder; !isFolder(at); at = dirname(at)) {
    missing.unshift(at);
    if (at === dirname(at)) break;
  }
  return missing;
}

function makeFolder(path: string, mode: number | undefined): void {
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    // Another process made it.
    if (systemErrorCode(error) !== 'EEXIST' || !isFolder(path)) throw error;
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
