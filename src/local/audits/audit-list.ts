import { LineFinder } from '../sorted-lines/line-finder.js';
import { toLineText } from '../sorted-lines/line-text.js';

/** A list of verified files on the disk, `PATH<tab>SHA256`, of any length. */
export class AuditList {
  readonly #lines: LineFinder;

  /** @throws NodeJS.ErrnoException, RefusedFile */
  constructor(file: string) {
    this.#lines = new LineFinder(file);
  }

  /** Returns the digest of the file at this repository path, lower-case hex; null if it is not in the list. */
  find(path: string): string | null {
    const key = toLineText(path);
    const line = this.#lines.find(key);
    const sha256 = line === null ? '' : line.slice(key.length + 1);
    return /^[0-9a-f]{64}$/.test(sha256) ? sha256 : null;
  }

  close(): void {
    this.#lines.close();
  }
}
