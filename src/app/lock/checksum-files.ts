/**
 * Writes trusted-checksum files for a lockfile, for Maven (`-Daether.trustedChecksumsSource.summaryFile`) and
 * `sha512sum -c` in the local repository: one `checksums-<repository id>.sha512` per repository.
 */
import { join, resolve } from 'node:path';

import { makeFolders } from '../../base/disk/make-folders.js';
import { readNamedFileIfPresent } from '../../base/disk/named-file.js';
import { ClojarsFetchError } from '../../base/error.js';
import { digestFile } from '../../fetch/digest-file.js';
import { replaceTextFile } from '../../local/lockfile/open.js';
import { formatTrustedChecksums, parseTrustedChecksums, type TrustedChecksum } from '../../proof/checksum/trusted-file.js';
import type { LockReport } from './lock.js';

/** A file that was written, with the checksums of one repository. */
export interface ChecksumFile {
  /** Absolute. */
  readonly file: string;
  /** The repository's id. */
  readonly repository: string;
  /** Number of locked files in it. */
  readonly locked: number;
}

/** The result of {@link writeChecksumFiles}. */
export interface ChecksumFiles {
  readonly files: readonly ChecksumFile[];
  /** Repository paths of locked files that are in none of them, because their repository is unknown. */
  readonly without: readonly string[];
}

/**
 * Writes the checksums of everything that `lock` locked. Existing entries for other files stay; comments are lost.
 *
 * @param folder for example `.mvn/checksums`; created if it is missing
 * @throws {ClojarsFetchError} ERR_LOCKFILE, `mismatch`: an existing entry has another checksum for the same path, or a
 * file in the local repository differs from what was locked; ERR_CONFIG: a file cannot be read or written
 */
export async function writeChecksumFiles(
  { lockfile, places }: Pick<LockReport, 'lockfile' | 'places'>,
  folder: string,
  algorithm: 'sha256' | 'sha512' = 'sha512',
): Promise<ChecksumFiles> {
  const byRepository = new Map<string, TrustedChecksum[]>();
  const without: string[] = [];
  for (const { path, sha256, repository } of lockfile.files) {
    const place = places.get(path);
    if (repository === null || place === undefined) {
      without.push(path);
      continue;
    }
    const digests = algorithm === 'sha256' ? { sha256 } : await digestFile(place, ['sha256', 'sha512']);
    const value = digests[algorithm];
    if (digests.sha256 !== sha256 || value === undefined) {
      throw new ClojarsFetchError('ERR_LOCKFILE', {
        reason: 'mismatch',
        path: place,
        message: `${place} is not what was locked: sha256 ${sha256} expected, ${digests.sha256 ?? '?'} found`,
        hint: 'The file changed while it was being locked. Run `clojars-fetch verify` on it.',
      });
    }
    byRepository.set(repository, [...(byRepository.get(repository) ?? []), { algorithm, value, path }]);
  }
  const files: ChecksumFile[] = [];
  for (const [repository, entries] of byRepository) {
    const file = join(resolve(folder), `checksums-${repository}.${algorithm}`);
    const merged = merge(readKnown(file), entries, file);
    await makeFolder(resolve(folder));
    await replaceTextFile(file, formatTrustedChecksums(merged));
    files.push({ file, repository, locked: entries.length });
  }
  return { files, without };
}

function merge(known: readonly TrustedChecksum[], entries: readonly TrustedChecksum[], file: string): readonly TrustedChecksum[] {
  const byPath = new Map(known.map((entry) => [entry.path, entry]));
  for (const entry of entries) {
    const before = byPath.get(entry.path);
    if (before !== undefined && before.value !== entry.value) {
      throw new ClojarsFetchError('ERR_LOCKFILE', {
        reason: 'mismatch',
        path: file,
        message: `${file} has another ${entry.algorithm} for ${entry.path}: ${before.value}, locked is ${entry.value}`,
        hint: 'Find out which is right. If it is the new one, take the line out of the file.',
      });
    }
    byPath.set(entry.path, entry);
  }
  return [...byPath.values()];
}

function readKnown(file: string): readonly TrustedChecksum[] {
  const bytes = readNamedFileIfPresent(file, 'the checksum file');
  return bytes === null ? [] : parseTrustedChecksums(bytes.toString('utf8'), file).entries;
}

async function makeFolder(folder: string): Promise<void> {
  try {
    makeFolders(folder);
  } catch (cause) {
    throw new ClojarsFetchError('ERR_CONFIG', {
      reason: 'unwritable',
      path: folder,
      cause,
      message: `${folder}: cannot create this folder`,
      hint: 'Check the name and your permissions.',
    });
  }
}
