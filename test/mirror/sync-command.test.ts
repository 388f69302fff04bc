import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { runCliHere } from '../support/cli-here.js';
import { schemaViolations } from '../support/json-schema.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { put, smallTree, writeTree } from './repository-tree.js';

test('mirror sync copies a folder, and reports what could not be copied', async () => {
  const home = await temporaryFolder();
  const source = join(home, 'source');
  mkdirSync(source);
  const tree = smallTree();
  writeTree(source, tree);
  const words = ['mirror', 'sync', '--from', 'source', '--to', 'target'];

  const dry = await runCliHere([...words, '--dry-run'], { home });
  expect(dry).toMatchObject({ code: 0 });
  expect(dry.stdout).toContain(`${tree.size} files listed: 0 unchanged, ${tree.size} missing`);
  expect(dry.stdout).toMatch(new RegExp(`would be, with about ${tree.size} requests, in about \\d+ s`));
  const first = await runCliHere([...words, '--json', '--operator', 'Example', '--interval', '1h'], { home });
  expect(first.code).toBe(0);
  const document: unknown = JSON.parse(first.stdout);
  expect(schemaViolations(document, 'mirror-sync')).toEqual([]);
  expect(document).toMatchObject({ isComplete: true, published: { files: tree.size } });

  tree.set('hiccup/hiccup/1.0.5/hiccup-1.0.5.pom.asc', Buffer.from('signature'));
  tree.set('hiccup/hiccup/1.0.5/hiccup-1.0.5-sources.jar', Buffer.from('no checksum'));
  writeTree(source, tree);
  const again = await runCliHere(['mirror', 'sync', '--from', 'target', '--to', `file://${join(home, 'target of a URL')}`, '--dry-run'], {
    home,
  });
  expect(again.stdout).toContain(join(home, 'target of a URL'));
  const second = await runCliHere(words, { home });
  expect(second.code).toBe(4);
  expect(second.stdout).toContain('1 file published');
  expect(second.stderr).toContain('failed  hiccup/hiccup/1.0.5/hiccup-1.0.5-sources.jar: there is no checksum');
});

test('mirror sync reports a release that changed at the source, by exit code 4', async () => {
  const home = await temporaryFolder();
  const tree = smallTree();
  writeTree(join(home, 'source'), tree);
  const words = ['mirror', 'sync', '--from', 'source', '--to', 'target'];
  expect(await runCliHere(words, { home })).toMatchObject({ code: 0 });
  const jar = 'hiccup/hiccup/1.0.5/hiccup-1.0.5.jar';
  put(tree, jar, 'deployed again with other bytes');
  writeTree(join(home, 'source'), tree);

  const result = await runCliHere([...words, '--json'], { home });

  expect(result.code).toBe(4);
  expect(JSON.parse(result.stdout)).toMatchObject({ findings: [{ kind: 'changed', key: jar }] });
  expect(String(readFileSync(join(home, 'target', jar)))).not.toContain('deployed again');
});

test('mirror sync filters, says what metadata names, and warns of a filter without effect', async () => {
  const home = await temporaryFolder();
  writeTree(join(home, 'source'), smallTree());
  const words = ['mirror', 'sync', '--from', 'source', '--to', 'target', '--group', 'hiccup', '--group', 'hicup', '--no-snapshots'];

  const result = await runCliHere(words, { home });

  expect(result).toMatchObject({ code: 0 });
  expect(result.stdout).toContain('the filters take 1 version, and leave out');
  expect(result.stdout).toContain('metadata is copied as it is, and also names versions that are left out');
  expect(result.stderr).toContain('--group hicup: the source has no version of it');
  const json = await runCliHere([...words, '--latest', '1', '--since', '2020-01-01', '--metadata', 'rewrite', '--json'], { home });
  const document: unknown = JSON.parse(json.stdout);
  expect(schemaViolations(document, 'mirror-sync')).toEqual([]);
  expect(document).toMatchObject({ filter: { metadata: 'rewrite', versions: 1 }, warnings: [expect.stringContaining('hicup')] });
});

test.each([
  [['mirror'], "'mirror' needs a subcommand"],
  [['mirror', 'constructor'], "'mirror' has no subcommand 'constructor'"],
  [['mirror', 'sync', '--from', 'x'], "'mirror sync' needs --from SOURCE and --to TARGET"],
  [['mirror', 'sync', '--from', 'missing', '--to', 'x'], 'the folder to copy from does not exist'],
  [['mirror', 'sync', '--from', 'ftp://x.example/', '--to', 'x'], '--from: the scheme ftp: is not supported: ftp://x.example/'],
  [['mirror', 'sync', '--from', '.', '--to', 'x'], 'the target lies in the source'],
  [['mirror', 'sync', '--from', 'https://repo1.maven.org/maven2', '--to', 'x'], 'Maven Central must not be copied'],
  [
    ['mirror', 'sync', '--from', '.', '--to', 'https://u:secret@x.example/'],
    '--to: neither a folder of this machine nor a bucket: https://',
  ],
  [['mirror', 'sync', '--from', '.', '--to', 'rsync://x.example/m/'], '--to: neither a folder of this machine nor a bucket'],
  [['mirror', 'sync', '--from', '.', '--to', 'me@backup:/srv/mirror'], '--to: neither a folder of this machine nor a bucket'],
  [['mirror', 'sync', '--from', 'http://repo.example.org/', '--to', 'x'], 'plain http'],
  [['mirror', 'sync', '--from', 'https://x.example/', '--to', 'x', '--contact', 'a\nb'], '--contact: is not a line'],
  [['mirror', 'sync', '--from', import.meta.dirname, '--to', 'x', '--two-origins'], '--two-origins: no other origin'],
  [['mirror', 'sync', '--from', '.', '--to', 'x', '--verify'], '--verify needs --rescan'],
  [['mirror', 'sync', '--from', '.', '--to', 'x', '--increment', '--dry-run'], '--increment and --dry-run exclude each other'],
  [['mirror', 'sync', '--from', '.', '--to', 'x', '--rescan', '--dry-run'], '--rescan and --dry-run exclude each other'],
  [['mirror', 'sync', '--from', '.', '--to', 'x', '--settle', '400d'], '--settle: is not a number'],
  [['mirror', 'sync', '--from', '.', '--to', 'x', '--interval', '400d'], '--interval: is not a number'],
  [['mirror', 'sync', '--from', 'https://x.example/', '--to', 'x', '--connections', '0'], '--connections must be'],
  [['mirror', 'sync', '--from', '.', '--to', 'x', '--group', 'org..x'], "--group: 'org..x' is not a group"],
  [['mirror', 'sync', '--from', '.', '--to', 'x', '--since', '2026-02-30'], "--since: '2026-02-30' is not a date"],
  [['mirror', 'sync', '--from', '.', '--to', 'x', '--latest', '0'], '--latest must be'],
  [['mirror', 'sync', '--from', '.', '--to', 'x', '--metadata', 'x'], '--metadata must be'],
])('%j is a mistake', async (words, message) => {
  const home = await temporaryFolder();
  const result = await runCliHere(words, { home });
  expect(result.code).toBe(2);
  expect(result.stderr).toContain(message);
  expect(result.stderr).not.toContain('secret');
});
