/** Counts by key in bounded memory: a table, and sorted files for what does not fit into it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { localRepositoryError } from '../../../base/disk/file-error.js';
import { CountTable, mostKeys } from './count-table.js';
import { mergeRuns, RunWriter } from './sorted-run.js';
import type { VisitKey } from './visit-key.js';
import { weigh, type Weight } from './weigh.js';

/** The default takes about 90 MB with its sort. */
export interface MemoryBound {
  readonly keys: number;
  readonly keyBytes: number;
}

const defaultBound: MemoryBound = { keys: mostKeys, keyBytes: 52 << 20 };

export class SpillingCounts {
  readonly #bound: MemoryBound;
  #table = new CountTable();
  #runs: string[] = [];
  #folder: string | null = null;
  #serial = 0;

  constructor(bound: MemoryBound = defaultBound) {
    this.#bound = bound;
  }

  /** Returns the bytes to write the text of the next key into, from {@link textStart} on. */
  reserve(length: number): Uint8Array {
    if (this.#table.size >= this.#bound.keys || this.#table.keyBytes >= this.#bound.keyBytes) this.#spill();
    return this.#table.reserve(length);
  }

  get textStart(): number {
    return this.#table.textStart;
  }

  add(day: number, textEnd: number, count: number): void {
    this.#table.add(day, textEnd, count);
  }

  /** Adds a count by the text of its key. */
  addText(day: number, text: Uint8Array, count: number): void {
    const target = this.reserve(text.length);
    target.set(text, this.textStart);
    this.add(day, this.textStart + text.length, count);
  }

  /** Calls back with each key in the order of days, then bytes. */
  inOrder(visit: VisitKey): void {
    if (this.#runs.length === 0) {
      this.#table.inOrder(visit);
      return;
    }
    if (this.#table.size > 0) this.#spill();
    mergeRuns(this.#runs, visit);
  }

  /** Adds up the keys of each version by their weight, for good, and frees the memory. */
  settle(weight: Weight): void {
    const settled = this.#write((visit) => {
      const sum = weigh(weight, visit);
      this.inOrder(sum.add);
      sum.end();
    });
    for (const run of this.#runs) rmSync(run, { force: true });
    this.#runs = [settled];
    this.#table = new CountTable();
  }

  /** Forgets everything, and removes the files. */
  clear(): void {
    this.#table = new CountTable();
    this.#runs = [];
    if (this.#folder !== null) rmSync(this.#folder, { recursive: true, force: true });
    this.#folder = null;
  }

  #spill(): void {
    const run = this.#write((visit) => this.#table.inOrder(visit));
    this.#runs.push(run);
    this.#table.clear();
  }

  #write(entries: (visit: VisitKey) => void): string {
    const folder = (this.#folder ??= mkdtempSync(join(tmpdir(), 'clojars-fetch-stats-')));
    try {
      const file = join(folder, String(this.#serial++));
      const run = new RunWriter(file);
      try {
        entries(run.add);
      } finally {
        run.close();
      }
      return file;
    } catch (cause) {
      throw localRepositoryError(cause, folder);
    }
  }
}
