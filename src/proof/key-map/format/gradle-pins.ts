/** Converts the checksums of Gradle's verification-metadata.xml to pins, like those of a trusted-checksum file. */
import { checksumAlgorithms } from '../../checksum/algorithm.js';
import type { TrustedChecksum, TrustedChecksums } from '../../checksum/trusted-file.js';
import type { VerificationMetadata } from './verification-metadata.js';

/**
 * Returns pins by repository path. Gradle requires every listed kind of checksum to match; here the strongest kind decides, with all its
 * alternatives.
 */
export function pinsOfVerificationMetadata({ components }: VerificationMetadata): TrustedChecksums {
  const byPath = new Map<string, readonly TrustedChecksum[]>();
  for (const { group, name, version, artifacts } of components) {
    for (const artifact of artifacts) {
      const path = `${group.replaceAll('.', '/')}/${name}/${version}/${artifact.name}`;
      const entries = artifact.checksums.map(({ kind, value, alternatives }): TrustedChecksum => ({
        algorithm: kind,
        value,
        path,
        alternatives: alternatives.length > 0 ? alternatives : undefined,
      }));
      if (entries.length > 0) byPath.set(path, entries);
    }
  }
  return {
    entries: [...byPath.values()].flat(),
    find: (path) => {
      const entries = byPath.get(path);
      return checksumAlgorithms
        .map((algorithm) => entries?.find((entry) => entry.algorithm === algorithm))
        .find((entry) => entry !== undefined);
    },
  };
}
