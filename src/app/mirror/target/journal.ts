/**
 * The journal: what was done since the inventory was written. A line is written before and after each change, so that the work of a killed
 * sync is neither lost nor believed without a look.
 */
import { closeSync, fstatSync, openSync, readSync, rmSync, writeFileSync } from 'node:fs';

import { localRepositoryError } from '../../../base/disk/file-error.js';
import { LineReader } from '../../../local/sorted-lines/line-reader.js';
import { LineSorter } from '../../../local/sorted-lines/line-sorter.js';
import { fromLineText, lineKey, toLineText } from '../../../local/sorted-lines/line-text.js';
import { LineWriter } from '../../../local/sorted-lines/line-writer.js';
import { formatRecord, type InventoryRecord, parseRecord } from './inventory-record.js';

/** One line of a journal. */
export type JournalEntry =
  /** The file was about to be published, and perhaps was. */
  | { readonly kind: 'intended'; readonly record: InventoryRecord }
  | { readonly kind: 'done'; readonly record: InventoryRecord }
  /** The file was about to be removed, and perhaps was. */
  | { readonly kind: 'removed' };

const mostWaiting = 64 * 1024;
/** Intentions in memory while the journal is sorted. */
const mostIntended = 8192;
const signs = { intended: '>', done: '=', removed: '-' } as const;

export class Journal {
  /** Absolute. */
  readonly file: string;
  #descriptor: number | null = null;
  /** Whether the last line has no end, since a kill or a full disk cut it short. */
  #isTorn = false;
  /** Lines that wait for the next one: if they are lost in a kill, the next sync looks at those files. */
  #waiting = '';

  /** @param file absolute; its folder exists */
  constructor(file: string) {
    this.file = file;
  }

  intend(...records: readonly InventoryRecord[]): void {
    this.#append(records.map((record) => `${signs.intended}${formatRecord(record)}\t.\n`).join(''));
  }

  /** Reaches the file with the next intention, or when the journal is closed. */
  done(record: InventoryRecord): void {
    this.#waiting += `${signs.done}${formatRecord(record)}\t.\n`;
    if (this.#waiting.length >= mostWaiting) this.#append('');
  }

  removing(key: string): void {
    this.#append(`${signs.removed}${toLineText(key)}\t.\n`);
  }

  /** Removes the file, once everything in it is part of the inventory. */
  clear(): void {
    this.close();
    rmSync(this.file, { force: true });
  }

  /** Never throws: lines that cannot be written are as good as lost in a kill. */
  close(): void {
    try {
      if (this.#waiting !== '') this.#append('');
    } catch {
      this.#waiting = '';
    }
    if (this.#descriptor !== null) closeSync(this.#descriptor);
    this.#descriptor = null;
  }

  /** Reads the changes in the order in which they were made. */
  *read(): Generator<{ readonly key: string; readonly change: JournalEntry }> {
    const reader = new LineReader(this.file);
    try {
      for (let line = reader.next(); line !== null; line = reader.next()) {
        const change = line.endsWith('\t.') ? parseChange(line.slice(0, 1), line.slice(1, -2)) : null;
        if (change !== null) yield { key: change.kind === 'removed' ? fromLineText(line.slice(1, -2)) : change.record.key, change };
      }
    } finally {
      reader.close();
    }
  }

  /**
   * Writes the lines of the journal into another file, sorted by key and then by time. Leaves out intentions that other lines of their key
   * follow: those tell more.
   * @returns whether there are any
   */
  sortInto(file: string): boolean {
    const reader = new LineReader(this.file);
    const sorter = new LineSorter(file);
    /** Sorted lines of intentions, by key. */
    const intended = new Map<string, string>();
    const addIntended = (): void => {
      for (const line of intended.values()) sorter.add(line);
      intended.clear();
    };
    let count = 0;
    try {
      for (let line = reader.next(); line !== null; line = reader.next()) {
        // A line without its end was being written when the process was killed.
        if (!line.endsWith('\t.')) continue;
        const key = lineKey(line).slice(1);
        const sorted = `${key}\t${String(count).padStart(10, '0')}\t${line.slice(0, 1)}${line.slice(key.length + 1, -2)}`;
        count += 1;
        intended.delete(key);
        if (!line.startsWith(signs.intended)) sorter.add(sorted);
        else if (intended.set(key, sorted).size >= mostIntended) addIntended();
      }
      addIntended();
      sorter.finish();
    } finally {
      reader.close();
      sorter.discard();
    }
    return count > 0;
  }

  /** Appends at once what waits, and then the line: only what the operating system has survives a kill. */
  #append(line: string): void {
    const lines = this.#waiting + line;
    try {
      this.#descriptor ??= this.#open();
      const start = this.#isTorn ? '\n' : '';
      this.#isTorn = true;
      writeFileSync(this.#descriptor, start + lines, 'latin1');
      this.#isTorn = false;
      this.#waiting = '';
    } catch (error) {
      throw localRepositoryError(error, this.file);
    }
  }

  #open(): number {
    const descriptor = openSync(this.file, 'a+', 0o644);
    const last = Buffer.alloc(1);
    const { size } = fstatSync(descriptor);
    this.#isTorn = size > 0 && readSync(descriptor, last, 0, 1, size - 1) === 1 && last.toString('latin1') !== '\n';
    return descriptor;
  }
}

/** Makes a journal say only what was meant to be done: another machine may have changed the target since. @param file absolute; may be missing */
export function doubtJournal(file: string): void {
  const reader = new LineReader(file);
  const writer = new LineWriter(file);
  try {
    for (let line = reader.next(); line !== null; line = reader.next())
      writer.write(line.startsWith(signs.done) ? signs.intended + line.slice(1) : line);
    writer.commit({ isDurable: true });
  } finally {
    reader.close();
    writer.discard();
  }
}

/** Reads a line that {@link Journal.sortInto} wrote; null if it is damaged. */
export function parseJournalLine(line: string): JournalEntry | null {
  const [key = '', , sign = '', ...rest] = line.split('\t');
  return parseChange(sign, [key, ...rest].join('\t'));
}

function parseChange(sign: string, fields: string): JournalEntry | null {
  if (sign === signs.removed) return { kind: 'removed' };
  const record = parseRecord(fields);
  if (record === null || (sign !== signs.done && sign !== signs.intended)) return null;
  return { kind: sign === signs.done ? 'done' : 'intended', record };
}
