/** The prefetch of one project or lockfile into the cache of a machine. */
import { safeListener } from '../../../base/event.js';
import { AheadPoms } from '../ahead/ahead-poms.js';
import { ServedVersions } from '../ahead/served-versions.js';
import type { ApprovedFile, FileAddress } from '../files/file-download.js';
import type { FoundFile } from '../files/repository-files.js';
import type { Machine } from '../machine.js';
import { fetchLockedFiles } from './locked-files.js';
import type { PrefetchOptions } from './prefetch-options.js';
import type { Prefetched } from './prefetched.js';
import { ProjectFiles, type ProjectFilesOptions } from './project-files.js';

export class PrefetchRun {
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
