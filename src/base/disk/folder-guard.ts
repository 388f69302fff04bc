/** Folders beneath the root: made when missing, and never a link that leads out of the root. */
import { mkdirSync, realpathSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

import { isBeneath } from './beneath.js';
import { corruptPath, localRepositoryError, systemErrorCode } from './file-error.js';

/** What is known of a folder that may be written into. */
export interface CheckedFolder {
  /** We made it in this process, so nothing stale can be in it. */
  readonly made: boolean;
}

export interface FolderGuard {
  /**
   * Makes an absolute folder beneath the root (and the root) and checks that no link leads out of the root.
   * Costs two system calls, and one the second time: somebody else who may write into the root may have put a link in
   * its place meanwhile. Between that look and the use of the folder he still could, which Node gives no means against.
   * Throws `ERR_LOCAL_REPOSITORY` (`corrupt` for a link leading outside or a file in the way).
   */
  ensure(folder: string): Promise<CheckedFolder>;
  /** Forget a folder that turned out to be gone. */
  forget(folder: string): void;
}

/** `root` is absolute; it may itself be a link. */
export function createFolderGuard(root: string): FolderGuard {
  const top = resolve(root);
  const checked = new Map<string, Promise<CheckedFolder>>();
  let realTop: string | null = null;

  const realRoot = (): string => {
    if (realTop === null) {
      mkdirSync(top, { recursive: true });
      realTop = realpathSync.native(top);
    }
    return realTop;
  };

  const check = async (folder: string): Promise<CheckedFolder> => {
    const outermost = realRoot();
    if (folder === top) return { made: false };
    await ensure(dirname(folder));
    try {
      mkdirSync(folder);
    } catch (error) {
      if (systemErrorCode(error) !== 'EEXIST') throw error;
      checkPlace(folder, outermost);
      return { made: false };
    }
    return { made: true };
  };

  /** Throws where the folder is none beneath the root any more. */
  const checkPlace = (folder: string, outermost: string, wasThere = false): void => {
    let real: string;
    try {
      real = realpathSync.native(folder);
    } catch (error) {
      if (systemErrorCode(error) !== 'ENOENT') throw error;
      if (wasThere) return; // removed meanwhile: whoever uses it finds out, and begins again
      throw corruptPath(folder, 'is a link that leads nowhere');
    }
    if (!isBeneath(outermost, real)) {
      throw corruptPath(folder, `is a link that leads out of the local repository, to ${real}`);
    }
  };

  const checkAgain = (folder: string, found: CheckedFolder): CheckedFolder => {
    try {
      if (folder !== top) checkPlace(folder, realRoot(), true);
    } catch (error) {
      checked.delete(folder);
      throw localRepositoryError(error, folder);
    }
    return found;
  };

  const ensure = (folder: string): Promise<CheckedFolder> => {
    const known = checked.get(folder);
    if (known !== undefined) return known.then((found) => checkAgain(folder, found));
    if (!isBeneath(top, folder)) return Promise.reject(corruptPath(folder, 'is not beneath the local repository'));
    const checking = check(folder).catch((error: unknown) => {
      checked.delete(folder);
      if (folder === top) realTop = null;
      throw localRepositoryError(error, folder);
    });
    checked.set(folder, checking);
    return checking;
  };

  return {
    ensure,
    forget: (folder) => {
      for (let at = folder; isBeneath(top, at); at = dirname(at)) {
        checked.delete(at);
        if (at === top) {
          realTop = null;
          break;
        }
      }
    },
  };
}
