/**
 * Gathers work that comes close together. Whatever is asked for in one turn of the event loop shares a beat, and while
 * much is going on, beats come a few milliseconds apart. After a pause the next one comes at once, so that files which
 * are fetched one after the other do not wait.
 */
export class Rhythm {
  readonly #everyMs: number;
  #lastMs = -Infinity;
  #next: Promise<void> | null = null;

  constructor(everyMs: number) {
    this.#everyMs = everyMs;
  }

  /** Resolves at the next beat: one promise for all that ask before it. */
  beat(): Promise<void> {
    return (this.#next ??= this.#schedule());
  }

  #schedule(): Promise<void> {
    const pauseMs = this.#lastMs + this.#everyMs - performance.now();
    return new Promise((resolve) => {
      const end = (): void => {
        this.#lastMs = performance.now();
        this.#next = null;
        resolve();
      };
      if (pauseMs > 1) setTimeout(end, pauseMs);
      else setImmediate(end);
    });
  }
}
