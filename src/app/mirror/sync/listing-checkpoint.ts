/**
 * Keeps what a long listing has given so far, with the token at which it goes on: a sync that is killed after a million files need not list
 * them again.
 */
import { closeSync, ftruncateSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

import { localRepositoryError } from '../../../base/disk/file-error.js';
import { statFile } from '../../../base/disk/stat-file.js';
import { createStateFile, type StateFile } from '../../../base/disk/state-file.js';
import { LineReader } from '../../../local/sorted-lines/line-reader.js';
import type { ListingPlace, SourceFile } from '../source/source.js';

interface Saved {
  /** The name of the source. */
  readonly source: string;
  readonly place: ListingPlace;
  /** Of the file of what was listed. */
  readonly bytes: number;
  /** When the listing began, in epoch milliseconds by the source's clock. */
  readonly begunMs: number;
  /** By the clock of this machine. */
  readonly savedMs: number;
}

/** Pages between two savings. */
const pagesKept = 20;
/** Servers forget their tokens, and a listing of long ago is not one of now. */
const oldestMs = 24 * 3600 * 1000;
const batchSize = 1000;

export class ListingCheckpoint {
  readonly #source: string;
  readonly #file: string;
  readonly #stateFile: string;
  readonly #state: StateFile<Saved>;
  #saved: Saved | null = null;
  #descriptor: number | null = null;
  #bytes = 0;
  #waiting: string[] = [];
  #pages = 0;

  /** @param source its name */
  constructor(stateFolder: string, source: string) {
    this.#source = source;
    this.#file = join(stateFolder, 'listing.part');
    this.#stateFile = join(stateFolder, 'listing-token');
    this.#state = createStateFile(this.#stateFile, parseSaved);
  }

  /** Returns the place at which an earlier listing goes on; null to begin from the start. */
  async open(): Promise<ListingPlace | null> {
    const saved = await this.#state.read();
    const isUsable =
      saved !== null &&
      saved.source === this.#source &&
      Math.abs(Date.now() - saved.savedMs) < oldestMs &&
      (statFile(this.#file)?.size ?? -1) >= saved.bytes;
    this.#saved = isUsable ? saved : null;
    return this.#saved?.place ?? null;
  }

  /** When the listing began, if it is not this sync that began it. */
  get begunMs(): number | null {
    return this.#saved?.begunMs ?? null;
  }

  /** Gives what the earlier listing gave, in batches. */
  *replay(): Generator<readonly SourceFile[]> {
    this.#open(this.#saved?.bytes ?? 0);
    const reader = new LineReader(this.#file);
    try {
      let batch: SourceFile[] = [];
      for (let line = reader.next(); line !== null; line = reader.next()) {
        const file = parseFile(line);
        if (file !== null) batch.push(file);
        if (batch.length < batchSize) continue;
        yield batch;
        batch = [];
      }
      yield batch;
    } finally {
      reader.close();
    }
  }

  /** Adds a page that was listed. @param place at which the listing goes on after it; null at its end */
  async add(files: readonly SourceFile[], place: ListingPlace | null, begunMs: number): Promise<void> {
    for (const { key, size, mark, modifiedMs } of files) this.#waiting.push(JSON.stringify([key, size, mark, modifiedMs ?? null]));
    this.#pages += 1;
    if (place === null || this.#pages < pagesKept) return;
    this.#pages = 0;
    this.#write();
    const begun = this.#saved?.begunMs ?? begunMs;
    await this.#state.write({ source: this.#source, place, bytes: this.#bytes, begunMs: begun, savedMs: Date.now() });
  }

  /** Forgets everything, at the end of the listing or if it cannot go on. */
  discard(): void {
    this.close();
    this.#saved = null;
    this.#waiting = [];
    for (const file of [this.#stateFile, this.#file]) rmSync(file, { force: true });
  }

  close(): void {
    if (this.#descriptor !== null) closeSync(this.#descriptor);
    this.#descriptor = null;
  }

  #write(): void {
    const bytes = Buffer.from(this.#waiting.map((line) => `${line}\n`).join(''));
    this.#waiting = [];
    try {
      if (this.#descriptor === null) this.#open(0);
      for (let at = 0; at < bytes.length;) at += writeSync(this.#descriptor ?? -1, bytes, at);
      this.#bytes += bytes.length;
    } catch (error) {
      throw localRepositoryError(error, this.#file);
    }
  }

  /** Cuts off what was written after the last saving. */
  #open(bytes: number): void {
    try {
      this.#descriptor = openSync(this.#file, 'a', 0o600);
      ftruncateSync(this.#descriptor, bytes);
      this.#bytes = bytes;
    } catch (error) {
      throw localRepositoryError(error, this.#file);
    }
  }
}

function parseFile(line: string): SourceFile | null {
  try {
    const [key, size, mark, modifiedMs] = JSON.parse(Buffer.from(line, 'latin1').toString('utf8')) as unknown[];
    if (typeof key !== 'string' || typeof size !== 'number' || typeof mark !== 'string') return null;
    return { key, size, mark, modifiedMs: typeof modifiedMs === 'number' ? modifiedMs : undefined };
  } catch {
    return null;
  }
}

function parseSaved(value: unknown): Saved | null {
  if (typeof value !== 'object' || value === null) return null;
  const { source, place, bytes, begunMs, savedMs }: Partial<Record<keyof Saved, unknown>> = value;
  if (typeof source !== 'string' || typeof bytes !== 'number' || typeof begunMs !== 'number' || typeof savedMs !== 'number') return null;
  if (typeof place !== 'object' || place === null) return null;
  const { token, after }: Partial<Record<keyof ListingPlace, unknown>> = place;
  return typeof token === 'string' && typeof after === 'string' ? { source, place: { token, after }, bytes, begunMs, savedMs } : null;
}
