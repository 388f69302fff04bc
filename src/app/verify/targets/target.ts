/** Determines what a word of the command line names: a file on this disk, a lockfile, or a coordinate. */
import { readdir } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';

import { lookAt } from '../../../base/disk/stat-file.js';
import { ClojarsFetchError, isClojarsFetchError } from '../../../base/error.js';
import { nearestWord } from '../../../base/nearest-word.js';
import type { ArtifactCoordinate, Coordinate } from '../../../maven/coordinate/coordinate.js';
import { toCoordinate } from '../../../maven/coordinate/to-coordinate.js';

/**
 * Something to verify. Text names a file if there is one of that name (a lockfile if the name ends in `.lock`), otherwise
 * a coordinate in any form of `parseCoordinate`. `localRepository` stands for the whole local repository in effect.
 */
export type VerifyTarget =
  string | Coordinate | { readonly file: string } | { readonly lockfile: string } | { readonly localRepository: true };

export type KnownTarget =
  | { readonly kind: 'coordinate'; readonly coordinate: ArtifactCoordinate }
  /** Absolute. */
  | { readonly kind: 'file'; readonly file: string }
  | { readonly kind: 'lockfile'; readonly file: string }
  | { readonly kind: 'local-repository' };

/** Forms of a path that no coordinate has. */
const looksLikePath =
  /^(?:\.{0,2}[/\\]|~[/\\]|\.{1,2}$|[A-Za-z]:[/\\])|[/\\]$|^[^:"\s]+\.(?:jar|pom|war|aar|zip|asc|sig|lock|xml|gz|tgz|sha1|sha256|sha512|txt)$/i;

/** @throws ClojarsFetchError ERR_CONFIG, `unreadable`, for a missing file or a folder; ERR_COORDINATE */
export async function classifyTarget(target: VerifyTarget): Promise<KnownTarget> {
  if (typeof target !== 'string') {
    if ('localRepository' in target) return { kind: 'local-repository' };
    if ('file' in target) return { kind: 'file', file: await existingFile(target.file) };
    if ('lockfile' in target) return { kind: 'lockfile', file: await existingFile(target.lockfile) };
    return { kind: 'coordinate', coordinate: toCoordinate(target) };
  }
  const there = kindOf(target);
  if (there === 'file') return { kind: target.endsWith('.lock') ? 'lockfile' : 'file', file: resolve(target) };
  if (there === 'other') throw isNotAFile(target);
  if (looksLikePath.test(target)) throw there === 'folder' ? isFolder(target) : await noSuchFile(target);
  try {
    return { kind: 'coordinate', coordinate: toCoordinate(target) };
  } catch (error) {
    if (there === 'folder') throw isFolder(target);
    if (!isClojarsFetchError(error)) throw error;
    throw error.with({
      cause: error,
      hint: `No file has that name either. ${error.hint ?? 'Give a coordinate, a file, a lockfile, or --local-repo.'}`,
    });
  }
}

async function existingFile(file: string): Promise<string> {
  const kind = kindOf(file);
  if (kind === 'folder') throw isFolder(file);
  if (kind === 'other') throw isNotAFile(file);
  if (kind === null) throw await noSuchFile(file);
  return resolve(file);
}

function kindOf(file: string): 'file' | 'folder' | 'other' | null {
  if (file === '' || file.includes('\0')) return null;
  const stats = lookAt(resolve(file));
  if (stats === null) return null;
  return stats.isDirectory() ? 'folder' : stats.isFile() ? 'file' : 'other';
}

/** A device has no end, and a pipe can be read only once. */
function isNotAFile(word: string): ClojarsFetchError {
  return new ClojarsFetchError('ERR_CONFIG', {
    reason: 'unreadable',
    path: resolve(word),
    message: `cannot verify ${word}: it is a device or a pipe, not a file`,
    hint: 'Write its content to a file first.',
  });
}

function isFolder(word: string): ClojarsFetchError {
  return new ClojarsFetchError('ERR_CONFIG', {
    reason: 'unreadable',
    path: resolve(word),
    message: `cannot verify ${word}: it is a folder, not a file`,
    hint: `Name a file in it. To verify a whole local repository, use --local-repo ${word}.`,
  });
}

/** Suggests a file with a similar name. */
async function noSuchFile(word: string): Promise<ClojarsFetchError> {
  const file = resolve(word);
  const names = await readdir(dirname(file)).catch(() => null);
  const meant = names === null ? undefined : nearestWord(basename(file), names.slice(0, 10_000));
  return new ClojarsFetchError('ERR_CONFIG', {
    reason: 'unreadable',
    path: file,
    message:
      names === null
        ? `cannot verify ${word}: the folder ${dirname(file)} does not exist`
        : `cannot verify ${word}: the file does not exist`,
    hint:
      meant === undefined
        ? 'Check its name. A coordinate is written group/artifact and a version, or group:artifact:version.'
        : `Did you mean '${meant}'?`,
  });
}
