/** Creates folders beneath a root, and refuses those that are a link out of it. */
import { lstatSync, mkdirSync, realpathSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

import { RecentMap } from '../recent-map.js';
import { isBeneath } from './beneath.js';
import { corruptPath, localRepositoryError, systemErrorCode } from './file-error.js';
import { makeFolders } from './make-folders.js';

/** A folder that may be written into. */
export interface CheckedFolder {
  /** Whether this process created it, so that nothing stale can be in it. */
  readonly made: boolean;
}

/** Tells a folder from another one in its place. */
interface FolderIdentity {
  readonly ino: number;
  readonly dev: number;
  readonly birthtimeMs: number;
}

interface KnownFolder extends CheckedFolder {
  /** The folder as it was when its place was last followed; null before. */
  seen: FolderIdentity | null;
}

/** A process that runs for weeks comes through any number of folders. */
const mostKnown = 2_000;

/** Guards one root, an absolute path that may itself be a link. */
export class FolderGuard {
  readonly #top: string;
  readonly #checked = new RecentMap<string, KnownFolder>(mostKnown);
  #realTop: string | null = null;

  constructor(root: string) {
    this.#top = resolve(root);
  }

  /**
   * Creates an absolute folder beneath the root (and the root) and checks that no link leads out of the root.
   * Looks again each time: another user who may write into the root could have put a link in its place. That is also
   * possible between the check and the use of the folder, and Node has no means against it.
   * Throws `ERR_LOCAL_REPOSITORY` (`corrupt` for a link leading outside or a file in the way).
   */
  ensure(folder: string): CheckedFolder {
    const known = this.#checked.get(folder);
    if (known !== undefined) return this.#checkAgain(folder, known);
    if (!isBeneath(this.#top, folder)) throw corruptPath(folder, 'is not beneath the local repository');
    try {
      const made = this.#check(folder);
      // A folder that was just made under a checked one is where it seems to be.
      const found = { made, seen: made ? identityAt(folder) : null };
      this.#checked.set(folder, found);
      return found;
    } catch (error) {
      if (folder === this.#top) this.#realTop = null;
      throw localRepositoryError(error, folder);
    }
  }

  /** Forgets a folder that turned out to be gone, and its parent folders. */
  forget(folder: string): void {
    for (let at = folder; isBeneath(this.#top, at); at = dirname(at)) {
      this.#checked.delete(at);
      if (at === this.#top) {
        this.#realTop = null;
        break;
      }
    }
  }

  /** Whether the folder had to be made. */
  #check(folder: string, mayParentBeGone = true): boolean {
    const outermost = this.#realRoot();
    if (folder === this.#top) return false;
    const parent = dirname(folder);
    this.ensure(parent);
    try {
      mkdirSync(folder);
    } catch (error) {
      const code = systemErrorCode(error);
      if (code === 'ENOENT' && mayParentBeGone) {
        // Removed since it was checked: empty folders leave the proxy's cache with the last file in them.
        this.forget(parent);
        return this.#check(folder, false);
      }
      if (code !== 'EEXIST') throw error;
      checkPlace(folder, outermost, { mayBeGone: false });
      return false;
    }
    return true;
  }

  #checkAgain(folder: string, known: KnownFolder): CheckedFolder {
    if (folder === this.#top) return known;
    try {
      // Following every link of the path costs ten times as much as seeing that the folder is still the same one.
      const now = statSync(folder, { throwIfNoEntry: false });
      // If it has been removed, the caller notices when it uses the folder, and starts again.
      if (now === undefined || (known.seen !== null && isSameFolder(known.seen, now))) return known;
      checkPlace(folder, this.#realRoot(), { mayBeGone: true });
      known.seen = identityOf(now);
    } catch (error) {
      this.#checked.delete(folder);
      throw localRepositoryError(error, folder);
    }
    return known;
  }

  #realRoot(): string {
    if (this.#realTop === null) {
      makeFolders(this.#top);
      this.#realTop = realpathSync.native(this.#top);
    }
    return this.#realTop;
  }
}

function identityAt(folder: string): FolderIdentity | null {
  const stats = lstatSync(folder, { throwIfNoEntry: false });
  return stats === undefined ? null : identityOf(stats);
}

/** Not the whole status: with its four dates, that takes a kilobyte for each folder. */
function identityOf({ ino, dev, birthtimeMs }: FolderIdentity): FolderIdentity {
  return { ino, dev, birthtimeMs };
}

/** A folder that was deleted may leave its inode to a new one, which is younger. */
function isSameFolder(one: FolderIdentity, other: FolderIdentity): boolean {
  return one.ino === other.ino && one.dev === other.dev && one.birthtimeMs === other.birthtimeMs;
}

/** Throws if the folder, with links followed, is not beneath the root. */
function checkPlace(folder: string, outermost: string, { mayBeGone }: { readonly mayBeGone: boolean }): void {
  let real: string;
  try {
    real = realpathSync.native(folder);
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT') throw error;
    if (mayBeGone) return;
    throw corruptPath(folder, 'is a link that leads nowhere');
  }
  if (!isBeneath(outermost, real)) {
    throw corruptPath(folder, `is a link that leads out of the local repository, to ${real}`);
  }
}
