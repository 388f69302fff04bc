import { readNamedFile } from '../../base/disk/named-file.js';
import type { LockView } from '../../local/lockfile/view.js';
import { isPinStrength } from '../../proof/checksum/algorithm.js';
import type { TrustedChecksums } from '../../proof/checksum/trusted-file.js';
import type { Pin } from '../../proof/evidence.js';

interface PinFile {
  readonly file: string;
  readonly checksums: TrustedChecksums;
}

/** Reads the trusted-checksum files, in their order. Throws ERR_CONFIG if one cannot be read. */
export async function readPins(files: readonly string[]): Promise<readonly PinFile[]> {
  if (files.length === 0) return [];
  const { parseTrustedChecksums } = await import('../../proof/checksum/trusted-file.js');
  return Promise.all(
    files.map(async (file) => {
      const bytes = readNamedFile(file, 'the trusted-checksum file');
      return { file, checksums: isXml(bytes) ? await gradlePins(bytes, file) : parseTrustedChecksums(bytes.toString('utf8'), file) };
    }),
  );
}

/** Whether the file is Gradle's verification-metadata.xml, which also has checksums. */
function isXml(bytes: Buffer): boolean {
  return /^\s*</.test(
    bytes
      .subarray(0, 256)
      .toString('utf8')
      .replace(/^\ufeff/, ''),
  );
}

async function gradlePins(bytes: Buffer, file: string): Promise<TrustedChecksums> {
  const [{ parseVerificationMetadata }, { pinsOfVerificationMetadata }] = await Promise.all([
    import('../../proof/key-map/format/parse-verification-metadata.js'),
    import('../../proof/key-map/format/gradle-pins.js'),
  ]);
  return pinsOfVerificationMetadata(parseVerificationMetadata(bytes, file));
}

/** Returns the pin of a repository path from the first file that has one; null if none has. */
export function findPin(files: readonly PinFile[], path: string): Pin | null {
  for (const { file, checksums } of files) {
    const found = checksums.find(path);
    if (found)
      return {
        algorithm: found.algorithm,
        value: found.value,
        source: file,
        alternatives: found.alternatives ?? undefined,
      };
  }
  return null;
}

/** Chooses between two pins: a trusted-checksum file precedes the lockfile, unless its algorithm is too weak for a proof. */
export function strongerPin(trusted: Pin | null, lock: LockView | null, path: string): Pin | null {
  const entry = lock?.file(path);
  if (!lock || !entry || (trusted && isPinStrength(trusted.algorithm))) return trusted;
  return { algorithm: 'sha256', value: entry.sha256, source: lock.source, lockedLevel: entry.level };
}
