/**
 * Whether each file of a mirror is safe from a power cut before a reader can see it, and metadata comes after all that it names: real syncs,
 * watched by strace, since only system calls show what reached the disk and when.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { expect, onTestFinished, test } from 'vitest';

import { FeedSite } from '../mirror/feed-site.js';
import { filesNamedBy } from '../mirror/reader.js';
import {
  deploySnapshot,
  put,
  readServed,
  release,
  smallTree,
  sortedTree,
  type Tree,
  withIndexes,
  writeTree,
} from '../mirror/repository-tree.js';
import { cliPath } from '../support/processes.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { missingForTraces, type Publication, publicationsIn, traceProgram } from './flush-trace.js';
import { missingPrograms, skipUnlessThere } from './programs.js';
import { startRsync } from './rsync-server.js';

/** A repository at a source, which may change. */
interface Origin {
  readonly words: readonly string[];
  become(tree: Tree): void;
}

const origins: readonly (readonly [name: string, open: (root: string) => Promise<Origin>])[] = [
  [
    'a folder',
    async (root) => {
      const folder = join(root, 'source');
      return { words: ['--from', folder], become: (tree) => replaceTree(folder, tree) };
    },
  ],
  [
    'a web site',
    async () => {
      const site = await FeedSite.start(new Map());
      onTestFinished(() => site.close());
      return { words: ['--from', site.url, '--crawl'], become: (tree) => (site.tree = withIndexes(tree)) };
    },
  ],
  [
    'rsync',
    async (root) => {
      const module = join(root, 'module');
      mkdirSync(module);
      return { words: ['--from', await startRsync(root, module)], become: (tree) => replaceTree(module, tree) };
    },
  ],
];

test.for(origins)('each file from %s is flushed before it is visible, and metadata comes last', async ([name, open], context) => {
  skipUnlessThere(context, [...missingForTraces(), ...missingPrograms(name === 'rsync' ? ['rsync'] : [])]);
  const root = await temporaryFolder();
  const target = join(root, 'target');
  const origin = await open(root);
  let before: Tree = new Map();
  for (const [round, tree] of [firstTree(), laterTree()].entries()) {
    origin.become(tree);
    const words = [process.execPath, cliPath, 'mirror', 'sync', ...origin.words, '--to', target, '--no-config', '--quiet'];

    const { code, output, calls } = await traceProgram(words, { file: join(root, `trace-${round}`), home: join(root, 'home'), cwd: root });

    expect(code, output).toBe(0);
    const served = readServed(target);
    expect(sortedTree(served)).toEqual(sortedTree(tree));
    const published = publicationsIn(calls, target);
    expect(published.filter(({ isFlushed }) => !isFlushed)).toEqual([]);
    const changed = [...served].filter(([key, bytes]) => before.get(key)?.equals(bytes) !== true).map(([key]) => key);
    const keys = published.map(({ key }) => key);
    expect(keys.sort()).toEqual([...changed, '.well-known/clojars-mirror.json', 'lastsync'].sort());
    expect(tooEarly(published, served)).toEqual([]);
    before = served;
  }
});

test('the trace shows a file that is renamed before it is flushed', async (context) => {
  skipUnlessThere(context, missingForTraces());
  const root = await temporaryFolder();
  const run = async (script: string): Promise<readonly (readonly [string, boolean])[]> => {
    rmSync(join(root, 'served'), { recursive: true, force: true });
    mkdirSync(join(root, 'served/.hidden/folder'), { recursive: true });
    const words = ['sh', '-c', script, 'sh', join(root, 'served')];
    const { code, output, calls } = await traceProgram(words, { file: join(root, 'trace'), home: join(root, 'home'), cwd: root });
    expect(code, output).toBe(0);
    return publicationsIn(calls, join(root, 'served')).map(({ key, isFlushed }) => [key, isFlushed]);
  };

  expect(await run('echo x >"$1/.hidden/f"; mv "$1/.hidden/f" "$1/f"')).toEqual([['f', false]]);
  expect(await run('echo x >"$1/.hidden/f"; sync "$1/.hidden/f"; mv "$1/.hidden/f" "$1/f"')).toEqual([['f', true]]);
  expect(await run('sync -f "$1"; echo x >"$1/.hidden/f"; mv "$1/.hidden/f" "$1/f"')).toEqual([['f', false]]);
  const inFolder = 'echo x >"$1/.hidden/folder/f"; echo y >"$1/.hidden/folder/g"';
  expect(await run(`${inFolder}; sync "$1/.hidden/folder/g"; mv "$1/.hidden/folder" "$1/folder"`)).toEqual([
    ['folder/f', false],
    ['folder/g', true],
  ]);
  expect(await run(`${inFolder}; sync -f "$1"; ln "$1/.hidden/folder/f" "$1/f"`)).toEqual([['f', true]]);
});

function firstTree(): Tree {
  const tree = smallTree();
  // It does not fit into the memory of a file that is gathered, and comes in pieces.
  put(tree, 'org/example/large/1/large-1.jar', Buffer.alloc(3_000_000, 'jar'));
  return tree;
}

/** With a new artifact, a new version, a build of a snapshot, and a late file of a version that is there. */
function laterTree(): Tree {
  const tree = firstTree();
  release(tree, 'org.example', 'new', '1.0');
  release(tree, 'org.example', 'a', '1.2');
  deploySnapshot(tree, 'hiccup', 'hiccup', '2.0', 2);
  put(tree, 'hiccup/hiccup/1.0.5/hiccup-1.0.5-sources.jar', 'late');
  return tree;
}

function replaceTree(root: string, tree: Tree): void {
  mkdirSync(root, { recursive: true });
  writeTree(root, tree);
}

/** Returns faults: files that metadata or a checksum file told of before they were there. */
function tooEarly(published: readonly Publication[], served: Tree): readonly string[] {
  const byKey = new Map(published.map((one) => [one.key, one]));
  return published.flatMap(({ key, began, ended }) => {
    const subject = key.replace(/\.(?:md5|sha1)$/, '');
    const names = key.endsWith('/maven-metadata.xml') ? filesNamedBy(key, String(served.get(key))) : subject === key ? [] : [subject];
    return names
      .filter((name) => {
        const file = byKey.get(name);
        // Files of a folder that was renamed appear at the same time.
        return file !== undefined && file.ended >= began && file.ended !== ended;
      })
      .map((name) => `${key} is visible before ${name}`);
  });
}
