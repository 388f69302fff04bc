/** Kills processes that fill and empty a cache, and compares what the next process counts with what is on the disk. Also for the soak run. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { build } from 'esbuild';

import type { FileCache } from '../../../src/local/cache/file-cache.js';
import { openFolderCache } from '../../../src/local/cache/folder-cache.js';

const clojars = { id: 'clojars', url: 'https://repo.clojars.org/' };
/** The limit of the children, and of the process that looks after them. */
const limitBytes = 40_000;

/** Bundles child.ts into the folder. */
export async function bundleCacheChild(folder: string): Promise<string> {
  const script = join(folder, 'child.mjs');
  const entry = fileURLToPath(new URL('./child.ts', import.meta.url));
  await build({ entryPoints: [entry], outfile: script, bundle: true, platform: 'node', format: 'esm', target: 'node20' });
  return script;
}

export interface CacheKill {
  readonly script: string;
  /** Of the cache. */
  readonly folder: string;
  /** The children, by the time after which each is killed, and their seed. */
  readonly afterMs: readonly number[];
  readonly seed: number;
}

/** Kills children, and looks at what they leave. Returns how many files count as verified, and what is wrong. */
export async function killCache({
  script,
  folder,
  afterMs,
  seed,
}: CacheKill): Promise<{ readonly hits: number; readonly violations: readonly string[] }> {
  const violations: string[] = [];
  const kill = async (ms: number, index: number): Promise<void> => {
    const child = spawn(process.execPath, [script, folder, String(seed + index)], { stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = once(child, 'exit');
    await Promise.race([once(child.stdout, 'data'), ended]);
    await sleep(ms);
    if (child.exitCode !== null) violations.push(`a process ended by itself with ${child.exitCode}`);
    child.kill('SIGKILL');
    await ended;
  };
  await Promise.all(afterMs.map(kill));
  // Without a limit, which a killed process may have passed, nothing is removed while it is compared.
  const unlimited = await openFolderCache({ folder, repositories: [clojars], limitBytes: 1_000_000_000 });
  const hits = await compare(unlimited, violations);
  await unlimited.close();
  const cache = await openFolderCache({ folder, repositories: [clojars], limitBytes });
  await cache.counted();
  const release = await cache.reserve(10_000);
  if (cache.stats().bytes > limitBytes - 10_000) violations.push(`${cache.stats().bytes} bytes are left, and 10,000 were reserved`);
  release();
  await compare(cache, violations);
  await cache.close();
  return { hits, violations };
}

/** The regular files of a repository's folder, as they are on the disk. */
async function onDisk(root: string): Promise<Map<string, number>> {
  const sizes = new Map<string, number>();
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    const file = join(entry.parentPath, entry.name);
    if (entry.isFile() && !entry.name.endsWith('.clojars-fetch-tmp')) sizes.set(file, (await stat(file)).size);
  }
  return sizes;
}

async function compare(cache: FileCache, violations: string[]): Promise<number> {
  await cache.counted();
  const root = cache.folder('clojars');
  const sizes = await onDisk(root);
  const bytes = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  const counted = cache.stats();
  if (counted.files !== sizes.size || counted.bytes !== bytes)
    violations.push(`${counted.files} files of ${counted.bytes} bytes are counted, ${sizes.size} of ${bytes} are there`);
  let hits = 0;
  for (const file of sizes.keys()) {
    const hit = cache.lookup('clojars', file.slice(root.length + 1));
    if (hit === null) continue;
    hits += 1;
    if (
      hit.sha256 !==
      createHash('sha256')
        .update(await readFile(file))
        .digest('hex')
    )
      violations.push(`${file} is recorded with another digest`);
  }
  return hits;
}
