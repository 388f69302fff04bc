/** Writes a lockfile's checksums and keys for Gradle: `gradle/verification-metadata.xml`. */
import { resolve } from 'node:path';

import { readNamedFileIfPresent } from '../../base/disk/named-file.js';
import { readRegularFile } from '../../base/disk/regular-file.js';
import { ClojarsFetchError } from '../../base/error.js';
import { escapeForDisplay } from '../../base/escape.js';
import type { LockedFile } from '../../local/lockfile/lockfile.js';
import { replaceTextFile } from '../../local/lockfile/open.js';
import { parseArtifactPath } from '../../maven/coordinate/path.js';
import { signatureMaxBytes } from '../../network/transport/contract/limits.js';
import { formatVerificationMetadata } from '../../proof/key-map/format/format-verification-metadata.js';
import { type RecordedFile, recordFiles } from '../../proof/key-map/format/record-files.js';
import { emptyVerificationMetadata, type VerificationMetadata } from '../../proof/key-map/format/verification-metadata.js';
import type { LockReport } from './lock.js';

/** The result of {@link writeVerificationMetadata}. */
export interface VerificationMetadataFile {
  /** Absolute. */
  readonly file: string;
  /** Number of locked files in it. */
  readonly locked: number;
  /** Number of files for which a key was added. */
  readonly newKeys: number;
}

/**
 * Writes the checksums of everything that `lock` locked, and the keys of good signatures, into Gradle's file. Existing
 * entries stay; comments are lost. The format is Gradle's own.
 *
 * @param file created with Gradle's defaults if it is missing
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
 * Returns the signer if the primary key itself made the signature in the local repository. Gradle compares the signing
 * key; a subkey's fingerprint is not taken from a signature file that was not verified here.
 */
async function signingKeyOf({ signer }: LockedFile, place: string | undefined): Promise<string | null> {
  if (signer === null || place === undefined) return null;
  const [{ readSignatureFile }, { parseSignaturePacket }] = await Promise.all([
    import('../../proof/openpgp/signature/signatures.js'),
    import('../../proof/openpgp/packet/signature-packet.js'),
  ]);
  try {
    const bodies = readSignatureFile(readRegularFile(`${place}.asc`, signatureMaxBytes));
    return bodies.some((body) => parseSignaturePacket(body).issuerFingerprint === signer) ? signer : null;
  } catch {
    // Only the key is left out; the checksum is still written.
    return null;
  }
}

async function readKnown(path: string): Promise<VerificationMetadata> {
  const bytes = readNamedFileIfPresent(path, "Gradle's verification metadata");
  if (bytes === null) return emptyVerificationMetadata;
  const { parseVerificationMetadata } = await import('../../proof/key-map/format/parse-verification-metadata.js');
  return parseVerificationMetadata(bytes, path);
}
