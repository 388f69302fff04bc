/**
 * A module of an rsync server as a source, by the program rsync. The listing comes first, and only files whose names were checked are then
 * asked for by name: rsync itself writes any name that a server sends.
 */
import { lstatSync, realpathSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { systemErrorCode } from '../../../base/disk/file-error.js';
import { makeFolders } from '../../../base/disk/make-folders.js';
import { ClojarsFetchError } from '../../../base/error.js';
import { folderOf, nameOf } from '../../../maven/repository-index/key.js';
import { removeEmptyFolders } from './empty-folders.js';
import { Flusher } from './flusher.js';
import { FolderSource } from './folder-source.js';
import { parseRsyncLine } from './rsync-listing.js';
import { rsyncKnows, RsyncRun } from './rsync-run.js';
import {
  type FetchedFolder,
  type ListContext,
  type MirrorSource,
  type OpenOptions,
  type SourceBody,
  SourceError,
  type SourceFile,
} from './source.js';

export interface RsyncSourceOptions {
  /** Of the module, or of a folder in it; ends with '/'. */
  readonly url: URL;
  /** A folder of this sync alone, for files that are not verified yet. */
  readonly stagingFolder: string;
  /** Bytes a second; null for no limit. */
  readonly bandwidth: number | null;
}

/** The files of one run of rsync, each under its key. */
interface Batch {
  readonly name: string;
  /** Whether a power cut cannot harm them any more. */
  readonly isDurable: Promise<boolean>;
}

/** So few files are flushed one by one. */
const few = 32;
/** `--8-bit-output` leaves names as they are, apart from control characters. */
const listingOptions = ['-r', '--list-only', '--8-bit-output'];
/**
 * No links, devices or folders: what is not a regular file is skipped. Files need no rename and no date of their own, since no one reads
 * them before the run has ended; they may become files of the mirror, with permissions that do not depend on the source.
 */
const fetchOptions = [
  '--whole-file',
  '--inplace',
  '--chmod=F644',
  '--files-from=-',
  '--from0',
  '--ignore-missing-args',
  '--no-implied-dirs',
];
/**
 * Newer versions compare each name that comes with each name that was asked for, in a time that grows with the square. This spares it: other
 * names come no further than into the staging folder, where a file is read only if it was asked for, and a folder that has others stays.
 */
const trustOption = '--trust-sender';

const folderPage = 'index.html';

export class RsyncSource implements MirrorSource {
  readonly name: string;
  readonly increments = null;
  readonly isTimeless = true;
  readonly #options: RsyncSourceOptions;
  readonly #staged: FolderSource;
  readonly #flusher: Flusher;
  /** By key, of files that were asked for and neither opened nor taken since. */
  readonly #prepared = new Map<string, Batch>();
  /** Options that not every version knows. */
  #newerOptions: Promise<readonly string[]> | null = null;
  /** With links followed. Null before the first run. */
  #realStaging: string | null = null;
  /** Of a batch that has ended, and known to be where it seems: most folders come after others of the same parent folder. */
  #placedFolder: string | null = null;
  #batches = 0;
  #runs = 0;
  /** Of the folders that were taken. */
  #takenBytes = 0;

  constructor(options: RsyncSourceOptions) {
    this.#options = options;
    this.#staged = new FolderSource(options.stagingFolder);
    this.#flusher = new Flusher(options.stagingFolder);
    const shown = new URL(options.url.href);
    shown.username = '';
    shown.password = '';
    this.name = shown.href;
  }

  get publicName(): string {
    return this.name;
  }

  get traffic(): { readonly requests: number; readonly bytes: number } {
    return { requests: this.#runs, bytes: this.#takenBytes + this.#staged.traffic.bytes };
  }

  now(): number {
    return Date.now();
  }

  async *list({ signal }: ListContext): AsyncGenerator<readonly SourceFile[]> {
    const run = this.#start([...listingOptions, '--', this.#options.url.href], signal);
    // Meanwhile.
    void this.#known();
    let rest = '';
    // Line by line, each would cost a promise.
    for await (const text of run.stdout.setEncoding('utf8') as AsyncIterable<string>) {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      yield parseLines(lines);
    }
    yield parseLines([rest]);
    const { problem } = await run.ended;
    signal.throwIfAborted();
    if (problem !== null)
      throw new ClojarsFetchError('ERR_UNREACHABLE', {
        reason: 'no-listing',
        message: `${this.name}: cannot be listed: ${problem}`,
        hint: 'Check the address of the module.',
      });
  }

  /** Fetches files that will be opened soon, with one run of rsync. @throws {SourceError} */
  async prepare(keys: readonly string[], signal: AbortSignal, folders: readonly string[]): Promise<void> {
    const { url, stagingFolder, bandwidth } = this.#options;
    // Files of a sync that was killed.
    if (this.#batches === 0) rmSync(stagingFolder, { recursive: true, force: true });
    this.#batches += 1;
    const name = String(this.#batches);
    const folder = join(stagingFolder, name);
    makeFolders(folder);
    this.#realStaging ??= realpathSync.native(stagingFolder);
    const limit = bandwidth === null ? [] : [`--bwlimit=${Math.max(1, Math.round(bandwidth / 1024))}`];
    const newer = await this.#known();
    const asked = newer.length === 0 ? { names: keys, options: [] } : askFor(keys, folders);
    const run = this.#start([...fetchOptions, ...newer, ...asked.options, ...limit, '--', url.href, `${folder}/`], signal);
    run.stdout.resume();
    run.stdin.on('error', () => undefined).end(asked.names.map((name) => `${name}\0`).join(''));
    const { problem, isPartial } = await run.ended;
    signal.throwIfAborted();
    if (problem !== null && !isPartial) throw new SourceError(`${this.name}: ${problem}`, true);
    const batch: Batch = { name, isDurable: keys.length > few ? this.#flusher.flush() : Promise.resolve(false) };
    for (const key of keys) this.#prepared.set(key, batch);
  }

  async open(key: string, options: OpenOptions): Promise<SourceBody | null> {
    if (!this.#prepared.has(key)) await this.prepare([key], options.signal, []);
    const batch = this.#prepared.get(key);
    this.#prepared.delete(key);
    if (batch === undefined) return null;
    const place = `${batch.name}/${key}`;
    if (!this.#isWhereItSeems(dirname(place))) throw new SourceError(`${key}: lies behind a link`, false);
    const opened = await this.#staged.open(place, options);
    if (opened === null) return null;
    const path = join(this.#options.stagingFolder, place);
    if (options.takesFile === true) return { ...opened, file: { path, isDurable: batch.isDurable } };
    // The open file stays readable.
    rmSync(path, { force: true });
    return opened;
  }

  fetchedFolder(folder: string, keys: readonly string[]): FetchedFolder | null {
    const batch = this.#prepared.get(keys[0] ?? '');
    if (batch === undefined || keys.some((key) => this.#prepared.get(key) !== batch)) return null;
    const place = join(batch.name, folder);
    if (!this.#isWhereItSeems(place)) return null;
    return {
      path: join(this.#options.stagingFolder, place),
      isDurable: batch.isDurable,
      taken: (moved, bytes) => {
        for (const key of moved) this.#prepared.delete(key);
        this.#takenBytes += bytes;
      },
    };
  }

  async close(): Promise<void> {
    this.#flusher.close();
    await removeEmptyFolders(this.#options.stagingFolder);
    rmSync(this.#options.stagingFolder, { recursive: true, force: true });
  }

  /**
   * Whether no folder above is a link: rsync was not told to make links, but a file behind one would be anywhere on this machine. A missing
   * folder counts as one that is where it seems.
   */
  #isWhereItSeems(folder: string): boolean {
    const parent = dirname(folder);
    try {
      if (parent !== this.#placedFolder && !this.#isPlaced(parent)) return false;
      this.#placedFolder = parent;
      return !lstatSync(join(this.#options.stagingFolder, folder)).isSymbolicLink();
    } catch (error) {
      if (systemErrorCode(error) === 'ENOENT' || systemErrorCode(error) === 'ENOTDIR') return true;
      throw error;
    }
  }

  /** Follows all links, which takes far longer than a look at the last folder alone. */
  #isPlaced(folder: string): boolean {
    const { stagingFolder } = this.#options;
    return realpathSync.native(join(stagingFolder, folder)) === join(this.#realStaging ?? stagingFolder, folder);
  }

  #known(): Promise<readonly string[]> {
    return (this.#newerOptions ??= rsyncKnows(trustOption).then((isKnown) => (isKnown ? [trustOption] : [])));
  }

  #start(words: readonly string[], signal: AbortSignal): RsyncRun {
    this.#runs += 1;
    return new RsyncRun(words, signal);
  }
}

/** Names folders in place of their files: the server takes half the time to find these, and has no more of them than it listed. */
function askFor(keys: readonly string[], folders: readonly string[]): { readonly names: readonly string[]; readonly options: string[] } {
  const whole = new Set(folders);
  const names = keys.filter((key) => !whole.has(folderOf(key)));
  // A page that a mirror's own server makes would keep the folder from being moved. The option would also hide one that was asked for.
  const options = keys.some((key) => nameOf(key) === folderPage) ? [] : [`--exclude=${folderPage}`];
  return { names: [...names, ...folders.map((folder) => `${folder}/`)], options };
}

function parseLines(lines: readonly string[]): SourceFile[] {
  return lines.map(parseRsyncLine).filter((file) => file !== null);
}
