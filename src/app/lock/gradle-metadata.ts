/** What is locked, for Gradle: `gradle/verification-metadata.xml`. */
import { readFile } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';

import { systemErrorCode } from '../../base/disk/file-error.js';
import { ClojarsFetchError } from '../../base/error.js';
import { escapeForDisplay } from '../../base/escape.js';
import type { LockedFile } from '../../local/lockfile/lockfile.js';
import { replaceTextFile } from '../../local/lockfile/open.js';
import { parseArtifactPath } from '../../maven/coordinate/path.js';
import { formatVerificationMetadata } from '../../proof/key-map/format/format-verification-metadata.js';
import { type RecordedFile, recordFiles } from '../../proof/key-map/format/record-files.js';
import { emptyVerificationMetadata, type VerificationMetadata } from '../../proof/key-map/format/verification-metadata.js';
import type { LockReport } from './lock.js';

/** What was written. */
export interface VerificationMetadataFile {
  /** Absolute. */
  readonly file: string;
  /** How many files of the lockfile it names. */
  readonly locked: number;
  /** How many keys it trusts for a file that it did not trust before. */
  readonly newKeys: number;
}

/**
 * Writes the checksums of all that `lock` locked, and the keys of their good signatures, into Gradle's file. What it says
 * already stays, but for comments inside it. It is written as Gradle writes it.
 *
 * @param file made where it is not there, with Gradle's defaults
 * @throws {ClojarsFetchError} ERR_LOCKFILE, `mismatch`: it has another checksum for a file; ERR_CONFIG: it cannot be read
 * or written
 */
export async function writeVerificationMetadata(
  { lockfile, places }: Pick<LockReport, 'lockfile' | 'places'>,
  file: string,
): Promise<VerificationMetadataFile> {
  const path = resolve(file);
  const files: RecordedFile[] = [];
  for (const locked of lockfile.files) {
    const subject = parseArtifactPath(locked.path);
    if (subject !== null)
      files.push({
        subject,
        sha256: locked.sha256,
        origin: `clojars-fetch, ${locked.level}`,
        signingKey: await signingKeyOf(locked, places.get(locked.path)),
      });
  }
  const { metadata, conflicts, newKeys } = recordFiles(await readKnown(path), files, path);
  const [conflict] = conflicts;
  if (conflict !== undefined) {
    const { group, artifact, version } = conflict.file.subject;
    throw new ClojarsFetchError('ERR_LOCKFILE', {
      reason: 'mismatch',
      path,
      message: `${path} has another sha256 for ${escapeForDisplay(`${group}:${artifact}:${version}`)}: ${conflict.known.join(' or ')}, locked is ${conflict.file.sha256}`,
      hint: 'Find out which is right. If it is the new one, take that artifact out of the file.',
    });
  }
  await replaceTextFile(path, formatVerificationMetadata(metadata));
  return { file: path, locked: files.length, newKeys };
}

/**
 * The signer, where his primary key itself made the signature that is in the local repository. Gradle compares the key
 * that signed; a subkey's fingerprint is not taken from a file that anybody may have put there.
 */
async function signingKeyOf({ signer }: LockedFile, place: string | undefined): Promise<string | null> {
  if (signer === null || place === undefined) return null;
  const [{ readSignatureFile }, { parseSignaturePacket }] = await Promise.all([
    import('../../proof/openpgp/signature/signatures.js'),
    import('../../proof/openpgp/packet/signature-packet.js'),
  ]);
  try {
    const bodies = readSignatureFile(await readFile(`${place}.asc`));
    return bodies.some((body) => parseSignaturePacket(body).issuerFingerprint === signer) ? signer : null;
  } catch {
    // It only leaves the key out: a checksum is written all the same.
    return null;
  }
}

async function readKnown(path: string): Promise<VerificationMetadata> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    if (systemErrorCode(cause) === 'ENOENT') return emptyVerificationMetadata;
    throw new ClojarsFetchError('ERR_CONFIG', {
      reason: 'unreadable',
      path,
      cause,
      message: `${basename(path)} in ${dirname(path)} cannot be read`,
      hint: 'Check its permissions.',
    });
  }
  const { parseVerificationMetadata } = await import('../../proof/key-map/format/parse-verification-metadata.js');
  return parseVerificationMetadata(bytes, path);
}
