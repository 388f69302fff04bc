/** Repositories for the tests of mirrors: files by key, as Clojars publishes them, and their changes. */
import { mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { digestOf } from '../../src/proof/checksum/digest.js';

export type Tree = Map<string, Buffer>;

/** Adds a file with its `.md5` and `.sha1`. */
export function put(tree: Tree, key: string, body: Buffer | string): void {
  const bytes = Buffer.from(body);
  const { md5 = '', sha1 = '' } = digestOf(bytes, ['md5', 'sha1']);
  tree.set(key, bytes);
  tree.set(`${key}.md5`, Buffer.from(md5));
  tree.set(`${key}.sha1`, Buffer.from(sha1));
}

/** Releases a version: POM, jar, signature, and the artifact's metadata with all its versions. */
export function release(tree: Tree, group: string, artifact: string, version: string): void {
  const folder = `${group.replace(/\./g, '/')}/${artifact}`;
  const base = `${folder}/${version}/${artifact}-${version}`;
  put(
    tree,
    `${base}.pom`,
    `<project><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></project>`,
  );
  put(tree, `${base}.jar`, `jar of ${group}:${artifact}:${version}`.repeat(20));
  tree.set(`${base}.jar.asc`, Buffer.from(`signature of ${artifact} ${version}`));
  writeMetadata(tree, group, artifact);
}

/** Deploys a build of a snapshot. */
export function deploySnapshot(tree: Tree, group: string, artifact: string, base: string, build: number): void {
  const folder = `${group.replace(/\./g, '/')}/${artifact}/${base}-SNAPSHOT`;
  const value = `${base}-20260101.${String(120000 + build)}-${build}`;
  put(tree, `${folder}/${artifact}-${value}.pom`, `<project>${value}</project>`);
  put(tree, `${folder}/${artifact}-${value}.jar`, `jar of ${artifact} ${value}`);
  const file = (extension: string): string =>
    `<snapshotVersion><extension>${extension}</extension><value>${value}</value><updated>20260101${120000 + build}</updated></snapshotVersion>`;
  put(
    tree,
    `${folder}/maven-metadata.xml`,
    `<metadata><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${base}-SNAPSHOT</version><versioning><snapshotVersions>${file('pom')}${file('jar')}</snapshotVersions></versioning></metadata>`,
  );
  writeMetadata(tree, group, artifact);
}

/** Writes the metadata of an artifact, with further versions that do not exist. */
export function writeMetadata(tree: Tree, group: string, artifact: string, dangling: readonly string[] = []): void {
  const folder = `${group.replace(/\./g, '/')}/${artifact}/`;
  const versions = new Set<string>(dangling);
  for (const key of tree.keys()) {
    const rest = key.startsWith(folder) ? key.slice(folder.length).split('/') : [];
    if (rest.length === 2 && rest[0] !== undefined && rest[1]?.startsWith(`${artifact}-`) === true) versions.add(rest[0]);
  }
  const list = [...versions].map((version) => `<version>${version}</version>`).join('');
  put(
    tree,
    `${folder}maven-metadata.xml`,
    `<metadata><groupId>${group}</groupId><artifactId>${artifact}</artifactId><versioning><versions>${list}</versions></versioning></metadata>`,
  );
}

/** A few artifacts, one of them with snapshots, whose keys do not sort as their folders would. */
export function smallTree(): Tree {
  const tree: Tree = new Map();
  release(tree, 'org.example', 'a', '1.0');
  release(tree, 'org.example', 'a', '1.1');
  release(tree, 'org.example', 'a-b', '2.0');
  release(tree, 'org.example.a', 'nested', '0.1');
  release(tree, 'hiccup', 'hiccup', '1.0.5');
  deploySnapshot(tree, 'hiccup', 'hiccup', '2.0', 1);
  return tree;
}

/** Adds the `index.html` of each folder, as Clojars has it. */
export function withIndexes(tree: Tree): Tree {
  const served: Tree = new Map(tree);
  const folders = new Set(['']);
  for (const key of tree.keys())
    for (let at = key.indexOf('/'); at !== -1; at = key.indexOf('/', at + 1)) folders.add(key.slice(0, at + 1));
  for (const folder of folders) served.set(`${folder}index.html`, Buffer.from(folderPage(tree, folder) ?? ''));
  return served;
}

/** Returns the page that lists a folder; null if there is no such folder. @param folder empty, or ends with '/' */
export function folderPage(tree: Tree, folder: string): string | null {
  const names = new Map<string, string>();
  for (const [key, bytes] of tree) {
    if (!key.startsWith(folder)) continue;
    const slash = key.indexOf('/', folder.length);
    if (slash === -1) names.set(key.slice(folder.length), `${dateOf(bytes)} ${bytes.length}`);
    else names.set(key.slice(folder.length, slash + 1), '- -');
  }
  if (names.size === 0 && folder !== '') return null;
  const lines = [...names].map(([name, facts]) => `<a href="${name}" title="${name}">${name}</a>    ${facts}`);
  return `<html><body><pre id="contents">\n<a href="../">../</a>\n${lines.join('\n')}\n</pre></body></html>`;
}

/** Files change their date when they change. */
function dateOf(bytes: Buffer): string {
  const [day = 0, hour = 0, minute = 0] = Buffer.from(digestOf(bytes, ['md5']).md5 ?? '', 'hex');
  const two = (number: number): string => String(number).padStart(2, '0');
  return `2026-01-${two(1 + (day % 28))} ${two(hour % 24)}:${two(minute % 60)}`;
}

/** Writes a tree into a folder. Files of equal bytes keep their time. */
export function writeTree(root: string, tree: Tree): void {
  for (const [key, bytes] of tree) {
    const file = join(root, key);
    mkdirSync(dirname(file), { recursive: true });
    if (readIfThere(file)?.equals(bytes) !== true) {
      writeFileSync(file, bytes);
      clock += 1;
      utimesSync(file, 1_700_000_000 + clock, 1_700_000_000 + clock);
    }
  }
}

/** Files written by tests are told apart by their times, although they are written within a millisecond. */
let clock = 0;

function readIfThere(file: string): Buffer | null {
  try {
    return readFileSync(file);
  } catch {
    return null;
  }
}

/** Reads what a web server would serve: everything but hidden folders. The mirror's own accounts are left out. */
export function readServed(root: string): Tree {
  const tree: Tree = new Map();
  const walk = (folder: string): void => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const key = `${folder}${entry.name}`;
      if (key.startsWith('.') || key === 'lastsync') continue;
      if (entry.isDirectory()) walk(`${key}/`);
      else tree.set(key, readFileSync(join(root, key)));
    }
  };
  walk('');
  return tree;
}

/** Sorted, for comparisons. */
export function sortedTree(tree: Tree): readonly (readonly [string, string])[] {
  return [...tree].map(([key, bytes]) => [key, bytes.toString('latin1')] as const).sort(([one], [other]) => (one < other ? -1 : 1));
}
