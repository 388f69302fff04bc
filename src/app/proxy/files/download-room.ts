/** Keeps room in the cache for one download. Its size may be known from its headers, or only as it grows. */
import { Cancellation, type CancelSignal } from '../../../base/async/cancellation.js';
import type { FileCache } from '../../../local/cache/file-cache.js';

/** A body without a length gets room in steps of this size. */
const stepBytes = 16 * 1024 * 1024;

export class DownloadRoom {
  readonly #store: Pick<FileCache, 'reserve'>;
  readonly #refused = new Cancellation();
  /** Give back what is kept. */
  readonly #kept: (() => void)[] = [];
  #bytes = 0;
  /** The last call that asked for room. */
  #last: Promise<boolean> = Promise.resolve(true);
  #isOver = false;

  constructor(store: Pick<FileCache, 'reserve'>) {
    this.#store = store;
  }

  /** Aborts, with the reason, when there is no room: the download must end. */
  get refused(): CancelSignal {
    return this.#refused;
  }

  /** Asks for room for a file of this size. Resolves to false if there is none. */
  need(bytes: number): Promise<boolean> {
    if (bytes > this.#bytes && !this.#isOver) {
      const more = bytes - this.#bytes;
      this.#bytes = bytes;
      this.#last = this.#reserve(more);
    }
    return this.#last;
  }

  /** Notes how many bytes of a body have come. */
  grown(received: number, total: number | null): void {
    void this.need(total ?? Math.ceil(received / stepBytes) * stepBytes);
  }

  /** Waits until every call for room has its answer. Otherwise files could come faster than others can leave. */
  async settled(): Promise<void> {
    await this.#last;
  }

  /** The file is placed, or given up. */
  giveBack(): void {
    this.#isOver = true;
    for (const giveBack of this.#kept.splice(0)) giveBack();
  }

  async #reserve(bytes: number): Promise<boolean> {
    try {
      const giveBack = await this.#store.reserve(bytes);
      if (this.#isOver) giveBack();
      else this.#kept.push(giveBack);
    } catch (error) {
      this.#refused.abort(error);
    }
    return !this.#refused.aborted;
  }
}
