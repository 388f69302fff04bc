/** A sync through a real nginx does not raise the download counts: its access log goes into `mirror stats`. */
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { expect, onTestFinished, test } from 'vitest';

import { readServed, smallTree, sortedTree, writeTree } from '../mirror/repository-tree.js';
import { runCli } from '../support/processes.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { startNginx } from './nginx.js';
import { findProgram } from './programs.js';

interface Lines {
  readonly lines: number;
  readonly understood: number;
}

/** Returns what `mirror stats` says of a log. */
async function countIn(log: string, home: string): Promise<Lines & { readonly downloads: number }> {
  const output = join(home, 'counts', String(readdirSync(join(home, 'counts')).length));
  const { code, stdout, stderr } = await runCli(['mirror', 'stats', log, '--output', output, '--json'], { home });
  expect(code, stderr).toBe(0);
  const { logs, days } = JSON.parse(stdout) as { logs: readonly Lines[]; days: readonly { downloads: number }[] };
  const { lines = 0, understood = 0 } = logs[0] ?? {};
  return { lines, understood, downloads: days.reduce((sum, day) => sum + day.downloads, 0) };
}

test.skipIf(findProgram('nginx') === null)('the log of the source of a sync counts no downloads', async () => {
  const home = await temporaryFolder();
  const [root, target] = [join(home, 'root'), join(home, 'mirror')];
  for (const folder of [root, join(home, 'counts')]) mkdirSync(folder);
  const tree = smallTree();
  writeTree(root, tree);
  const jars = [...tree.keys()].filter((key) => key.endsWith('.jar'));
  const nginx = await startNginx(join(home, 'nginx'), root, { isListed: true });
  onTestFinished(() => nginx.stop());
  const sync = await runCli(['mirror', 'sync', '--from', nginx.url, '--to', target, '--crawl', '--no-config'], { home });
  expect(sync.code, sync.stderr).toBe(0);
  expect(sortedTree(readServed(target))).toEqual(sortedTree(tree));
  const requests = await nginx.requests();
  expect(requests.filter((line) => line.endsWith('.jar 206'))).toHaveLength(jars.length);

  const counted = await countIn(nginx.combinedLog, home);

  expect(counted.downloads).toBe(0);
  expect(counted.understood).toBe(counted.lines);
  expect(counted.lines).toBeGreaterThan(jars.length);
  // The log of one that downloads does count.
  for (const jar of jars) await (await fetch(`${nginx.url}${jar}`)).arrayBuffer();
  await nginx.requests();
  expect((await countIn(nginx.combinedLog, home)).downloads).toBe(jars.length);
});
