/** Maps repository paths to files beneath a root. The last guard against paths that escape it. */
import { join, sep } from 'node:path';

import { ClojarsFetchError } from '../../base/error.js';

/** Folder for our lock files beneath the root. Maven 4 keeps its own in `.locks`, so we stay out of that. */
export const lockFolderName = '.clojars-fetch-locks';

const maxPathLength = 4096;
const maxSegmentLength = 255;
const windowsDevice = /^(?:con|prn|aux|nul|com[0-9\u00b9\u00b2\u00b3]|lpt[0-9\u00b9\u00b2\u00b3])(?:\.|$)/i;

function unsafe(path: string, why: string): ClojarsFetchError {
  // JSON escapes control characters; the bound keeps a hostile megabyte out of terminals and logs.
  const shown = JSON.stringify(path.length > 200 ? `${path.slice(0, 200)}…` : path).replace(
    /[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return new ClojarsFetchError('ERR_COORDINATE', {
    reason: 'unsafe-path',
    message: `repository path ${shown}: ${why}`,
    coordinate: shown,
  });
}

function checkSegment(segment: string, path: string): void {
  if (segment === '') throw unsafe(path, 'has an empty segment');
  if (segment === '.' || segment === '..') throw unsafe(path, `has a segment '${segment}'`);
  if (Buffer.byteLength(segment) > maxSegmentLength) throw unsafe(path, 'has a segment longer than 255 bytes');
  for (let index = 0; index < segment.length; index++) {
    const code = segment.charCodeAt(index);
    if (code < 0x20 || (code >= 0x7f && code <= 0x9f)) throw unsafe(path, 'has a control character');
  }
  // Refused everywhere, not only on Windows: a local repository is often shared or copied.
  if (/[\\:*?"<>|]/.test(segment)) throw unsafe(path, 'has one of \\ : * ? " < > |');
  if (/[. ]$/.test(segment)) throw unsafe(path, 'has a segment ending in a dot or a space');
  if (windowsDevice.test(segment)) throw unsafe(path, 'has the name of a Windows device');
}

/** Most paths: safe characters, and no segment that begins or ends with a dot. Quicker than a look at each character. */
const plainPath = /^(?:[\w+~-]+(?:\.+[\w+~-]+)*\/)*[\w+~-]+(?:\.+[\w+~-]+)*$/;
const anyDevice = /(?:^|\/)(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:[./]|$)/i;

function isPlain(path: string): boolean {
  return path.length <= maxSegmentLength && plainPath.test(path) && !anyDevice.test(path);
}

/**
 * Returns the segments of a repository path (`org/lib/1.0/lib-1.0.jar`, forward slashes, relative).
 * Throws `ERR_COORDINATE`, reason `unsafe-path`, for anything that could leave the root or collide with our own files.
 */
export function repositoryPathSegments(path: string): readonly string[] {
  if (path.length > maxPathLength) throw unsafe(path, 'is longer than 4096 characters');
  const segments = path.split('/');
  if (isPlain(path)) return segments;
  for (const segment of segments) checkSegment(segment, path);
  if (segments[0]?.toLowerCase() === lockFolderName) throw unsafe(path, 'is the folder of lock files');
  return segments;
}

/** Returns the absolute file of a repository path in a folder whose own path was checked. Throws as {@link repositoryPathSegments}. */
export function fileInFolder(folder: string, name: string, path: string): string {
  if (path.length > maxPathLength) throw unsafe(path, 'is longer than 4096 characters');
  if (!isPlain(name) || name.includes('/')) checkSegment(name, path);
  return `${folder}${sep}${name}`;
}

/** Returns the absolute file for a repository path. Throws as {@link repositoryPathSegments}. */
export function repositoryFile(root: string, path: string): string {
  if (sep === '/' && !root.endsWith(sep) && isPlain(path)) return `${root}${sep}${path}`;
  const segments = repositoryPathSegments(path);
  return root.endsWith(sep) ? join(root, ...segments) : `${root}${sep}${sep === '/' ? path : segments.join(sep)}`;
}

/**
 * Checks a repository id that becomes part of a file name (`maven-metadata-<id>.xml`) or a tracking line.
 * Throws `ERR_COORDINATE`, reason `unsafe-path`.
 */
export function checkRepositoryId(id: string): string {
  checkSegment(id, id);
  if (id.includes('/')) throw unsafe(id, 'has a slash, as a repository id');
  return id;
}
