/**
 * Two proxies on one cache folder, one of which is killed again and again: whatever a client asks of the other one must come, and be right,
 * and no file of the cache may be wrong.
 */
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { startFaultServer } from '../../support/fault-server.js';
import { cachedFiles, KillableProxy } from '../../support/killable-proxy.js';
import { createFixtureRepository } from '../../support/maven-repository.js';
import { ProxyVictim } from '../../support/proxy-victim.js';

export interface ProxyKillResult {
  readonly kills: number;
  /** Files that clients have received. */
  readonly received: number;
  readonly violations: readonly string[];
}

export interface ProxyKillOptions {
  readonly kills: number;
  /** Longest life of the proxy that is killed, in milliseconds. */
  readonly lifeMs: number;
  readonly endMs: number;
}

const artifacts = 60;
const clients = 4;
/** Long enough for a kill to come while files are fetched. */
const delayMs = 30;

/** Each round begins with an empty cache, and lasts until all files were received. */
export async function killProxies({ kills, lifeMs, endMs }: ProxyKillOptions): Promise<ProxyKillResult> {
  const files = createFiles();
  const server = await startFaultServer({ files, fault: { delayMs } });
  const root = await mkdtemp(join(tmpdir(), 'clojars-fetch-proxy-kills-'));
  const violations: string[] = [];
  const counts = { kills: 0, received: 0 };
  try {
    for (let round = 0; counts.kills < kills && performance.now() < endMs && violations.length === 0; round += 1) {
      const home = join(root, String(round));
      await mkdir(home);
      const options = { home, url: server.url };
      const [steady, victim] = [
        await KillableProxy.start(options),
        await ProxyVictim.start({ ...options, paths: [...files.keys()], lifeMs }),
      ];
      try {
        counts.received += await receiveAll(steady, files, violations);
      } finally {
        await victim.end();
        await steady.kill();
      }
      counts.kills += victim.kills;
      violations.push(...(await wrongFiles(cachedFiles(home), files)));
      await rm(home, { recursive: true, force: true });
    }
  } finally {
    await server.close();
    await rm(root, { recursive: true, force: true });
  }
  return { ...counts, violations };
}

function createFiles(): ReadonlyMap<string, Buffer> {
  const names = Array.from({ length: artifacts }, (_, index) => ({
    group: 'org.example',
    artifact: `n${index}`,
    versions: ['1.0.0'],
    size: 20_000,
  }));
  return createFixtureRepository({ artifacts: names }).files;
}

/** Asks for every file, as several build tools would. Returns how many came. */
async function receiveAll(proxy: KillableProxy, files: ReadonlyMap<string, Buffer>, violations: string[]): Promise<number> {
  let received = 0;
  const paths = [...files.keys()];
  await Promise.all(
    Array.from({ length: clients }, async (_, client) => {
      for (let index = client; index < paths.length; index += clients) {
        const path = paths[index] ?? '';
        const answer = await fetch(`${proxy.url}r/${path}`);
        const body = Buffer.from(await answer.arrayBuffer());
        if (answer.status !== 200) violations.push(`${path}: ${answer.status} ${answer.statusText} ${body.toString().slice(0, 500)}`);
        else if (!body.equals(files.get(path) ?? Buffer.alloc(0))) violations.push(`${path}: ${body.length} bytes that are wrong`);
        received += 1;
      }
    }),
  );
  return received;
}

async function wrongFiles(folder: string, files: ReadonlyMap<string, Buffer>): Promise<string[]> {
  const wrong: string[] = [];
  for (const [path, content] of files) {
    const found = await readFile(join(folder, path)).catch(() => null);
    if (found !== null && !found.equals(content)) wrong.push(`${path} is wrong in the cache`);
  }
  const left = (await readdir(folder, { recursive: true })).filter(
    (path) => /\.jar\.|\.pom\./.test(path) && !/\.(sha1|md5|asc)$/.test(path),
  );
  return [...wrong, ...left.filter((path) => path.endsWith('.jar') || path.endsWith('.pom')).map((path) => `${path} is left in the cache`)];
}
