/** `proxy prefetch`: fills the cache of the proxy with all that projects or lockfiles need. */
import { statSync } from 'node:fs';

import { ClojarsFetchError } from '../../../base/error.js';
import { safeListener } from '../../../base/event.js';
import { isLockfile } from '../../../local/lockfile/is-lockfile.js';
import { isBuildFile } from '../../../maven/build-file/is-build-file.js';
import { Machine } from '../machine.js';
import type { PrefetchOptions, PrefetchReport } from './prefetch-options.js';
import { Prefetched } from './prefetched.js';

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
  // Only this verb reads whole projects here: a proxy starts without that code.
  const { PrefetchRun } = await import('./prefetch-run.js');
  const run = new PrefetchRun(machine, prefetched, options);
  try {
    if (isLocked) await run.fetchLocked(file);
    else await run.fetchProject(file, { profiles, aliases, clojure, plugins });
    run.warnIfTooLarge();
  } finally {
    await run.end();
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
