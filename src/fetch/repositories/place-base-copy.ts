/**
 * Copies the newest build of a remote snapshot to its base version, with the same time, as Maven does for tools that
 * compose paths themselves (Resolver's `aether.artifactResolver.snapshotNormalization`, on by default).
 */
import { createReadStream } from 'node:fs';
import { readdir, stat, utimes } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import { type LocalFile, statFile } from '../../base/disk/stat-file.js';
import type { Parts } from '../context.js';
import type { WantedFile } from '../wanted-file.js';

/** Copies a build to the path of its base version. An existing file stays unless it is a copy of a build. */
export async function placeBaseCopy(
  { store: { local }, run }: Parts<'store' | 'run'>,
  { basePath, coordinate }: WantedFile,
  build: string,
): Promise<void> {
  if (basePath === undefined || (await local.origins(basePath)).kind === 'installed') return;
  const [source, there] = await Promise.all([stat(build), local.find(basePath)]);
  if (there !== null) {
    const builds = await buildsOf(there.file);
    if (builds.some(({ file, size, mtimeMs }) => file === build && isCopy(there, size, mtimeMs))) return;
    if (!builds.some(({ size, mtimeMs }) => isCopy(there, size, mtimeMs))) {
      const message = `${coordinate}: ${there.file} is not a copy of a build and was left as it is; the newest build is ${basename(build)}`;
      run.emit({ type: 'warning', warning: 'local-snapshot', message, path: basePath });
      return;
    }
  }
  const temporary = await local.createTemporary(basePath);
  try {
    for await (const chunk of createReadStream(build, { highWaterMark: 256 * 1024 })) {
      run.signal.throwIfAborted();
      if (chunk instanceof Uint8Array) await temporary.write(chunk);
    }
    const copy = await temporary.commit({ replace: there !== null });
    if (copy.placed) await utimes(copy.file, source.atime, source.mtime);
  } finally {
    await temporary.discard();
  }
}

/**
 * Whether the file has the size and the time of a build, as copies by Maven and by this package do. Maven truncates the
 * time to milliseconds, and Node rounds it.
 */
function isCopy(there: LocalFile, size: number, mtimeMs: number): boolean {
  return there.size === size && Math.abs(there.mtimeMs - mtimeMs) <= 1;
}

/** Finds the timestamped builds next to a file of a base version: `lib-1.0-20240101.010203-4.jar` for `lib-1.0-SNAPSHOT.jar`. */
async function buildsOf(baseFile: string): Promise<LocalFile[]> {
  const folder = dirname(baseFile);
  const version = basename(folder);
  const prefix = `${basename(dirname(folder))}-${version.slice(0, -'SNAPSHOT'.length)}`;
  const suffix = basename(baseFile).slice(prefix.length + 'SNAPSHOT'.length);
  const names = await readdir(folder);
  return names
    .filter((name) => name.startsWith(prefix) && name.endsWith(suffix))
    .filter((name) => /^\d{8}\.\d{6}-\d{1,9}$/.test(name.slice(prefix.length, name.length - suffix.length)))
    .map((name) => statFile(join(folder, name)))
    .filter((found) => found !== null);
}
