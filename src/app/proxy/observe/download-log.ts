/**
 * Notes each jar that was served, for statistics: a file for each repository and day, in the form of Fastly's logs, from which Clojars
 * counts its downloads.
 *
 * Source of the form: clojars-web `tools/process_stats.clj`.
 */
import { accessSync, constants } from 'node:fs';
import { appendFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

import { localRepositoryError } from '../../../base/disk/file-error.js';
import { makeFolders } from '../../../base/disk/make-folders.js';
import type { ClojarsFetchError } from '../../../base/error.js';

/** A jar that was sent whole. */
export interface SentJar {
  readonly repository: string;
  /** Path within the repository, as it was asked for: with a leading slash, and percent-encoded. */
  readonly path: string;
  readonly bytes: number;
  readonly address: string;
  readonly agent: string | undefined;
}

const flushMs = 1_000;
/** Lines that wait. If the disk is slower than that, downloads are not counted, and clients do not wait. */
const mostWaiting = 50_000;

export interface DownloadLogOptions {
  readonly folder: string;
  readonly now: () => number;
  /** Called for the first failure, if only when the log is opened. */
  readonly onFailure: (error: ClojarsFetchError) => void;
}

export class DownloadLog {
  readonly folder: string;
  readonly #options: DownloadLogOptions;
  /** Lines by file name. */
  #waiting = new Map<string, string[]>();
  #count = 0;
  #timer: NodeJS.Timeout | null = null;
  #writing: Promise<void> = Promise.resolve();
  #hasFailed = false;

  constructor(options: DownloadLogOptions) {
    this.#options = options;
    this.folder = resolve(options.folder);
    // Found out now, and not with the first jar.
    this.#prepare();
  }

  note(jar: SentJar): void {
    if (this.#count >= mostWaiting) return;
    this.#count += 1;
    const time = new Date(this.#options.now()).toISOString();
    const name = `${jar.repository}-${time.slice(0, 10).replaceAll('-', '')}.log`;
    const lines = this.#waiting.get(name);
    const line = formatLine(jar, time);
    if (lines === undefined) this.#waiting.set(name, [line]);
    else lines.push(line);
    this.#timer ??= setTimeout(() => void this.#flush(), flushMs).unref();
  }

  /** Writes what is not on disk yet. */
  async close(): Promise<void> {
    await this.#flush();
  }

  #flush(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const waiting = this.#waiting;
    this.#waiting = new Map();
    this.#count = 0;
    this.#writing = this.#writing.then(() => this.#write(waiting));
    return this.#writing;
  }

  async #write(waiting: ReadonlyMap<string, readonly string[]>): Promise<void> {
    if (waiting.size === 0 || !this.#prepare()) return;
    try {
      for (const [name, lines] of waiting) await appendFile(join(this.folder, name), lines.join(''));
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Makes the folder. Returns whether it can be written. */
  #prepare(): boolean {
    try {
      makeFolders(this.folder);
      accessSync(this.folder, constants.W_OK);
      return true;
    } catch (error) {
      this.#fail(error);
      return false;
    }
  }

  #fail(error: unknown): void {
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    this.#options.onFailure(localRepositoryError(error, this.folder));
  }
}

function formatLine({ path, bytes, address, agent }: SentJar, time: string): string {
  return `<134>${time.slice(0, 19)}Z clojars-fetch proxy[${process.pid}]: ${address} "GET ${path} HTTP/1.1" 200 ${bytes} "(null)" "${plain(agent)}"\n`;
}

/** The client chose the text: it must not end the line or its quotes. */
function plain(agent = '(null)'): string {
  return agent.slice(0, 200).replace(/[^\x20-\x7e]|["\\]/g, '?');
}
