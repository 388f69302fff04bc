/**
 * Finds the artifacts of a local repository, folder by folder. Skips the files that tools keep alongside them. Follows no
 * link out of the repository, and no link twice.
 */
import type { Dirent } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { isBeneath } from '../../../base/disk/beneath.js';
import { type FoundArtifact, foundArtifact } from '../checks/found-artifact.js';

/** Deeper folders are reported and not entered. Groups have at most a dozen parts. */
const maxDepth = 48;
/** Limit on the files of one run: a larger report would fit neither the memory nor a reader. */
export const maxFiles = 1_000_000;

/** Counts and names what was skipped. Filled during the walk. */
export interface WalkNotes {
  ignored: number;
  /** Repository paths of links that lead out of the repository, or nowhere. */
  readonly foreignLinks: string[];
  readonly unreadable: string[];
  readonly tooDeep: string[];
}

export function createWalkNotes(): WalkNotes {
  return { ignored: 0, foreignLinks: [], unreadable: [], tooDeep: [] };
}

/** Checksum files, signatures, and the files that Maven, Ivy, Gradle and this package keep alongside artifacts. */
const keptAlongside =
  /\.(?:sha1|sha224|sha256|sha384|sha512|md5|asc|sig|lastUpdated|part|tmp|lock|clojars-fetch-tmp)$|^maven-metadata.*\.xml$|^(?:_remote|_maven)\.repositories$|^resolver-status\.properties$|^m2e-lastUpdated\.properties$|^\./;

/**
 * Yields the artifacts beneath a folder of the root, sorted by path.
 * @param root absolute
 * @param folder repository path to start at; the empty string for the whole repository
 */
export async function* walkArtifacts(root: string, folder: string, notes: WalkNotes, signal: AbortSignal): AsyncGenerator<FoundArtifact> {
  const realRoot = await realpath(root);
  const followed = new Set<string>();

  async function* enter(path: string, depth: number): AsyncGenerator<FoundArtifact> {
    signal.throwIfAborted();
    if (depth > maxDepth) {
      notes.tooDeep.push(path);
      return;
    }
    let entries: Dirent[];
    try {
      entries = await readdir(join(root, path), { withFileTypes: true });
    } catch {
      notes.unreadable.push(path);
      return;
    }
    entries.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
    for (const entry of entries) {
      const here = path === '' ? entry.name : `${path}/${entry.name}`;
      const kind = entry.isSymbolicLink()
        ? await kindOfLink(join(root, here), here)
        : entry.isDirectory()
          ? 'folder'
          : entry.isFile()
            ? 'file'
            : 'other';
      if (kind === 'folder') {
        // Folders with a dot belong to tools: our locks, the locks and caches of Maven 4.
        if (!entry.name.startsWith('.')) yield* enter(here, depth + 1);
      } else if (kind === 'file') {
        const found = keptAlongside.test(entry.name) ? null : foundArtifact(here);
        if (found === null) notes.ignored += 1;
        else yield found;
      }
    }
  }

  async function kindOfLink(file: string, path: string): Promise<'folder' | 'file' | 'other'> {
    try {
      const real = await realpath(file);
      if (!isBeneath(realRoot, real)) throw new Error('leads out');
      const stats = await stat(real);
      if (!stats.isDirectory()) return stats.isFile() ? 'file' : 'other';
      // Skip a folder that holds the link itself, or that another link led to: following it might never end.
      if (followed.has(real) || isBeneath(real, await realpath(dirname(file)))) return 'other';
      followed.add(real);
      return 'folder';
    } catch {
      notes.foreignLinks.push(path);
      return 'other';
    }
  }

  yield* enter(folder, 0);
}

/** Formats the notes as sentences, each with a few names. */
export function formatWalkNotes({ foreignLinks, unreadable, tooDeep }: WalkNotes): string[] {
  const few = (paths: readonly string[]): string => `${paths.slice(0, 3).join(', ')}${paths.length > 3 ? ', …' : ''}`;
  const sentence = (paths: readonly string[], one: string, many: string): string[] =>
    paths.length === 0 ? [] : [`${paths.length === 1 ? one : `${paths.length} ${many}`}: ${few(paths)}`];
  return [
    ...sentence(
      foreignLinks,
      'a link that leads out of the local repository or nowhere was not followed',
      'links that lead out of the local repository or nowhere were not followed',
    ),
    ...sentence(
      unreadable,
      'a folder could not be read, and nothing in it was checked',
      'folders could not be read, and nothing in them was checked',
    ),
    ...sentence(
      tooDeep,
      'a folder is nested too deep for a repository, and was not entered',
      'folders are nested too deep for a repository, and were not entered',
    ),
  ];
}
