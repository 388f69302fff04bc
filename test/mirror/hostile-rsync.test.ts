/** A program rsync that does more than it was asked to, as one whose server found a hole in it would: nothing of that is published. */
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, expect, test, vi } from 'vitest';

import { syncMirror } from '../../src/app/mirror/sync/sync-mirror.js';
import type { MirrorSyncReport } from '../../src/app/mirror/sync/sync-options.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { readServed, smallTree, sortedTree, type Tree, writeTree } from './repository-tree.js';

afterEach(() => void vi.unstubAllEnvs());

/** Lists a folder, copies the files that it is asked for, and then runs the lines of another file, which do harm in the folder `to`. */
const program = `const fs = require('node:fs');
const { dirname, join } = require('node:path');
const words = process.argv.slice(2);
const root = 'MODULE';
const list = (folder) => {
  for (const entry of fs.readdirSync(join(root, folder), { withFileTypes: true })) {
    const key = folder + entry.name;
    if (entry.isDirectory()) list(key + '/');
    else console.log('-rw-r--r-- ' + fs.statSync(join(root, key)).size + ' 2026/01/01 00:00:00 ' + key);
  }
};
if (words.includes('--list-only')) list('');
else if (!words.includes('--version')) {
  const to = words.at(-1);
  for (const key of fs.readFileSync(0, 'utf8').split('\\0')) {
    if (key === '' || !fs.existsSync(join(root, key))) continue;
    fs.mkdirSync(dirname(join(to, key)), { recursive: true });
    fs.copyFileSync(join(root, key), join(to, key));
  }
  require(root + '.harm.cjs')(to, require('node:child_process'));
}
`;

interface Place {
  readonly tree: Tree;
  /** A folder of this machine with the same files. */
  readonly own: string;
  readonly target: string;
  /** Syncs; the text is the body of a function of `to`, the folder into which rsync writes. */
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
  writeFileSync(join(programs, 'rsync.cjs'), program.replace('MODULE', module));
  writeFileSync(join(programs, 'rsync'), `#!/bin/sh\nexec '${process.execPath}' '${programs}/rsync.cjs' "$@"\n`);
  chmodSync(join(programs, 'rsync'), 0o755);
  vi.stubEnv('PATH', `${programs}:${process.env['PATH'] ?? ''}`);
  const sync = (harm: string): Promise<MirrorSyncReport> => {
    const head = `const fs = require('node:fs'); const own = ${JSON.stringify(own)};`;
    writeFileSync(`${module}.harm.cjs`, `${head} module.exports = (to, { execFileSync }) => { ${harm} };`);
    return syncMirror({ from: 'rsync://127.0.0.1/m/', to: target, client: { settings: false } });
  };
  return { tree, own, target, sync };
}

const version = 'org/example/a/1.0';

test('files that were not asked for stay out of the mirror, also next to those that were', async () => {
  const { tree, target, sync } = await place();
  const report = await sync(`
    fs.writeFileSync(to + '${version}/a-1.0-extra.jar', 'x');
    fs.writeFileSync(to + 'robots.txt', 'x');
    fs.mkdirSync(to + 'evil/lib/1', { recursive: true });
    fs.writeFileSync(to + 'evil/lib/1/lib-1.jar', 'x');
  `);
  expect(report).toMatchObject({ isComplete: true, findings: [] });
  expect(sortedTree(readServed(target))).toEqual(sortedTree(tree));
  expect(existsSync(join(target, '.clojars-mirror/fetched'))).toBe(false);
});

test.each([
  ['a link', `fs.symlinkSync(own + '/${version}/a-1.0.jar', to + '${version}/a-1.0.jar')`],
  ['a pipe', `execFileSync('mkfifo', [to + '${version}/a-1.0.jar'])`],
  ['a folder', `fs.mkdirSync(to + '${version}/a-1.0.jar')`],
])('%s in the place of a file is not published, and its metadata waits', async (_, harm) => {
  const { tree, target, sync } = await place();
  const report = await sync(`if (!fs.existsSync(to + '${version}')) return; fs.rmSync(to + '${version}/a-1.0.jar'); ${harm};`);
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

test.each(['org', 'org/example', version])('nothing is published from behind a link in the place of the folder %s', async (folder) => {
  const { tree, own, target, sync } = await place();
  const before = sortedTree(readServed(own));
  const report = await sync(`
    if (!fs.existsSync(to + '${folder}')) return;
    fs.rmSync(to + '${folder}', { recursive: true });
    fs.symlinkSync(own + '/${folder}', to + '${folder}');
  `);
  expect(report.isComplete).toBe(false);
  expect([...readServed(target).keys()].filter((key) => key.startsWith(`${folder}/`))).toEqual([]);
  expect(sortedTree(readServed(own))).toEqual(before);
  expect(await sync('')).toMatchObject({ isComplete: true, findings: [] });
  expect(sortedTree(readServed(target))).toEqual(sortedTree(tree));
});
