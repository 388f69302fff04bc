/** The entries of a record log in memory, in the order of recording. */
import { ownText, type Packing } from './packing.js';
import { parseRecordLine, peekRecordKey } from './record-line.js';

export interface RecordEntriesOptions<Value> {
  /** Checks a value read from disk; null drops it. */
  readonly parse: (value: unknown) => Value | null;
  /** Chooses the value of a key that is recorded again. Default: the later one. */
  readonly merge?: ((earlier: Value, later: Value) => Value) | undefined;
  /** Whether a value only says that its key is gone: it is written for other processes, and then not kept. Default: none is. */
  readonly isRemoval?: ((value: Value) => boolean) | undefined;
  /** How values are kept in memory, if the log is of a process that runs for long. Default: as they are. */
  readonly packing?: Packing<Value> | undefined;
}

/** A line is checked and parsed when its key is first asked for: a warm call needs a few of thousands. A text is a packed value. */
type Entry<Value> = { readonly line: string } | { readonly value: Value } | string;

export class RecordEntries<Value> {
  readonly #options: RecordEntriesOptions<Value>;
  readonly #entries = new Map<string, Entry<Value>>();

  constructor(options: RecordEntriesOptions<Value>) {
    this.#options = options;
  }

  /** Counts damaged lines and removals, too, until their keys are asked for. */
  get size(): number {
    return this.#entries.size;
  }

  keys(): Iterable<string> {
    return this.#entries.keys();
  }

  get(key: string): Value | undefined {
    const entry = this.#entries.get(key);
    if (typeof entry === 'string') return this.#options.packing?.unpack(entry);
    if (entry === undefined || 'value' in entry) return entry?.value;
    const pair = parseRecordLine(entry.line);
    const value = pair !== null && pair[0] === key ? this.#options.parse(pair[1]) : null;
    if (value === null || this.#options.isRemoval?.(value) === true) {
      this.#entries.delete(key);
      return undefined;
    }
    this.#entries.set(key, this.#entryOf(value));
    return value;
  }

  put(key: string, value: Value): void {
    const merged = this.merge(this.get(key), value) ?? value;
    // Deleted first, so that the order of the map is the order of recording.
    this.#entries.delete(key);
    if (this.#options.isRemoval?.(merged) !== true) this.#entries.set(this.#ownKey(key), this.#entryOf(merged));
  }

  /** Returns the key that the line records; null if the line is damaged. */
  putLine(line: string): string | null {
    const key = peekRecordKey(line);
    if (key !== null && !this.#entries.has(key)) {
      this.#entries.set(this.#ownKey(key), { line });
      return key;
    }
    const pair = parseRecordLine(line);
    const value = pair === null ? null : this.#options.parse(pair[1]);
    if (pair === null || value === null) return null;
    this.put(pair[0], value);
    return pair[0];
  }

  /** The value of a key whose values were recorded one after the other; undefined if neither is there. */
  merge(earlier: Value | undefined, later: Value | undefined): Value | undefined {
    if (earlier === undefined || later === undefined) return later ?? earlier;
    return this.#options.merge === undefined ? later : this.#options.merge(earlier, later);
  }

  /** Drops damaged lines and removals, then the entries recorded longest ago, until no more than this many are left. */
  shrinkTo(most: number): void {
    for (const key of [...this.#entries.keys()]) this.get(key);
    for (const key of this.#entries.keys()) {
      if (this.#entries.size <= most) break;
      this.#entries.delete(key);
    }
  }

  #entryOf(value: Value): Entry<Value> {
    const { packing } = this.#options;
    return packing === undefined ? { value } : packing.pack(value);
  }

  /** The key as it is kept: the line that it was cut from need not be. */
  #ownKey(key: string): string {
    return this.#options.packing === undefined ? key : ownText(key);
  }
}
