/** Merges sorted lines from several sources into one sorted sequence. */
import type { LineSource } from './line-reader.js';

interface Head {
  line: string;
  readonly source: LineSource;
  /** Earlier sources win among equal lines, so that the merge is stable. */
  readonly rank: number;
}

/** A binary heap of the next line of each source. */
export class LineMerge implements LineSource {
  readonly #heap: Head[] = [];
  readonly #sources: readonly LineSource[];

  constructor(sources: readonly LineSource[]) {
    this.#sources = sources;
    sources.forEach((source, rank) => {
      const line = source.next();
      if (line !== null) this.#heap.push({ line, source, rank });
    });
    for (let index = (this.#heap.length >> 1) - 1; index >= 0; index -= 1) this.#sink(index);
  }

  next(): string | null {
    const [top] = this.#heap;
    if (top === undefined) return null;
    const { line } = top;
    const following = top.source.next();
    if (following !== null) top.line = following;
    else {
      const last = this.#heap.pop();
      if (this.#heap.length > 0 && last !== undefined) this.#heap[0] = last;
    }
    this.#sink(0);
    return line;
  }

  close(): void {
    for (const source of this.#sources) source.close();
    this.#heap.length = 0;
  }

  #sink(from: number): void {
    const heap = this.#heap;
    const head = heap[from];
    if (head === undefined) return;
    for (let at = from; ;) {
      const left = 2 * at + 1;
      const one = heap[left];
      if (one === undefined) return;
      const other = heap[left + 1];
      const smaller = other !== undefined && isBefore(other, one) ? left + 1 : left;
      const child = smaller === left ? one : (other ?? one);
      if (!isBefore(child, head)) return;
      heap[at] = child;
      heap[smaller] = head;
      at = smaller;
    }
  }
}

function isBefore(one: Head, other: Head): boolean {
  return one.line < other.line || (one.line === other.line && one.rank < other.rank);
}
