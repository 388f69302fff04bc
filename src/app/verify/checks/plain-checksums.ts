/** Checksum files next to a plain file. They show damage only: a forger of the file would have changed them too. */
import { checksumMaxBytes } from '../../../network/transport/contract/limits.js';
import type { ChecksumAlgorithm, Digests } from '../../../proof/checksum/claim.js';
import { parseSidecar } from '../../../proof/checksum/sidecar.js';
import { fileError } from '../report/file-error.js';
import { readAlongside } from './read-alongside.js';

const algorithms: readonly ChecksumAlgorithm[] = ['sha256', 'sha512', 'sha1', 'md5'];

export interface StoredChecksum {
  readonly algorithm: ChecksumAlgorithm;
  /** Lower-case hex. */
  readonly value: string;
}

/** Reads the checksum files, strongest first. Files that hold no checksum are skipped. */
export function readChecksums(file: string): readonly StoredChecksum[] {
  return algorithms.flatMap((algorithm) => {
    const bytes = readAlongside(`${file}.${algorithm}`, checksumMaxBytes);
    const sidecar = bytes === null || bytes === 'too-large' ? null : parseSidecar(bytes, algorithm);
    return sidecar?.ok === true ? [{ algorithm, value: sidecar.value }] : [];
  });
}

/** @throws ClojarsFetchError ERR_CHECKSUM, `mismatch` */
export function checkChecksums(file: string, stored: readonly StoredChecksum[], digests: Digests): void {
  for (const { algorithm, value } of stored) {
    if (digests[algorithm] === value) continue;
    throw fileError(
      'ERR_CHECKSUM',
      'mismatch',
      file,
      `does not match its ${algorithm} file: ${value} expected, ${digests[algorithm] ?? ''} found`,
      'The file was damaged or changed. Fetch it again.',
    );
  }
}
