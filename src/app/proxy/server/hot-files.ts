/** Keeps files in memory that are asked for again and again, within a fixed amount of memory. */
import { isSame, type SentFile } from './descriptors.js';

/** A file that is in memory. */
export class HotFile {
  /** Text, one character for each byte, if the file is small: Node writes text and headers in one piece. */
  readonly content: Buffer | string;
  readonly size: number;
  readonly modifiedMs: number;
  /** Responses that still hold these bytes. */
  users = 0;

  constructor({ size, modifiedMs }: SentFile, bytes: Buffer) {
    this.content = size <= maxTextBytes ? bytes.toString('latin1') : bytes;
    this.size = size;
    this.modifiedMs = modifiedMs;
  }
}

/** With its headers, a text of this size fits into the 16 KiB that Node can write without allocating memory. */
const maxTextBytes = 15 * 1024;

/** Paths remembered as asked for once. */
const maxSeen = 4_096;

export class HotFiles {
  readonly #maxBytes: number;
  readonly #maxFileBytes: number;
  /** Least recently used first. */
  readonly #files = new Map<string, HotFile>();
  /** The last of them: under load, it is often the next one, too. */
  #latest: HotFile | null = null;
  readonly #seen = new Set<string>();
  #bytes = 0;

  constructor(maxBytes: number, maxFileBytes: number) {
    this.#maxBytes = maxBytes;
    this.#maxFileBytes = maxFileBytes;
  }

  /** Bytes held in memory. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Returns a file from memory; null if it is not there as it was looked up. */
  get(wanted: SentFile): HotFile | null {
    const found = this.#files.get(wanted.file);
    if (found === undefined) return null;
    if (!isSame(found, wanted)) {
      this.forget(wanted.file);
      return null;
    }
    if (found !== this.#latest) {
      this.#files.delete(wanted.file);
      this.#files.set(wanted.file, found);
      this.#latest = found;
    }
    return found;
  }

  /** Notes that a file is asked for, and returns whether to keep it in memory: on its second request, if it is small enough. */
  isSecondRequest({ file, size }: SentFile): boolean {
    if (size > this.#maxFileBytes || size === 0) return false;
    if (this.#seen.delete(file)) return true;
    if (this.#seen.size >= maxSeen) {
      const [oldest] = this.#seen;
      if (oldest !== undefined) this.#seen.delete(oldest);
    }
    this.#seen.add(file);
    return false;
  }

  /** Makes room by dropping what was used least recently. Returns false if what responses hold leaves too little: slow clients pin memory. */
  hasRoomFor(size: number): boolean {
    for (const [file, { users }] of this.#files) {
      if (this.#bytes + size <= this.#maxBytes) return true;
      if (users === 0) this.forget(file);
    }
    return this.#bytes + size <= this.#maxBytes;
  }

  /** Keeps a file. The caller has asked {@link hasRoomFor}. */
  keep(file: SentFile, bytes: Buffer): void {
    this.forget(file.file);
    if (!this.hasRoomFor(file.size)) return;
    this.#latest = new HotFile(file, bytes);
    this.#files.set(file.file, this.#latest);
    this.#bytes += file.size;
  }

  /** Drops a file. The bytes that responses still hold no longer count. */
  forget(file: string): void {
    const found = this.#files.get(file);
    if (found === undefined) return;
    this.#files.delete(file);
    if (this.#latest === found) this.#latest = null;
    this.#bytes -= found.size;
  }

  clear(): void {
    this.#files.clear();
    this.#latest = null;
    this.#seen.clear();
    this.#bytes = 0;
  }
}
