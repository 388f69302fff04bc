/** An origin and four mirrors, with differences of each class planted in them. */
import { digestOf } from '../../src/proof/checksum/digest.js';
import { addTrace } from '../audit/stage.js';
import { put, release, type Tree, writeMetadata } from '../mirror/repository-tree.js';

export const mirrorNames = ['liar', 'gappy', 'late', 'broken'] as const;
export type MirrorName = (typeof mirrorNames)[number];

export interface AuditedMirrors {
  readonly origin: Tree;
  /** Files that came to the origin an hour ago. */
  readonly young: ReadonlySet<string>;
  readonly mirrors: Readonly<Record<MirrorName, Tree>>;
  /** The path for which the mirror `broken` has no answer. */
  readonly brokenPath: string;
  /** Findings of an audit that finds everything: the kind, the place and the path. */
  readonly planted: ReadonlySet<string>;
}

const artifacts = ['a', 'b', 'c', 'd'];
const fileOf = (artifact: string, end: string): string => `org/example/${artifact}/1.0/${artifact}-1.0.${end}`;
/** A file that {@link changeRelease} changes. */
export const changedPath = fileOf('d', 'jar');
/** A file that {@link heal} puts right. */
export const healedPath = fileOf('a', 'jar');

export function makeMirrors(): AuditedMirrors {
  const planted = new Set<string>();
  const origin: Tree = new Map();
  for (const artifact of artifacts) release(origin, 'org.example', artifact, '1.0');
  const fresh: Tree = new Map();
  release(fresh, 'org.example', 'young', '1.0');
  for (const [key, bytes] of fresh) origin.set(key, bytes);
  writeMetadata(origin, 'org.example', 'a', ['0.9']);
  planted.add('dangling-metadata origin org/example/a/maven-metadata.xml');
  origin.set(fileOf('b', 'pom.md5'), Buffer.from('0'.repeat(32)));
  planted.add(`wrong-sum origin ${fileOf('b', 'pom.md5')}`);
  const mirrors = { liar: copyOf(origin), gappy: copyOf(origin), late: copyOf(origin), broken: copyOf(origin) };
  plantLies(mirrors.liar, planted);
  plantGaps(mirrors.gappy, planted);
  for (const key of fresh.keys()) {
    mirrors.late.delete(key);
    if (!/\.(?:md5|sha1|asc)$/.test(key)) planted.add(`lag late ${key}`);
  }
  const brokenPath = fileOf('c', 'pom');
  planted.add(`unknown broken ${brokenPath}`);
  return { origin, young: new Set(fresh.keys()), mirrors, brokenPath, planted };
}

function plantLies(tree: Tree, planted: Set<string>): void {
  tree.set(healedPath, Buffer.from((tree.get(healedPath) ?? Buffer.alloc(1)).map((byte, index) => (index === 3 ? byte ^ 1 : byte))));
  planted.add(`content-differs liar ${healedPath}`);
  tree.set(fileOf('b', 'jar'), Buffer.from('<!doctype html><html><title>Log in</title></html>'));
  planted.add(`not-maven liar ${fileOf('b', 'jar')}`);
  tree.set(fileOf('c', 'jar.asc'), Buffer.from('another signature'));
  planted.add(`signature-differs liar ${fileOf('c', 'jar.asc')}`);
  tree.set(fileOf('a', 'pom.sha1'), Buffer.from(digestOf('something else', ['sha1']).sha1 ?? ''));
  planted.add(`sidecar-wrong liar ${fileOf('a', 'pom.sha1')}`);
  put(tree, fileOf('c', 'pom'), '<project>another one</project>');
  planted.add(`content-differs liar ${fileOf('c', 'pom')}`);
  for (const end of ['md5', 'sha1']) planted.add(`checksum-differs liar ${fileOf('c', `pom.${end}`)}`);
}

function plantGaps(tree: Tree, planted: Set<string>): void {
  for (const [kind, path] of [
    ['missing', fileOf('c', 'jar')],
    ['sidecar-missing', fileOf('a', 'pom.sha1')],
    ['signature-missing', fileOf('b', 'jar.asc')],
  ] as const) {
    tree.delete(path);
    planted.add(`${kind} gappy ${path}`);
  }
  const extra = fileOf('a', 'zip');
  tree.set(extra, Buffer.from('published by no one'));
  planted.add(`extra gappy ${extra}`);
}

/** Publishes other bytes under the name of a release, with the right checksums. Returns the files that changed. */
export function changeRelease(tree: Tree): Tree {
  const changed: Tree = new Map();
  put(changed, changedPath, 'another jar');
  for (const [key, bytes] of changed) tree.set(key, bytes);
  return changed;
}

/** The account that a mirror gives of itself, which allows it a day. */
export function traceFile(): Tree {
  const tree: Tree = new Map();
  addTrace(tree);
  return tree;
}

function copyOf(tree: Tree): Tree {
  return new Map(tree);
}
