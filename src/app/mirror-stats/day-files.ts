/** Writes the counts of each day into a file of its own. */
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

import { localRepositoryError } from '../../base/disk/file-error.js';
import { makeFolders } from '../../base/disk/make-folders.js';
import { temporaryNameFor } from '../../base/disk/temporary-name.js';
import { EdnText } from './edn/edn-text.js';
import { slash } from './lines/bytes.js';

/** The downloads of one day. */
export interface DayOfDownloads {
  /** `YYYY-MM-DD`, UTC. */
  readonly date: string;
  readonly downloads: number;
  /** Number of artifacts that were downloaded. */
  readonly artifacts: number;
  /** Number of their versions that were downloaded. */
  readonly versions: number;
  /** The file with the counts. */
  readonly file: string;
}

const dayMs = 86_400_000;
const batchLength = 1 << 16;

/** A file that is written under a temporary name. */
class NewFile {
  readonly path: string;
  readonly #temporary: string;
  readonly #descriptor: number;
  #waiting: string[] = [];
  #length = 0;

  constructor(folder: string, name: string) {
    this.path = join(folder, name);
    this.#temporary = join(folder, temporaryNameFor(name));
    this.#descriptor = openSync(this.#temporary, 'wx', 0o666);
  }

  write(text: string): void {
    this.#waiting.push(text);
    this.#length += text.length;
    if (this.#length >= batchLength) this.#flush();
  }

  close(): void {
    this.#flush();
    fsyncSync(this.#descriptor);
    closeSync(this.#descriptor);
  }

  place(): void {
    renameSync(this.#temporary, this.path);
  }

  remove(): void {
    rmSync(this.#temporary, { force: true });
  }

  #flush(): void {
    const bytes = Buffer.from(this.#waiting.join(''));
    this.#waiting = [];
    this.#length = 0;
    for (let at = 0; at < bytes.length;) at += writeSync(this.#descriptor, bytes, at);
  }
}

/** One day that is being written. */
class Day {
  readonly date: string;
  readonly file: NewFile;
  readonly #text = new EdnText();
  #downloads = 0;
  #artifacts = 0;
  #versions = 0;
  #last = '';

  constructor(folder: string, day: number) {
    this.date = new Date(day * dayMs).toISOString().slice(0, 10);
    this.file = new NewFile(folder, `downloads-${this.date.replaceAll('-', '')}.edn`);
  }

  add(group: string, artifact: string, version: string, count: number): void {
    this.#downloads += count;
    this.#versions += 1;
    const name = `${group}/${artifact}`;
    if (name !== this.#last) this.#artifacts += 1;
    this.#last = name;
    this.file.write(this.#text.add(group, artifact, version, count));
  }

  end(): DayOfDownloads {
    this.file.write(this.#text.end());
    this.file.close();
    return {
      date: this.date,
      downloads: this.#downloads,
      artifacts: this.#artifacts,
      versions: this.#versions,
      file: this.file.path,
    };
  }
}

/** Takes counts in the order of days and artifacts. No file has its name before {@link place}. */
export class DayFiles {
  readonly #folder: string;
  readonly #files: NewFile[] = [];
  readonly #days: DayOfDownloads[] = [];
  #day = -1;
  #open: Day | null = null;

  /** @throws ClojarsFetchError ERR_LOCAL_REPOSITORY if the folder cannot be made */
  constructor(folder: string) {
    this.#folder = folder;
    this.#guard(() => makeFolders(folder));
  }

  /** @param text `group/artifact/version` */
  add(day: number, text: Uint8Array, count: number): void {
    if (day !== this.#day) this.#begin(day);
    const nameStart = text.indexOf(slash) + 1;
    const versionStart = text.indexOf(slash, nameStart) + 1;
    const key = Buffer.from(text.buffer, text.byteOffset, text.length);
    const group = key.toString('utf8', 0, nameStart - 1);
    const artifact = key.toString('utf8', nameStart, versionStart - 1);
    this.#guard(() => this.#open?.add(group, artifact, key.toString('utf8', versionStart), count));
  }

  /** Gives all files their names. */
  place(): readonly DayOfDownloads[] {
    this.#end();
    for (const file of this.#files) this.#guard(() => file.place());
    return this.#days;
  }

  /** Removes what was not placed. */
  remove(): void {
    for (const file of this.#files) file.remove();
  }

  #begin(day: number): void {
    this.#end();
    this.#day = day;
    const next = this.#guard(() => new Day(this.#folder, day));
    this.#open = next;
    this.#files.push(next.file);
  }

  #end(): void {
    const open = this.#open;
    if (open !== null) this.#days.push(this.#guard(() => open.end()));
    this.#open = null;
  }

  #guard<T>(work: () => T): T {
    try {
      return work();
    } catch (cause) {
      throw localRepositoryError(cause, this.#folder);
    }
  }
}
