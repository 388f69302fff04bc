/** `proxy prefetch`: fills the cache of the proxy with all that projects or lockfiles need. */
import { statSync } from 'node:fs';

import { ClojarsFetchError } from '../../../base/error.js';
import { safeListener } from '../../../base/event.js';
import { isLockfile } from '../../../local/lockfile/is-lockfile.js';
import { isBuildFile } from '../../../maven/build-file/is-build-file.js';
import type { ProjectReadOptions } from '../../project/options.js';
import { AheadPoms } from '../ahead/ahead-poms.js';
import { ServedVersions } from '../ahead/served-versions.js';
import type { ApprovedFile, FileAddress } from '../files/file-download.js';
import type { FoundFile } from '../files/repository-files.js';
import { Machine } from '../machine.js';
import type { ProxyOptions } from '../proxy-options.js';
import { fetchLockedFiles } from './locked-files.js';
import { Prefetched } from './prefetched.js';
import { ProjectFiles, type ProjectFilesOptions } from './project-files.js';

/** Options of a proxy, and of how project files are read. `port`, `tls` and the others that are about serving have no effect. */
export interface PrefetchOptions extends ProxyOptions, Pick<ProjectReadOptions, 'profiles' | 'aliases' | 'clojure'> {
  /** Also fetch the plugins that the build tool itself loads. Default: true. */
  readonly plugins?: boolean | undefined;
}

/** The result of a prefetch. */
export interface PrefetchReport {
  /** Files that the projects need, and their size in bytes. */
  readonly files: number;
  readonly bytes: number;
  /** Of these, the ones that were not in the cache yet. */
  readonly fetched: number;
  readonly fetchedBytes: number;
}

/**
 * Fills the proxy's cache with the whole closure of projects or lockfiles, verified as the proxy verifies. A proxy that runs on the same
 * folder may go on meanwhile, and then serves these files. After a file that fails, the others are fetched all the same.
 *
 * @param files project files, folders of projects, or lockfiles. Those of a lockfile must match its checksums
 * @throws {ClojarsFetchError} the first error, after everything else was fetched: as `createProxy`, `resolveProject` and
 * `Client.resolveDependencies`; `ERR_LOCKFILE`
 */
export async function prefetchProxyCache(files: readonly string[], options: PrefetchOptions = {}): Promise<PrefetchReport> {
  if (files.length === 0) throw noFile();
  const prefetched = new Prefetched();
  for (const file of files) await prefetchOne(file, options, prefetched);
  prefetched.throwIfFailed();
  const [all, fetched] = [prefetched.count(false), prefetched.count(true)];
  return { files: all.files, bytes: all.bytes, fetched: fetched.files, fetchedBytes: fetched.bytes };
}

/** Each file has a machine of its own: a lockfile's checksums count for its files alone. */
async function prefetchOne(file: string, options: PrefetchOptions, prefetched: Prefetched): Promise<void> {
  const { profiles, aliases, clojure, plugins, ...proxyOptions } = options;
  const isLocked = !isProject(file) && isLockfile(file);
  const machine = await Machine.open({
    options: { ...proxyOptions, ...(isLocked ? { lockfile: file } : {}), lookAhead: false },
    emit: safeListener(options.onEvent),
    now: Date.now,
    tuning: {},
    service: () => Promise.reject(new TypeError('nothing is served')),
  });
  const run = new PrefetchRun(machine, prefetched, options);
  try {
    if (isLocked) await run.fetchLocked(file);
    else await run.fetchProject(file, { profiles, aliases, clojure, plugins });
    run.warnIfTooLarge();
  } finally {
    await run.end();
  }
}

class PrefetchRun {
  readonly #machine: Machine;
  readonly #prefetched: Prefetched;
  readonly #options: PrefetchOptions;
  readonly #signal: AbortSignal;
  readonly #onAbort = (): void => this.#machine.endDownloads();

  constructor(machine: Machine, prefetched: Prefetched, options: PrefetchOptions) {
    this.#machine = machine;
    this.#prefetched = prefetched;
    this.#options = options;
    this.#signal = options.signal ?? new AbortController().signal;
    this.#signal.addEventListener('abort', this.#onAbort);
  }

  async fetchProject(file: string, project: ProjectFilesOptions['project']): Promise<void> {
    const { session, all, bytes } = this.#machine;
    const { repositories, cacheFolder } = session.configuration;
    const fetch = (address: FileAddress): Promise<ApprovedFile> => this.#arrived(all.find(address));
    const versions = new ServedVersions((path) => bytes.readMetadata(path));
    const poms = new AheadPoms({ fetch, versions, cacheFolder, most: Infinity });
    const environment = await this.#machine.profileEnvironment();
    const emit = safeListener(this.#options.onEvent);
    const [signal, prefetched] = [this.#signal, this.#prefetched];
    try {
      await new ProjectFiles({ poms, fetch, environment, repositories, project, prefetched, signal, emit }).fetch(file);
    } finally {
      poms.end();
    }
  }

  async fetchLocked(file: string): Promise<void> {
    const { all, repositories } = this.#machine;
    await fetchLockedFiles(file, {
      fetch: (address, repository) =>
        this.#arrived(repository === null ? all.find(address) : this.#machine.filesOf(repository).find(address)),
      repositories,
      prefetched: this.#prefetched,
      signal: this.#signal,
    });
  }

  /** The cache does not hold back files of a prefetch: what does not fit pushes out what came first. */
  warnIfTooLarge(): void {
    const { limitBytes } = this.#machine.cache.stats();
    const { bytes } = this.#prefetched.count(false);
    if (bytes <= limitBytes) return;
    const message = `the files have ${bytes} bytes, and the cache holds at most ${limitBytes}: the first ones have left it again (--cache-size)`;
    safeListener(this.#options.onEvent)({ type: 'warning', warning: 'prefetch', message });
  }

  async end(): Promise<void> {
    this.#signal.removeEventListener('abort', this.#onAbort);
    await this.#machine.close();
  }

  /** Waits for the verdict, and counts the file. */
  async #arrived(finding: FoundFile | Promise<FoundFile>): Promise<ApprovedFile> {
    const found = await finding;
    const file = found.kind === 'here' ? found.file : await found.download.done;
    this.#prefetched.note(file, found.kind === 'coming' && file.mirror !== null);
    return file;
  }
}

function isProject(file: string): boolean {
  return isBuildFile(file) || statSync(file, { throwIfNoEntry: false })?.isDirectory() !== false;
}

function noFile(): ClojarsFetchError {
  return new ClojarsFetchError('ERR_CONFIG', {
    reason: 'bad-value',
    message: 'no file was given',
    hint: "Name project files, folders or lockfiles, for example 'clojars-fetch proxy prefetch project.clj'.",
  });
}
