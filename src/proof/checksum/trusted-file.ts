/**
 * Reads and writes trusted-checksum files: `.mvn/checksums/checksums-<repository id>.sha512` and the like, in the format of `sha512sum`.
 *
 * Format: GNU coreutils (`hex`, a space, a space or `*`, the name; a leading `\` if the name is escaped), and Maven Resolver's summary-file
 * source, whose names are repository paths.
 */
import { ClojarsFetchError } from '../../base/error.js';
import { algorithmOfLength, checksumAlgorithms } from './algorithm.js';
import type { ChecksumAlgorithm } from './claim.js';

export interface TrustedChecksum {
  readonly algorithm: ChecksumAlgorithm;
  /** Lower-case hex. */
  readonly value: string;
  /** Other accepted values, lower-case hex. Only Gradle's file has them. */
  readonly alternatives?: readonly string[] | undefined;
  /** Repository path, `org/lib/1.0/lib-1.0.jar`, or a bare file name. */
  readonly path: string;
}

export interface TrustedChecksums {
  readonly entries: readonly TrustedChecksum[];
  /**
   * Returns the strongest checksum for a repository path: by the whole path, otherwise by the bare file name if it is
   * listed. Undefined if neither is.
   */
  find(path: string): TrustedChecksum | undefined;
}

/**
 * Reads a trusted-checksum file; the length of a checksum determines its algorithm. Empty lines and `#` comments are skipped. Two different
 * checksums of one algorithm for one path are an error: pins must not be ambiguous.
 * @param file name for messages
 * @throws ClojarsFetchError ERR_CONFIG, reason `bad-value`
 */
export function parseTrustedChecksums(text: string, file: string): TrustedChecksums {
  const byPath = new Map<string, Map<ChecksumAlgorithm, TrustedChecksum>>();
  const entries: TrustedChecksum[] = [];
  text
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
    .forEach((line, index) => {
      if (line.trim() === '' || line.startsWith('#')) return;
      const refuse = (what: string): never => {
        throw new ClojarsFetchError('ERR_CONFIG', {
          reason: 'bad-value',
          path: file,
          message: `${file}, line ${index + 1}: ${what}`,
          hint: "Each line must read '<checksum>  <repository path>', as sha256sum or sha512sum writes it.",
        });
      };
      const [, escape, hex, name] = /^(\\)?([0-9a-fA-F]+)[ \t]+\*?(\S.*)$/.exec(line.trimEnd()) ?? [];
      if (hex === undefined || name === undefined) return refuse('not a checksum and a path');
      const algorithm =
        algorithmOfLength(hex.length) ?? refuse(`${hex.length} hexadecimal digits are too few or too many for md5, sha1, sha256 or sha512`);
      const plain =
        escape === undefined ? name : name.replace(/\\([\\nr])/g, (_, c: string) => (c === 'n' ? '\n' : c === 'r' ? '\r' : '\\'));
      const entry: TrustedChecksum = { algorithm, value: hex.toLowerCase(), path: plain.replaceAll('\\', '/').replace(/^\.?\//, '') };
      const known = byPath.get(entry.path) ?? new Map<ChecksumAlgorithm, TrustedChecksum>();
      const before = known.get(algorithm);
      if (before !== undefined && before.value !== entry.value)
        refuse(`a second, different ${algorithm} for ${JSON.stringify(entry.path)}`);
      if (before !== undefined) return;
      known.set(algorithm, entry);
      byPath.set(entry.path, known);
      entries.push(entry);
    });
  const strongest = (known: ReadonlyMap<ChecksumAlgorithm, TrustedChecksum> | undefined): TrustedChecksum | undefined => {
    for (const algorithm of checksumAlgorithms) {
      const entry = known?.get(algorithm);
      if (entry !== undefined) return entry;
    }
    return undefined;
  };
  return {
    entries,
    find: (path) => strongest(byPath.get(path)) ?? strongest(byPath.get(path.slice(path.lastIndexOf('/') + 1))),
  };
}

/** Formats the file for these checksums, sorted by path. Inverse of {@link parseTrustedChecksums}. */
export function formatTrustedChecksums(entries: readonly TrustedChecksum[]): string {
  const lines = [...entries]
    .sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0))
    .map((entry) => `${entry.value}  ${entry.path}\n`);
  return lines.join('');
}
