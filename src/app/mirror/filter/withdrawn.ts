/** Paths that the operator withdraws: they are taken out at once, whatever the source lists. */
import { readNamedFile } from '../../../base/disk/named-file.js';

/** Whether a key is withdrawn. */
export type Withdrawal = (key: string) => boolean;

/**
 * Reads a list of paths, one a line; a path that ends in '/' withdraws a folder. Empty lines and lines that begin with # do not count.
 * @throws {ClojarsFetchError} `ERR_CONFIG`, `unreadable`
 */
export function readWithdrawn(file: string): Withdrawal {
  const files = new Set<string>();
  const folders = new Set<string>();
  for (const line of readNamedFile(file, 'the list of withdrawn paths').toString('utf8').split('\n')) {
    const path = line.trim().replace(/^\.?\/+/, '');
    if (path === '' || path.startsWith('#')) continue;
    if (path.endsWith('/')) folders.add(path);
    else files.add(path);
  }
  return (key) => files.has(key) || files.has(key.replace(/\.(?:asc|md5|sha1|sha256|sha512)$/, '')) || isBeneathOneOf(folders, key);
}

function isBeneathOneOf(folders: ReadonlySet<string>, key: string): boolean {
  if (folders.size === 0) return false;
  for (let slash = key.indexOf('/'); slash !== -1; slash = key.indexOf('/', slash + 1))
    if (folders.has(key.slice(0, slash + 1))) return true;
  return false;
}
