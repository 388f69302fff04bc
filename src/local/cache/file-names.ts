/** Tells the files of a repository from what is kept alongside them. Pure. */
import { trackingName } from '../repository/origin.js';

const companion = /\.(?:sha1|md5|sha256|sha512|asc|lastUpdated)$/;
const checksum = /\.(sha1|md5|sha256|sha512)$/;

/** Notes of Maven's, which belong to the machine and not to the repository. */
const notes = new Set([trackingName, '_maven.repositories', 'resolver-status.properties']);

/** Whether the file is a note of Maven's or a copy of metadata that a client keeps for itself. */
export function isNote(name: string): boolean {
  return notes.has(name) || name.endsWith('.lastUpdated');
}

/** Whether the name is one of metadata, with any suffix: `maven-metadata.xml`, `maven-metadata-clojars.xml.sha1`. */
export function isMetadata(name: string): boolean {
  return name.startsWith('maven-metadata');
}

/** The name of the file that this one belongs to: `a.jar` for `a.jar.asc.sha1`; itself if it stands alone. */
export function mainName(name: string): string {
  let main = name;
  while (companion.test(main)) main = main.replace(companion, '');
  return main === '' ? name : main;
}

/** The algorithm and the file of a checksum file; null for any other. */
export function checksumFile(name: string): { readonly algorithm: string; readonly of: string } | null {
  const algorithm = checksum.exec(name)?.[1];
  return algorithm === undefined ? null : { algorithm, of: name.slice(0, -algorithm.length - 1) };
}
