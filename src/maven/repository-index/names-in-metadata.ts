/** Which files a `maven-metadata.xml` names: a target must have them before it shows the metadata. */
import { parseMetadata } from '../metadata/metadata.js';
import { MetadataError } from '../metadata/metadata-error.js';
import { folderOf, nameOf } from './key.js';

/** Something that metadata promises. */
export interface NamedFile {
  /** For messages: the version. */
  readonly version: string;
  /** The folder that must not be empty, or null if the file itself must be there. */
  readonly folder: string | null;
  /** A file that the source has if it has the version. */
  readonly key: string;
}

/** Returns an empty list for a file that cannot be read: Clojars has a few, and its own clients cannot read them either. */
export function namesIn(key: string, bytes: Uint8Array): readonly NamedFile[] {
  const folder = folderOf(key);
  try {
    const { versions, snapshotVersions } = parseMetadata(bytes);
    if (folder.endsWith('-SNAPSHOT')) {
      const artifact = nameOf(folderOf(folder));
      return snapshotVersions.map(({ value, classifier, extension }) => ({
        version: value,
        folder: null,
        key: `${folder}/${artifact}-${value}${classifier === '' ? '' : `-${classifier}`}.${extension}`,
      }));
    }
    const artifact = nameOf(folder);
    return versions.map((version) => ({
      version,
      folder: `${folder}/${version}`,
      key: `${folder}/${version}/${version.endsWith('-SNAPSHOT') ? 'maven-metadata.xml' : `${artifact}-${version}.pom`}`,
    }));
  } catch (error) {
    if (error instanceof MetadataError) return [];
    throw error;
  }
}
