/** Counts the files of a prefetch, and keeps what went wrong until the others are there. */
import { isClojarsFetchError } from '../../../base/error.js';
import type { ApprovedFile } from '../files/file-download.js';

export class Prefetched {
  /** Size and origin by repository and path: graphs share most of their files. */
  readonly #files = new Map<string, { readonly bytes: number; readonly isFetched: boolean }>();
  readonly #failures: unknown[] = [];

  note({ repository, path, size }: ApprovedFile, isFetched: boolean): void {
    const key = `${repository} ${path}`;
    if (!this.#files.has(key)) this.#files.set(key, { bytes: size, isFetched });
  }

  failed(error: unknown): void {
    this.#failures.push(error);
  }

  /** @param ofFetched whether to count only the files that a mirror served */
  count(ofFetched: boolean): { readonly files: number; readonly bytes: number } {
    const counted = [...this.#files.values()].filter(({ isFetched }) => isFetched || !ofFetched);
    return { files: counted.length, bytes: counted.reduce((sum, { bytes }) => sum + bytes, 0) };
  }

  /** Throws the first error, with the number of further ones in its message. */
  throwIfFailed(): void {
    if (this.#failures.length > 0) throw withCount(this.#failures);
  }
}

function withCount([first, ...more]: readonly unknown[]): unknown {
  if (more.length === 0 || !isClojarsFetchError(first)) return first;
  return first.with({ message: `${first.message}; ${more.length} more files failed` });
}
