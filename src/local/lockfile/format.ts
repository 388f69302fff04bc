/** Formats a lockfile as text: one entry per line, sorted, so that git merges it line by line. */
import { completeCoordinate } from '../../maven/coordinate/coordinate.js';
import { formatField } from './field.js';
import { compareText, createLockfile, type LockedFile, type LockedRange, type LockedVersion, type Lockfile } from './lockfile.js';

/** The first line. A file with another first line is refused. */
export const firstLine = 'clojars-fetch-lock 2';

/** The form before signers that do not count were recorded. It is still read. */
export const formerFirstLine = 'clojars-fetch-lock 1';

const comment = '# Written by `clojars-fetch lock`. Merge it as text; where a merge does not fit, it is refused: lock again.';

/** Formats the text; `parseLockfile` reads it back. */
export function formatLockfile(lockfile: Lockfile): string {
  const { graphs, roots, versions, ranges, absent, files } = createLockfile(lockfile);
  const sections = [
    graphs.map((digest) => `graph sha256:${digest}`),
    roots.map((root) => `root ${formatField(root)}`),
    versions.map(formatVersion),
    ranges.map(formatRange),
    absent.map((path) => `absent ${formatField(path)}`),
    files.map(formatFile),
  ];
  return `${[firstLine, comment, ...sections.flatMap((lines) => lines.sort(compareText))].join('\n')}\n`;
}

export function formatVersion({ requested, chosen }: LockedVersion): string {
  return `version ${formatName(requested)} ${formatField(requested.version)} ${formatField(chosen)}`;
}

export function formatRange({ group, artifact, version }: LockedRange): string {
  return `range ${group}:${artifact} ${formatField(version)}`;
}

export function formatFile({ path, sha256, size, repository, level, signer, seenSigner }: LockedFile): string {
  const by = signer !== null ? `signed ${signer}` : seenSigner !== null ? `seen ${seenSigner}` : '-';
  return `file ${formatField(path)} sha256:${sha256} ${size} ${formatField(repository)} ${level} ${by}`;
}

/** Formats a coordinate without its version: `group:artifact[:extension[:classifier]]`. */
export function formatName(coordinate: LockedVersion['requested']): string {
  const { group, artifact, extension, classifier } = completeCoordinate(coordinate);
  const middle = classifier !== '' ? `:${extension}:${classifier}` : extension !== 'jar' ? `:${extension}` : '';
  return `${group}:${artifact}${middle}`;
}
