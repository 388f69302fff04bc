/**
 * Looks through the cache folder. Links are not followed, and only regular files are seen: a link
 * could lead out of the cache.
 */
import { lstatSync, readdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';

import { isBeneath } from '../../base/disk/beneath.js';
import { removeStaleTemporaries } from '../../base/disk/temporary-name.js';
import { lockFolderName } from '../repository/layout.js';

/** A regular file. Times in milliseconds since 1970, with fractions. */
export interface SeenFile {
  readonly name: string;
  readonly size: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
}

export interface SeenFolder {
  readonly files: readonly SeenFile[];
  /** Names of the folders in it. */
  readonly folders: readonly string[];
  /** Whether a file is being downloaded in it, or was when a process was killed. */
  readonly hasTemporaries: boolean;
}

const nothing: SeenFolder = { files: [], folders: [], hasTemporaries: false };

/** Deeper folders hold no repository files: a path has at most 4096 characters. */
const mostDepth = 256;
/** Folders looked at in one walk. */
const mostFolders = 1_000_000;
/** Time for a slice of a walk: requests are answered in between. */
const sliceMs = 4;

const temporarySuffix = '.clojars-fetch-tmp';

/** Whether the name is one of a file that is not complete yet. */
const isTemporary = (name: string): boolean => name.endsWith(temporarySuffix);

/** Lists a folder; an empty list if it is missing, is a link, or cannot be read. Synchronous: a few microseconds per file. */
export function readFolder(folder: string): SeenFolder {
  try {
    if (!lstatSync(folder).isDirectory()) return nothing;
    const files: SeenFile[] = [];
    const folders: string[] = [];
    let hasTemporaries = false;
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (isTemporary(entry.name)) hasTemporaries = true;
      else if (entry.isDirectory()) folders.push(entry.name);
      else if (entry.isFile()) {
        const stats = lstatSync(join(folder, entry.name), { throwIfNoEntry: false });
        if (stats?.isFile() === true) files.push({ name: entry.name, size: stats.size, mtimeMs: stats.mtimeMs, ctimeMs: stats.ctimeMs });
      }
    }
    return { files, folders, hasTemporaries };
  } catch {
    return nothing;
  }
}

/** Whether the place is beneath `root`, and can be reached without a link on the way. The root itself may be one. */
export function isWithoutLinks(root: string, path: string): boolean {
  try {
    const top = realpathSync.native(root);
    const real = realpathSync.native(join(root, path));
    return real === join(top, path) && isBeneath(top, real);
  } catch {
    return false;
  }
}

/** A folder that a walk came through. */
export interface WalkedFolder extends SeenFolder {
  /** Path beneath the top with forward slashes; empty for the top. */
  readonly path: string;
}

/**
 * Goes through all folders beneath `top`, which may itself be a link, in slices of a few milliseconds. Files that killed
 * processes left half written are removed on the way. `rest` is called after each slice. Returns false if the walk ended early: aborted, or too many folders.
 */
export async function walkFolders(
  top: string,
  signal: AbortSignal,
  now: () => number,
  visit: (folder: WalkedFolder) => void | Promise<void>,
  rest: () => Promise<unknown> = nextTurn,
): Promise<boolean> {
  const waiting: { readonly path: string; readonly depth: number }[] = [{ path: '', depth: 0 }];
  let startedMs = performance.now();
  for (let count = 0; waiting.length > 0; count++) {
    if (signal.aborted || count >= mostFolders) return false;
    const { path, depth } = waiting.pop() ?? { path: '', depth: 0 };
    const absolute = join(top, path);
    let seen = readFolder(absolute);
    if (seen.hasTemporaries) {
      await removeStaleTemporaries(absolute, now());
      // A download may have placed its file meanwhile, and it would count as gone.
      seen = readFolder(absolute);
    }
    await visit({ ...seen, path });
    if (depth < mostDepth) {
      for (const name of seen.folders) {
        if (path === '' && name === lockFolderName) continue;
        waiting.push({ path: path === '' ? name : `${path}/${name}`, depth: depth + 1 });
      }
    }
    if (performance.now() - startedMs < sliceMs) continue;
    await rest();
    startedMs = performance.now();
  }
  return !signal.aborted;
}
