/** A reader of a mirror that finds fault with anything half: metadata that names a missing version, or a file without the right bytes. */
import { digestOf } from '../../src/proof/checksum/digest.js';
import { readServed, type Tree } from './repository-tree.js';

/**
 * Returns what is wrong with the served files; empty if nothing is.
 * @param rights the trees that the source had in the course of time
 */
export function faultsOf(root: string, rights: readonly Tree[]): readonly string[] {
  return faultsIn(readServed(root), rights);
}

/** The same for files in memory. */
export function faultsIn(served: Tree, rights: readonly Tree[]): readonly string[] {
  const faults: string[] = [];
  for (const [key, bytes] of served) {
    if (!rights.some((right) => right.get(key)?.equals(bytes) === true)) faults.push(`${key} has bytes that the source never had`);
    faults.push(...contradictions(served, key, bytes));
    if (key.endsWith('/maven-metadata.xml')) faults.push(...missing(served, key, bytes.toString()));
  }
  return faults;
}

function contradictions(served: Tree, key: string, bytes: Buffer): readonly string[] {
  return (['md5', 'sha1'] as const)
    .filter((algorithm) => {
      const sum = served.get(`${key}.${algorithm}`);
      return sum !== undefined && sum.toString() !== digestOf(bytes, [algorithm])[algorithm];
    })
    .map((algorithm) => `${key} does not match its .${algorithm}`);
}

function missing(served: Tree, key: string, text: string): readonly string[] {
  return filesNamedBy(key, text)
    .filter((file) => !served.has(file))
    .map((file) => `${key} names ${file}, which is not there`);
}

/** Returns the keys of the POMs and jars that metadata promises. */
export function filesNamedBy(key: string, text: string): readonly string[] {
  const folder = key.slice(0, key.lastIndexOf('/'));
  const artifact = (folder.endsWith('-SNAPSHOT') ? folder.slice(0, folder.lastIndexOf('/')) : folder).split('/').at(-1) ?? '';
  const builds = [...text.matchAll(/<extension>(.*?)<\/extension><value>(.*?)<\/value>/g)].map(
    ([, extension, value]) => `${folder}/${artifact}-${value}.${extension}`,
  );
  const poms = [...text.matchAll(/<version>([^<]*)<\/version>/g)]
    .map(([, version = '']) => version)
    .filter((version) => !version.endsWith('-SNAPSHOT'))
    .flatMap((version) => ['pom', 'jar'].map((extension) => `${folder}/${version}/${artifact}-${version}.${extension}`));
  return [...builds, ...poms];
}
