/**
 * `_remote.repositories`: which repository each file of a folder came from, as Maven's EnhancedLocalRepositoryManager
 * (Resolver 1.6.3) reads and writes it.
 */
import { basename, dirname, join } from 'node:path';

import { readBounded } from '../../base/disk/read-bounded.js';
import { parseProperties } from './properties.js';

/** Where a file came from. */
export type Origins =
  /** Not mentioned: Maven treats it as put there by hand, so it may be used for any repository. */
  | { readonly kind: 'unlisted' }
  /** `file>=`: built and installed on this machine. */
  | { readonly kind: 'installed' }
  /** Downloaded; usable if one of these repositories is asked. */
  | { readonly kind: 'remote'; readonly repositoryIds: readonly string[] };

export const trackingName = '_remote.repositories';
/** The name before Maven 3.0.4 or so; read, never written. */
const legacyName = '_maven.repositories';
const maxBytes = 1024 * 1024;

/** Synchronous: a small file, read for each folder on the warm path (temporary-file.ts says why that is quicker). */
export function readTracking(file: string): Map<string, string> {
  const bytes = readBounded(file, maxBytes);
  return bytes === null ? new Map<string, string>() : parseProperties(bytes.toString('latin1'));
}

/** Reads where `file` (absolute) came from. Throws `ERR_LOCAL_REPOSITORY` only if the tracking file cannot be read. */
export function readOrigins(file: string): Origins {
  const folder = dirname(file);
  const current = readTracking(join(folder, trackingName));
  const entries = current.size > 0 ? current : readTracking(join(folder, legacyName));
  const prefix = `${basename(file)}>`;
  const repositoryIds: string[] = [];
  for (const key of entries.keys()) {
    if (!key.startsWith(prefix)) continue;
    const id = key.slice(prefix.length);
    if (id === '') return { kind: 'installed' };
    repositoryIds.push(id);
  }
  return repositoryIds.length === 0 ? { kind: 'unlisted' } : { kind: 'remote', repositoryIds };
}

/** Maven's rule: unlisted or installed files are used; others only for a repository they came from. */
export function isUsable(origins: Origins, repositoryIds: readonly string[]): boolean {
  return origins.kind !== 'remote' || origins.repositoryIds.some((id) => repositoryIds.includes(id));
}
