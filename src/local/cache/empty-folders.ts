/** Removes folders that the last file has left: in the background, since on a busy disk it takes far longer than removing a file. */
import { rmdir } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Folders are removed together, this long after the first. */
const delayMs = 500;

export class EmptyFolders {
  /** The root at which removing ends, by folder: absolute. */
  readonly #waiting = new Map<string, string>();
  #timer: NodeJS.Timeout | undefined;

  /** Removes the folder soon, and those above it, up to the root, as long as they are empty. */
  removeSoon(folder: string, root: string): void {
    this.#waiting.set(folder, root);
    this.#timer ??= setTimeout(() => void this.#removeAll(), delayMs).unref();
  }

  /** Removes those that wait. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#removeAll();
  }

  /** A download that is about to use one of them makes it again. */
  async #removeAll(): Promise<void> {
    this.#timer = undefined;
    const folders = [...this.#waiting];
    this.#waiting.clear();
    for (const [folder, root] of folders) await remove(folder, root);
  }
}

async function remove(folder: string, root: string): Promise<void> {
  try {
    for (let at = folder; at !== root && at.startsWith(root); at = dirname(at)) await rmdir(at);
  } catch {
    // Something else is in it.
  }
}
