/**
 * A module of an rsync server as a source, by the program rsync. The listing comes first, and only files whose names were checked are then
 * asked for by name: rsync itself writes any name that a server sends.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

import { systemErrorCode } from '../../../base/disk/file-error.js';
import { makeFolders } from '../../../base/disk/make-folders.js';
import { ClojarsFetchError } from '../../../base/error.js';
import { escapeForDisplay } from '../../../base/escape.js';
import { FolderSource } from './folder-source.js';
import { parseRsyncLine } from './rsync-listing.js';
import { fullNames, type RsyncName, shortNames } from './rsync-names.js';
import { type ListContext, type MirrorSource, type OpenOptions, type SourceBody, SourceError, type SourceFile } from './source.js';

export interface RsyncSourceOptions {
  /** Of the module, or of a folder in it; ends with '/'. */
  readonly url: URL;
  /** A folder of this sync alone, for files that are not verified yet. */
  readonly stagingFolder: string;
  /** Bytes a second; null for no limit. */
  readonly bandwidth: number | null;
}

/** A file that waits to be opened, in the staging folder. */
interface StagedPlace {
  readonly name: string;
  /** Whether a power cut cannot harm it any more. */
  readonly isDurable: boolean;
}

const batchSize = 512;
/** So few files are flushed one by one, and keep their folders. */
const few = 32;
/** Exit codes of rsync for files that could not be read or have vanished. The others came. */
const partialCodes: ReadonlySet<unknown> = new Set([23, 24]);
const maxErrorLength = 2000;
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

export class RsyncSource implements MirrorSource {
  readonly name: string;
  readonly increments = null;
  readonly #options: RsyncSourceOptions;
  readonly #staged: FolderSource;
  /** Keys that were asked for and not opened since. */
  readonly #prepared = new Map<string, StagedPlace>();
  #batches = 0;
  #runs = 0;

  constructor(options: RsyncSourceOptions) {
    this.#options = options;
    this.#staged = new FolderSource(options.stagingFolder);
    const shown = new URL(options.url.href);
    shown.username = '';
    shown.password = '';
    this.name = shown.href;
  }

  get publicName(): string {
    return this.name;
  }

  get traffic(): { readonly requests: number; readonly bytes: number } {
    return { requests: this.#runs, bytes: this.#staged.traffic.bytes };
  }

  now(): number {
    return Date.now();
  }

  async *list({ signal }: ListContext): AsyncGenerator<readonly SourceFile[]> {
    const run = this.#start([...listingOptions, '--', this.#options.url.href], signal);
    let batch: SourceFile[] = [];
    for await (const line of createInterface({ input: run.stdout.setEncoding('utf8'), crlfDelay: 0 })) {
      const file = parseRsyncLine(line);
      if (file !== null) batch.push(file);
      if (batch.length < batchSize) continue;
      yield batch;
      batch = [];
    }
    yield batch;
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
  async prepare(keys: readonly string[], signal: AbortSignal): Promise<void> {
    const rest = keys.length > few ? await this.#fetch(shortNames(keys), signal) : keys;
    if (rest.length > 0)
      for (const key of await this.#fetch(fullNames(rest), signal)) this.#prepared.set(key, { name: key, isDurable: false });
  }

  async open(key: string, options: OpenOptions): Promise<SourceBody | null> {
    if (!this.#prepared.has(key)) await this.prepare([key], options.signal);
    const { name, isDurable } = this.#prepared.get(key) ?? { name: key, isDurable: false };
    this.#prepared.delete(key);
    const opened = await this.#staged.open(name, options);
    if (opened === null) return null;
    const path = join(this.#options.stagingFolder, name);
    if (options.takesFile === true) return { ...opened, file: { path, isDurable } };
    // The open file stays readable.
    rmSync(path, { force: true });
    return opened;
  }

  async close(): Promise<void> {
    rmSync(this.#options.stagingFolder, { recursive: true, force: true });
  }

  /** Returns the keys of files that did not come, if rsync says so. */
  async #fetch(names: ReadonlyMap<string, RsyncName>, signal: AbortSignal): Promise<readonly string[]> {
    const { url, stagingFolder, bandwidth } = this.#options;
    this.#batches += 1;
    const batch = String(this.#batches);
    const folder = join(stagingFolder, batch);
    makeFolders(folder);
    const limit = bandwidth === null ? [] : [`--bwlimit=${Math.max(1, Math.round(bandwidth / 1024))}`];
    const run = this.#start([...fetchOptions, ...limit, '--', url.href, `${folder}/`], signal);
    run.stdout.resume();
    run.stdin.on('error', () => undefined).end([...names.values()].map(({ asked }) => `${asked}\0`).join(''));
    const { problem, isPartial } = await run.ended;
    signal.throwIfAborted();
    if (problem !== null && !isPartial) throw new SourceError(`${this.name}: ${problem}`, true);
    const isDurable = names.size > few && (await flushFileSystem(folder));
    const missing = isPartial ? [...names].filter(([, { name }]) => !existsSync(join(folder, name))).map(([key]) => key) : [];
    for (const [key, { name }] of names) this.#prepared.set(key, { name: `${batch}/${name}`, isDurable });
    for (const key of missing) this.#prepared.delete(key);
    return missing;
  }

  #start(words: readonly string[], signal: AbortSignal): RsyncRun {
    this.#runs += 1;
    return new RsyncRun(words, signal);
  }
}

interface RsyncEnd {
  /** The reason why it failed; null if it did not. */
  readonly problem: string | null;
  /** Whether it concerns single files. */
  readonly isPartial: boolean;
}

class RsyncRun {
  readonly #child: ChildProcess & { readonly stdin: NodeJS.WritableStream; readonly stdout: Readable };
  readonly ended: Promise<RsyncEnd>;

  constructor(words: readonly string[], signal: AbortSignal) {
    const env = { ...process.env, TZ: 'UTC', LC_ALL: 'C' };
    const child = spawn('rsync', ['--no-motd', '--timeout=60', '--contimeout=30', ...words], { env, signal, stdio: 'pipe' });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(0, maxErrorLength)));
    this.#child = child;
    this.ended = once(child, 'close').then(
      ([code]) => ({
        problem: code === 0 ? null : `rsync ended with code ${String(code)}: ${escapeForDisplay(said.trim())}`,
        isPartial: partialCodes.has(code),
      }),
      (error: unknown) => {
        if (systemErrorCode(error) === 'ENOENT') throw missingProgram();
        return { problem: String(error), isPartial: false };
      },
    );
    this.ended.catch(() => undefined);
  }

  get stdin(): NodeJS.WritableStream {
    return this.#child.stdin;
  }

  get stdout(): Readable {
    return this.#child.stdout;
  }
}

/** Flushes all files of a file system at once, with `sync` of Linux: one by one takes far longer. Returns false if that is impossible. */
async function flushFileSystem(folder: string): Promise<boolean> {
  if (process.platform !== 'linux') return false;
  const child = spawn('sync', ['-f', folder], { stdio: 'ignore' });
  return once(child, 'close').then(
    ([code]) => code === 0,
    () => false,
  );
}

function missingProgram(): ClojarsFetchError {
  return new ClojarsFetchError('ERR_CONFIG', {
    reason: 'unreadable',
    message: 'rsync: there is no such program',
    hint: 'Install rsync, or copy over https.',
  });
}
