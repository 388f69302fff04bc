/**
 * Keeps metadata on disk: each file in the tree of its repository, under the name by which it is asked for, so that any web server can
 * serve it; and what is known about it in small files elsewhere. Such a note only saves time and requests: one that is damaged, or does not
 * fit its file, is ignored together with the file.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';

import { readBounded } from '../../../base/disk/read-bounded.js';
import { createStateFile } from '../../../base/disk/state-file.js';
import { isClojarsFetchError } from '../../../base/error.js';
import type { LocalRepository } from '../../../local/repository/local-repository.js';
import { metadataMaxBytes } from '../../../network/transport/contract/limits.js';
import { type KeptCopy, type KeptRecord, type KeptRecords, parseRecords, withRecord } from './kept-record.js';

/** Most bytes of copies in memory. */
const memoryBytes = 8 * 1024 * 1024;

/** Where one copy is kept. */
export interface CopyPlace {
  readonly repository: string;
  readonly path: string;
  readonly local: LocalRepository;
}

export class KeptCopies {
  readonly #folder: string;
  /** The least recently used first. */
  readonly #memory = new Map<string, KeptCopy>();
  #memoryBytes = 0;
  /** The last write to each file of notes. */
  readonly #writing = new Map<string, Promise<void>>();

  /** @param folder of the notes: outside of the trees that are served */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * Returns the copy; null if there is none that can be trusted. A copy from the future was noted before the clock was set back: its age
   * counts from now on.
   */
  async read(place: CopyPlace, nowMs: number): Promise<KeptCopy | null> {
    const key = keyOf(place);
    let found = this.#memory.get(key) ?? null;
    if (found === null) {
      const stored = await this.#fromDisk(place, key);
      // A refresh may have ended in the meantime.
      found = this.#memory.get(key) ?? stored;
    }
    if (found === null) return null;
    const copy = found.fetchedMs > nowMs ? { ...found, fetchedMs: nowMs } : found;
    this.#remember(key, copy);
    return copy;
  }

  /**
   * Keeps a copy in place of the one before.
   * @throws ClojarsFetchError ERR_LOCAL_REPOSITORY if it cannot be written; it is in memory all the same
   */
  async write(place: CopyPlace, copy: KeptCopy): Promise<void> {
    const key = keyOf(place);
    this.#remember(key, copy);
    const there = readCopy(place);
    if (there === null || Buffer.compare(there, copy.bytes) !== 0)
      await place.local.writeSmall(place.path, copy.bytes, { replace: true, flush: false });
    await this.#note(key, { ...withoutBytes(copy), sha256: sha256Of(copy.bytes) });
  }

  async #fromDisk(place: CopyPlace, key: string): Promise<KeptCopy | null> {
    const record = (await this.#records(key))?.get(key);
    if (record === undefined) return null;
    const bytes = readCopy(place);
    if (bytes === null || sha256Of(bytes) !== record.sha256) return null;
    const { sha256: _, ...known } = record;
    return { ...known, bytes };
  }

  #remember(key: string, copy: KeptCopy): void {
    this.#forget(key);
    if (copy.bytes.length > memoryBytes / 4) return;
    this.#memory.set(key, copy);
    this.#memoryBytes += copy.bytes.length + key.length;
    for (const oldest of this.#memory.keys()) {
      if (this.#memoryBytes <= memoryBytes) break;
      this.#forget(oldest);
    }
  }

  #forget(key: string): void {
    const known = this.#memory.get(key);
    if (known === undefined) return;
    this.#memory.delete(key);
    this.#memoryBytes -= known.bytes.length + key.length;
  }

  #records(key: string): Promise<KeptRecords | null> {
    return createStateFile(this.#fileOf(key), parseRecords).read();
  }

  /** Writes the note, after earlier ones to the same file. Another process may have written to it in the meantime, so it is read again. */
  #note(key: string, record: KeptRecord): Promise<void> {
    const file = this.#fileOf(key);
    const state = createStateFile<readonly (readonly [string, KeptRecord])[]>(file, () => null);
    const write = async (): Promise<void> => state.write([...withRecord((await this.#records(key)) ?? new Map(), key, record)]);
    const writing = (this.#writing.get(file) ?? Promise.resolve()).then(write, write);
    this.#writing.set(file, writing);
    return writing.finally(() => {
      if (this.#writing.get(file) === writing) this.#writing.delete(file);
    });
  }

  /** Spreads the notes over 256 files. */
  #fileOf(key: string): string {
    return join(this.#folder, `${sha256Of(Buffer.from(key)).slice(0, 2)}.json`);
  }
}

function keyOf({ repository, path }: CopyPlace): string {
  return `${repository} ${path}`;
}

function withoutBytes({ fetchedMs, mirror, lastModifiedMs, validators }: KeptCopy): Omit<KeptCopy, 'bytes'> {
  return { fetchedMs, mirror, lastModifiedMs, validators };
}

function readCopy({ local, path }: CopyPlace): Uint8Array | null {
  try {
    return readBounded(local.file(path), metadataMaxBytes);
  } catch (error) {
    // A folder or a huge file in its place: the copy is fetched again.
    if (isClojarsFetchError(error)) return null;
    throw error;
  }
}

function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
