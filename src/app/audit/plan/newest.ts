/** Finds the newest files of a plan, in little memory. */

/** A file by its time; of files of the same time, those whose paths come first are the newer ones. */
export interface FileTime {
  /** Epoch milliseconds. */
  readonly time: number;
  readonly path: string;
}

export class NewestFiles {
  readonly #count: number;
  #files: FileTime[] = [];

  constructor(count: number) {
    this.#count = count;
  }

  /** Adds the next file, in the order of the plan. */
  add(file: FileTime): void {
    this.#files.push(file);
    if (this.#files.length > 8 * this.#count) this.#trim();
  }

  /** Returns the last of the newest files; null if no file was added. */
  last(): FileTime | null {
    this.#trim();
    return this.#files.at(-1) ?? null;
  }

  #trim(): void {
    // Files of the same time stay in the order of the plan.
    this.#files = this.#files.sort((one, other) => other.time - one.time).slice(0, this.#count);
  }
}
