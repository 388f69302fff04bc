/** A program rsync that does more than it was asked to, as one whose server found a hole in it would: nothing of that is published. */
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, expect, test, vi } from 'vitest';

import { syncMirror } from '../../src/app/mirror/sync/sync-mirror.js';
import type { MirrorSyncReport } from '../../src/app/mirror/sync/sync-options.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { readServed, smallTree, sortedTree, type Tree, writeTree } from './repository-tree.js';

afterEach(() => void vi.unstubAllEnvs());

/**
 * Prints a listing, or copies the files that it is asked for and then runs the lines of another file, which do harm in the folder `$to`.
 * Not a script for Node, whose start takes much longer than that of a shell: each sync starts it about ten times.
 */
const program = `#!/bin/sh
set -e
for word in "$@"; do
  case $word in
    --list-only) exec cat 'MODULE.listing' ;;
    --version) exit 0 ;;
  esac
  to=\${word%/}
done
tr '\\0' '\\n' | while IFS= read -r key; do
  [ -n "$key" ] && [ -e "MODULE/$key" ] || continue
  [ -d "$to/\${key%/*}" ] || mkdir -p "$to/\${key%/*}"
  if [ -d "MODULE/$key" ]; then find "MODULE/$key" -maxdepth 1 -type f -exec cp -t "$to/$key" {} +; else cp "MODULE/$key" "$to/$key"; fi
done
. 'MODULE.harm'
`;

interface Place {
  readonly tree: Tree;
  /** A folder of this machine with the same files. */
  readonly own: string;
  readonly target: string;
  /** Syncs; the text is shell code that finds in `$to` the folder into which rsync writes, and in `$own` that of this machine. */
  readonly sync: (harm: string) => Promise<MirrorSyncReport>;
}

async function place(): Promise<Place> {
  const root = await temporaryFolder();
  const [module, programs, own, target] = ['module', 'programs', 'own', 'target'].map((name) => join(root, name)) as [
    string,
    string,
    string,
    string,
  ];
  const tree = smallTree();
  writeTree(module, tree);
  writeTree(own, tree);
  mkdirSync(programs);
  const lines = [...tree].map(([key, bytes]) => `-rw-r--r-- ${bytes.length} 2026/01/01 00:00:00 ${key}\n`);
  writeFileSync(`${module}.listing`, lines.join(''));
  writeFileSync(join(programs, 'rsync'), program.replaceAll('MODULE', module));
  chmodSync(join(programs, 'rsync'), 0o755);
  vi.stubEnv('PATH', `${programs}:${process.env['PATH'] ?? ''}`);
  const sync = (harm: string): Promise<MirrorSyncReport> => {
    writeFileSync(`${module}.harm`, `own='${own}'\n${harm}\n`);
    return syncMirror({ from: 'rsync://127.0.0.1/m/', to: target, client: { settings: false } });
  };
  return { tree, own, target, sync };
}

const version = 'org/example/a/1.0';

test('files that were not asked for stay out of the mirror, also next to those that were', async () => {
  const { tree, target, sync } = await place();
  const report = await sync(`
    echo x >"$to/${version}/a-1.0-extra.jar"
    echo x >"$to/robots.txt"
    mkdir -p "$to/evil/lib/1"
    echo x >"$to/evil/lib/1/lib-1.jar"
  `);
  expect(report).toMatchObject({ isComplete: true, findings: [] });
  expect(sortedTree(readServed(target))).toEqual(sortedTree(tree));
  expect(existsSync(join(target, '.clojars-mirror/fetched'))).toBe(false);
});

test.each([
  ['a link', `ln -s "$own/${version}/a-1.0.jar"`],
  ['a pipe', 'mkfifo'],
  ['a folder', 'mkdir'],
])('%s in the place of a file is not published, and its metadata waits', async (_, harm) => {
  const { tree, target, sync } = await place();
  const report = await sync(`[ -e "$to/${version}" ] || exit 0; rm "$to/${version}/a-1.0.jar"; ${harm} "$to/${version}/a-1.0.jar"`);
  expect(report.findings.map(({ kind, key }) => [kind, key])).toEqual([
    ['failed', `${version}/a-1.0.jar`],
    ['waiting', 'org/example/a/maven-metadata.xml'],
  ]);
  const served = readServed(target);
  for (const [key, bytes] of served) expect(bytes, key).toEqual(tree.get(key));
  expect(served.has(`${version}/a-1.0.jar`)).toBe(false);
  expect(await sync('')).toMatchObject({ isComplete: true, findings: [] });
  expect(sortedTree(readServed(target))).toEqual(sortedTree(tree));
});

test('a version that vanishes after the listing fails alone, and its metadata waits', async () => {
  const { tree, target, sync } = await place();
  const report = await sync(`rm -rf "$to/${version}"`);
  const isFile = (key: string): boolean => key.startsWith(`${version}/`) && !/\.(?:md5|sha1)$/.test(key);
  const failed = report.findings.filter(({ kind }) => kind === 'failed').map(({ key }) => key);
  expect(failed.filter(isFile).toSorted()).toEqual([...tree.keys()].filter(isFile).toSorted());
  expect(report.findings).toContainEqual(expect.objectContaining({ kind: 'waiting', key: 'org/example/a/maven-metadata.xml' }));
  expect(readServed(target).has('org/example/a/1.1/a-1.1.jar')).toBe(true);
  expect(await sync('')).toMatchObject({ isComplete: true, findings: [] });
  expect(sortedTree(readServed(target))).toEqual(sortedTree(tree));
});

test.each(['org', 'org/example', version])('nothing is published from behind a link in the place of the folder %s', async (folder) => {
  const { tree, own, target, sync } = await place();
  const before = sortedTree(readServed(own));
  const report = await sync(`
    [ -e "$to/${folder}" ] || exit 0
    rm -r "$to/${folder}"
    ln -s "$own/${folder}" "$to/${folder}"
  `);
  expect(report.isComplete).toBe(false);
  expect([...readServed(target).keys()].filter((key) => key.startsWith(`${folder}/`))).toEqual([]);
  expect(sortedTree(readServed(own))).toEqual(before);
  expect(await sync('')).toMatchObject({ isComplete: true, findings: [] });
  expect(sortedTree(readServed(target))).toEqual(sortedTree(tree));
});
