/** The parts of the soak run that are about the proxy. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { bundleCacheChild, killCache } from '../../proxy/cache/kill-run.js';
import { startFaultServer } from '../../support/fault-server.js';
import { createTemporaryFolder } from '../../support/folder.js';
import { createFixtureRepository } from '../../support/maven-repository.js';
import { createRandom } from '../../support/random.mjs';
import { fuzzProxy } from './fuzz-run.js';
import { loadProxy } from './load-run.js';
import { ProxyProcess, type Use } from './proxy-process.js';
import { crawl, vanish } from './rude-clients.js';
import { startUpstream } from './upstream.js';

export interface PartResult {
  readonly done: number;
  readonly detail: string;
  readonly violations: readonly string[];
}

interface Limits {
  readonly endMs: number;
  readonly seed: number;
  readonly onProgress: (line: string) => void;
}

const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;

/** Connections that ask for hot and cold files, then slow and vanishing clients. `seconds` is the time of the first part. */
export async function soakProxyLoad(seconds: number, { seed, onProgress }: Omit<Limits, 'endMs'>, connections = 200): Promise<PartResult> {
  const home = await createTemporaryFolder();
  const upstream = await startUpstream();
  const words = ['--repo', `r=${upstream.url}`, '--cache-size', '256MiB', '--log-level', 'error'];
  const proxy = await ProxyProcess.start(home.path, words);
  try {
    const load = await loadProxy(proxy, { connections, seconds, seed });
    onProgress(`  ${load.requests} requests on ${connections} connections: ${describeUse(load.samples)}`);
    const slow = await crawl(proxy, { clients: connections, seconds: Math.min(60, Math.max(4, seconds / 5)) });
    onProgress(`  ${slow.clients} clients that read or write a byte a second`);
    const gone = await vanish(proxy, Math.ceil(connections / 5));
    onProgress(`  ${gone.clients} clients that vanished`);
    const violations = [...load.violations, ...slow.violations, ...gone.violations];
    const code = await proxy.stop();
    if (code !== 0) violations.push(`it ended with ${code}: ${proxy.log}`);
    const detail = `${load.requests} requests on ${connections} connections, ${describeUse(load.samples)}; then ${slow.clients} clients of a byte a second, and ${gone.clients} that vanished`;
    return { done: seconds, detail, violations };
  } finally {
    await proxy.stop();
    await upstream.close();
    await home.remove();
  }
}

function describeUse(samples: readonly Use[]): string {
  const last = samples.at(-1);
  const most = Math.max(...samples.map(({ memoryBytes }) => memoryBytes));
  return `${megabytes(last?.memoryBytes ?? 0)} at the end and ${megabytes(most)} at most, ${last?.descriptors ?? 0} descriptors`;
}

/** Whether a segment of a path is made of the characters that a coordinate may have. */
function mayBeAsked(segment: string): boolean {
  return /^[A-Za-z0-9._+$~!='-]+$/.test(segment) && segment !== '.' && segment !== '..';
}

/** Requests that no client sends, to a proxy in a process of its own. */
export async function soakRequests(count: number, { endMs, seed, onProgress }: Limits): Promise<PartResult> {
  const home = await createTemporaryFolder();
  const { files } = createFixtureRepository({
    artifacts: [{ group: 'org.example', artifact: 'greeter', versions: ['1.0.0', '1.1.0'], size: 600 }],
  });
  const server = await startFaultServer({ files });
  const canary = 'text outside of the repositories';
  const outside = join(home.path, 'cache', 'etc');
  mkdirSync(outside, { recursive: true });
  writeFileSync(join(outside, 'passwd'), canary);
  const words = ['--repo', `r=${server.url}`, '--cache', join(home.path, 'cache'), '--patience', '1', '--log-level', 'error'];
  const proxy = await ProxyProcess.start(home.path, words);
  try {
    const fuzzed = { port: proxy.port, repositories: ['r'], files, canary };
    const { done, statuses, violations } = await fuzzProxy(fuzzed, count, {
      seed,
      endMs,
      onProgress: (sent) => onProgress(`  ${sent} requests, ${megabytes(proxy.use().memoryBytes)}`),
    });
    const outsiders = [...new Set(server.requests.map(({ path }) => path))].filter((path) => !path.split('/').every(mayBeAsked));
    const detail = [...statuses]
      .sort(([one], [other]) => String(one).localeCompare(String(other)))
      .map(([status, times]) => `${times} × ${status}`);
    const isAlive = proxy.isRunning ? [] : [`it is gone: ${proxy.log}`];
    return { done, detail: detail.join(', '), violations: [...violations, ...outsiders.slice(0, 5), ...isAlive] };
  } finally {
    await proxy.stop();
    await server.close();
    await home.remove();
  }
}

/** Processes that are killed while they fill and empty one cache, two at a time. */
export async function soakCacheKills(kills: number, { endMs, seed, onProgress }: Limits): Promise<PartResult> {
  const home = await createTemporaryFolder();
  const random = createRandom(seed);
  const violations: string[] = [];
  let done = 0;
  let hits = 0;
  try {
    const script = await bundleCacheChild(home.path);
    while (done < kills && performance.now() < endMs && violations.length === 0) {
      const afterMs = Array.from({ length: 2 }, () => 20 + random() * 250);
      const result = await killCache({ script, folder: join(home.path, 'cache'), afterMs, seed: seed + done });
      violations.push(...result.violations);
      hits += result.hits;
      done += afterMs.length;
      if (done % 50 === 0) onProgress(`  ${done} kills`);
    }
    return { done, detail: `${hits} files counted as verified afterwards`, violations };
  } finally {
    await home.remove();
  }
}
