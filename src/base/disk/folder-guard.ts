/** Creates folders beneath a root, and refuses those that are a link out of it. */
import { mkdirSync, realpathSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

import { isBeneath } from './beneath.js';
import { corruptPath, localRepositoryError, systemErrorCode } from './file-error.js';

/** A folder that may be written into. */
export interface CheckedFolder {
  /** Whether this process created it, so that nothing stale can be in it. */
  readonly made: boolean;
}

/** Guards one root, an absolute path that may itself be a link. */
export class FolderGuard {
  readonly #top: string;
  readonly #checked = new Map<string, Promise<CheckedFolder>>();
  #realTop: string | null = null;

  constructor(root: string) {
    this.#top = resolve(root);
  }

  /**
   * Creates an absolute folder beneath the root (and the root) and checks that no link leads out of the root.
   * Costs two system calls the first time and one later: another user who may write into the root could have put a link
   * in its place. That is also possible between the check and the use of the folder, and Node has no means against it.
   * Throws `ERR_LOCAL_REPOSITORY` (`corrupt` for a link leading outside or a file in the way).
   */
  ensure(folder: string): Promise<CheckedFolder> {
    const known = this.#checked.get(folder);
    if (known !== undefined) return known.then((found) => this.#checkAgain(folder, found));
    if (!isBeneath(this.#top, folder)) return Promise.reject(corruptPath(folder, 'is not beneath the local repository'));
    const checking = this.#check(folder).catch((error: unknown) => {
      this.#checked.delete(folder);
      if (folder === this.#top) this.#realTop = null;
      throw localRepositoryError(error, folder);
    });
    this.#checked.set(folder, checking);
    return checking;
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

  async #check(folder: string): Promise<CheckedFolder> {
    const outermost = this.#realRoot();
    if (folder === this.#top) return { made: false };
    await this.ensure(dirname(folder));
    try {
      mkdirSync(folder);
    } catch (error) {
      if (systemErrorCode(error) !== 'EEXIST') throw error;
      checkPlace(folder, outermost, { mayBeGone: false });
      return { made: false };
    }
    return { made: true };
  }

  #checkAgain(folder: string, found: CheckedFolder): CheckedFolder {
    try {
      // If it has been removed, the caller notices when it uses the folder, and starts again.
      if (folder !== this.#top) checkPlace(folder, this.#realRoot(), { mayBeGone: true });
    } catch (error) {
      this.#checked.delete(folder);
      throw localRepositoryError(error, folder);
    }
    return found;
  }

  #realRoot(): string {
    if (this.#realTop === null) {
      mkdirSync(this.#top, { recursive: true });
      this.#realTop = realpathSync.native(this.#top);
    }
    return this.#realTop;
  }
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
