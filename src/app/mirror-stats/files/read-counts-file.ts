/** Reads a file of counts, in the form that its name says. */
import { readNamedFileIfPresent, unreadableFile } from '../../../base/disk/named-file.js';
import { readCounts, type VisitCount } from './read-counts.js';

/**
 * Calls back with each count; a missing file has none.
 * @throws ClojarsFetchError ERR_CONFIG, `unreadable`
 */
export function readCountsFile(path: string, visit: VisitCount): void {
  const bytes = readNamedFileIfPresent(path, 'the counts');
  if (bytes === null) return;
  if (path.endsWith('.json')) readJson(bytes, path, visit);
  else readCounts(bytes, path, visit);
}

interface Artifact {
  readonly group: string;
  readonly artifact: string;
  readonly versions: Readonly<Record<string, number>>;
}

function readJson(bytes: Buffer, path: string, visit: VisitCount): void {
  for (const { group, artifact, versions } of parseArtifacts(bytes, path))
    for (const [version, count] of Object.entries(versions)) visit(group, artifact, version, count);
}

function parseArtifacts(bytes: Buffer, path: string): readonly Artifact[] {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    if (Array.isArray(value) && value.every(isArtifact)) return value;
  } catch (cause) {
    throw unreadableFile(path, 'the counts', cause);
  }
  throw unreadableFile(path, 'the counts', 'it is not a list of artifacts');
}

function isArtifact(value: unknown): value is Artifact {
  if (typeof value !== 'object' || value === null) return false;
  const { group, artifact, versions } = value as Readonly<Record<string, unknown>>;
  const isName = (name: unknown): boolean => typeof name === 'string' && name !== '' && !name.includes('/');
  if (!isName(group) || !isName(artifact) || typeof versions !== 'object' || versions === null) return false;
  return Object.entries(versions).every(([version, count]: [string, unknown]) => isName(version) && Number.isSafeInteger(count));
}
