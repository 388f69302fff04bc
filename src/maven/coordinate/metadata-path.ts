/** Reads the path of a `maven-metadata.xml`. It does not say whether the last folder is an artifact or the end of a group's name. */
import { isClojarsFetchError } from '../../base/error.js';
import { isSnapshot, parseTimestampedVersion } from '../version/snapshot.js';
import { maxPathLength, validateName } from './validate.js';

/** The possible subjects of the file: the versions of an artifact, the builds of a snapshot, or the plugins of a group. */
export interface MetadataPath {
  /** Null if there is one name only, which is a group. */
  readonly artifact: { readonly group: string; readonly name: string } | null;
  /** Base version; null at any other level than a snapshot's. */
  readonly snapshot: string | null;
  /** Null at the level of a snapshot. */
  readonly pluginGroup: string | null;
}

/** Returns null for any other path, and for one with names that are not safe. */
export function parseMetadataPath(path: string): MetadataPath | null {
  if (!path.endsWith('/maven-metadata.xml') || path.length > maxPathLength) return null;
  const names = path.split('/').slice(0, -1);
  const last = names.at(-1) ?? '';
  const snapshot = names.length > 2 && isSnapshot(last) ? last : null;
  if (snapshot !== null && (parseTimestampedVersion(snapshot) !== null || !isName('version', snapshot))) return null;
  const [name = '', ...groups] = names.slice(0, snapshot === null ? undefined : -1).reverse();
  if (!isName('artifact', name) || groups.some((one) => one.includes('.'))) return null;
  if (groups.length === 0) return isName('group', name) && !name.includes('.') ? { artifact: null, snapshot, pluginGroup: name } : null;
  const group = groups.reverse().join('.');
  if (!isName('group', group)) return null;
  // The folder of an artifact may have a dot in its name, that of a group may not.
  const pluginGroup = snapshot === null && !name.includes('.') ? `${group}.${name}` : null;
  return { artifact: { group, name }, snapshot, pluginGroup };
}

function isName(part: 'group' | 'artifact' | 'version', name: string): boolean {
  try {
    validateName(part, name);
    return true;
  } catch (error) {
    if (isClojarsFetchError(error)) return false;
    throw error;
  }
}
