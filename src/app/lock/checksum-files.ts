/**
 * Trusted-checksum files of what is locked, for Maven (`-Daether.trustedChecksumsSource.summaryFile`) and `sha512sum -c`
 * in the local repository: `checksums-<repository id>.sha512`, one for each repository.
 */
import { mkdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

import { systemErrorCode } from '../../base/disk/file-error.js';
import { ClojarsFetchError } from '../../base/error.js';
import { digestFile } from '../../fetch/digest-file.js';
import { replaceTextFile } from '../../local/lockfile/open.js';
import { formatTrustedChecksums, parseTrustedChecksums, type TrustedChecksum } from '../../proof/checksum/trusted-file.js';
import type { LockReport } from './lock.js';

/** One file of checksums that was written, of one repository. */
export interface ChecksumFile {
  /** Absolute. */
  readonly file: string;
  readonly repository: string;
  /** How many files of the lockfile it names. */
  readonly locked: number;
}

/** What was written, and which locked files are in none of them: nobody knows their repository. */
export interface ChecksumFiles {
  readonly files: readonly ChecksumFile[];
  readonly without: readonly string[];
}

/**
 * Writes the checksums of all that `lock` locked. What such a file says of other files stays; comments are lost.
 *
 * @param folder `.mvn/checksums`, say; made where it is not there
 * @throws {ClojarsFetchError} ERR_LOCKFILE, `mismatch`: a file there has another checksum for the same path, or the local
 * repository has other bytes than were locked; ERR_CONFIG: it cannot be read or written
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
        hint: 'It changed just now. Run `clojars-fetch verify` on it.',
      });
    }
    byRepository.set(repository, [...(byRepository.get(repository) ?? []), { algorithm, value, path }]);
  }
  const files: ChecksumFile[] = [];
  for (const [repository, entries] of byRepository) {
    const file = join(resolve(folder), `checksums-${repository}.${algorithm}`);
    const merged = merge(await readKnown(file), entries, file);
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

async function readKnown(file: string): Promise<readonly TrustedChecksum[]> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    if (systemErrorCode(cause) === 'ENOENT') return [];
    throw new ClojarsFetchError('ERR_CONFIG', {
      reason: 'unreadable',
      path: file,
      cause,
      message: `${file} cannot be read`,
      hint: 'Check its permissions.',
    });
  }
  return parseTrustedChecksums(text, file).entries;
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (cause) {
    throw new ClojarsFetchError('ERR_CONFIG', {
      reason: 'unwritable',
      path: folder,
      cause,
      message: `The folder ${folder} cannot be made`,
      hint: 'Check the name and your permissions.',
    });
  }
}
