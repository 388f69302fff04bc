/** `maven-metadata-<id>.xml` and `resolver-status.properties`, as Maven's DefaultUpdateCheckManager keeps them. */
import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { localRepositoryError, systemErrorCode } from '../../base/disk/file-error.js';
import type { FolderGuard } from '../../base/disk/folder-guard.js';
import { type Locks, shortLockMs } from '../../base/disk/lock.js';
import { readBounded } from '../../base/disk/read-bounded.js';
import { writeSmallFile } from '../../base/disk/temporary-file.js';
import { checkRepositoryId } from './layout.js';
import { formatProperties, parseProperties } from './properties.js';

/** One repository's metadata as kept locally. */
export interface LocalMetadata {
  /** `local` for what was installed on this machine. */
  readonly repositoryId: string;
  /** Absolute. */
  readonly file: string;
  readonly bytes: Uint8Array;
  /** When it was last fetched, milliseconds since 1970; null if no tool noted it. */
  readonly lastUpdatedMs: number | null;
}

const statusName = 'resolver-status.properties';
/** The metadata limit of the whole package. */
const maxBytes = 8 * 1024 * 1024;
const metadataName = /^maven-metadata-(.+)\.xml$/;

async function readStatus(folder: string): Promise<Map<string, string>> {
  const bytes = readBounded(join(folder, statusName), maxBytes);
  return bytes === null ? new Map() : parseProperties(bytes.toString('latin1'));
}

/** Returns all metadata in an absolute folder, sorted by repository id. Throws `ERR_LIMIT` for a file over 8 MiB. */
export async function readLocalMetadata(folder: string): Promise<LocalMetadata[]> {
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw localRepositoryError(error, folder);
  }
  const matching = names.filter((name) => metadataName.test(name)).sort();
  if (matching.length === 0) return [];
  const status = await readStatus(folder);
  const found: LocalMetadata[] = [];
  for (const name of matching) {
    const repositoryId = metadataName.exec(name)?.[1];
    const file = join(folder, name);
    const bytes = readBounded(file, maxBytes);
    if (repositoryId === undefined || bytes === null || bytes.byteLength === 0) continue;
    const time = status.get(`${name}.lastUpdated`);
    found.push({ repositoryId, file, bytes, lastUpdatedMs: time !== undefined && /^\d{1,15}$/.test(time) ? Number(time) : null });
  }
  return found;
}

/**
 * Replaces one repository's metadata in an absolute folder, with the `.sha1` that Maven keeps alongside it (an
 * earlier one would be wrong), and notes the time. Throws `ERR_LOCAL_REPOSITORY`.
 */
export async function writeLocalMetadata(
  folder: string,
  repositoryId: string,
  bytes: Uint8Array,
  root: string,
  folders: FolderGuard,
  locks: Locks,
  now: Date,
  signal: AbortSignal | undefined,
): Promise<string> {
  const name = `maven-metadata-${checkRepositoryId(repositoryId)}.xml`;
  const status = join(folder, statusName);
  const options = { replace: true, flush: false, now: now.getTime() };
  const placed = await writeSmallFile(join(folder, name), bytes, root, folders, options);
  const sha1 = createHash('sha1').update(bytes).digest('hex');
  await writeSmallFile(join(folder, `${name}.sha1`), Buffer.from(sha1), root, folders, options);
  const release = await locks.lock(status, signal, shortLockMs);
  try {
    const entries = await readStatus(folder);
    entries.set(`${name}.lastUpdated`, String(now.getTime()));
    entries.delete(`${name}.error`);
    await writeSmallFile(status, Buffer.from(formatProperties(entries, now), 'latin1'), root, folders, options);
  } finally {
    await release();
  }
  return placed.file;
}
