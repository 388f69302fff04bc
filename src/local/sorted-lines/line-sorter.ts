/**
 * Sorts any number of lines in bounded memory: pieces are sorted and written to disk as runs, which are then merged. Lines that already
 * come in order make a single run and are only copied.
 */
import { renameSync, rmSync } from 'node:fs';

import { localRepositoryError } from '../../base/disk/file-error.js';
import { LineMerge } from './line-merge.js';
import { LineReader } from './line-reader.js';
import { LineWriter } from './line-writer.js';

/** Characters in memory. A line of a hundred also takes thirty bytes for its string and its place in the array. */
const gatherLength = 12 * 1024 * 1024;
/** Runs merged at once, each with a buffer. */
const mostRuns = 32;

export class LineSorter {
  readonly #file: string;
  readonly #gatherLength: number;
  #lines: string[] = [];
  #length = 0;
  #isInOrder = true;
  /** Runs on disk, oldest first. */
  #runs: string[] = [];
  #made = 0;
  /** The run that grows while the lines come in order. */
  #open: { readonly writer: LineWriter; readonly file: string; last: string } | null = null;

  /** @param file absolute, where the sorted lines go; the runs lie alongside it */
  constructor(file: string, options: { readonly gatherLength?: number } = {}) {
    this.#file = file;
    this.#gatherLength = options.gatherLength ?? gatherLength;
  }

  add(line: string): void {
    const last = this.#lines.at(-1);
    if (last !== undefined && line < last) this.#isInOrder = false;
    this.#lines.push(line);
    this.#length += line.length;
    if (this.#length >= this.#gatherLength) this.#spill();
  }

  /** Writes the file. Throws `ERR_LOCAL_REPOSITORY`. */
  finish(): void {
    this.#spill();
    this.#closeRun();
    while (this.#runs.length > 1) this.#mergeOldest();
    const [run] = this.#runs;
    try {
      if (run === undefined) new LineWriter(this.#file).commit();
      else renameSync(run, this.#file);
    } catch (error) {
      throw localRepositoryError(error, this.#file);
    }
    this.#runs = [];
  }

  /** Removes the runs, if the work ends early. */
  discard(): void {
    this.#open?.writer.discard();
    this.#open = null;
    for (const run of this.#runs) rmSync(run, { force: true });
    this.#runs = [];
    this.#lines = [];
  }

  #spill(): void {
    if (!this.#isInOrder) this.#lines.sort();
    const [first] = this.#lines;
    if (first === undefined) return;
    if (this.#open === null || first < this.#open.last) this.#startRun();
    const run = this.#open;
    for (const line of this.#lines) run?.writer.write(line);
    if (run !== null) run.last = this.#lines.at(-1) ?? run.last;
    this.#lines = [];
    this.#length = 0;
    this.#isInOrder = true;
  }

  #startRun(): void {
    this.#closeRun();
    const file = this.#nextRun();
    this.#open = { writer: new LineWriter(file), file, last: '' };
  }

  #closeRun(): void {
    if (this.#open === null) return;
    this.#open.writer.commit();
    this.#runs.push(this.#open.file);
    this.#open = null;
  }

  #nextRun(): string {
    this.#made += 1;
    return `${this.#file}.run${this.#made}`;
  }

  #mergeOldest(): void {
    const runs = this.#runs.splice(0, mostRuns);
    const merged = this.#nextRun();
    const merge = new LineMerge(runs.map((run) => new LineReader(run)));
    const writer = new LineWriter(merged);
    try {
      for (let line = merge.next(); line !== null; line = merge.next()) writer.write(line);
      writer.commit();
    } finally {
      merge.close();
      writer.discard();
    }
    for (const run of runs) rmSync(run, { force: true });
    this.#runs.push(merged);
  }
}
