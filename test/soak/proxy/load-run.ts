/** Many connections that ask a proxy for hot and cold files at once, and compare every byte. */
import { Agent, get, type IncomingMessage } from 'node:http';

import { type Chance, createChance } from '../../support/chance.js';
import { growth, type ProxyProcess, type Use } from './proxy-process.js';
import { contentOfPath } from './upstream.js';

export interface LoadResult {
  readonly requests: number;
  readonly samples: readonly Use[];
  readonly violations: readonly string[];
}

const hotFiles = 60;
/** Between two requests of one connection: a build tool computes, too. */
const pauseMs = 20;

/** Asks on that many connections until the time is over. */
export async function loadProxy(
  proxy: ProxyProcess,
  { connections, seconds, seed }: { connections: number; seconds: number; seed: number },
): Promise<LoadResult> {
  const endMs = performance.now() + seconds * 1000;
  const violations: string[] = [];
  let requests = 0;
  const stopWatching = proxy.watch();
  const worker = async (index: number): Promise<void> => {
    const chance = createChance(seed + index);
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (let round = 0; performance.now() < endMs && violations.length === 0; round += 1) {
      const path = choosePath(chance, index, round);
      const violation = await checkFile(proxy.url, agent, path).catch((error: unknown) => `${path}: ${String(error)}`);
      if (violation !== null) violations.push(violation);
      requests += 1;
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
    agent.destroy();
  };
  await Promise.all(Array.from({ length: connections }, (_, index) => worker(index)));
  const samples = stopWatching();
  return { requests, samples, violations: [...violations, ...growth(samples)] };
}

/** Mostly hot files, some that no other connection has asked for, and a few that do not exist. */
function choosePath(chance: Chance, index: number, round: number): string {
  const kind = chance.below(1_000);
  const hot = `org/hot${chance.below(hotFiles)}/lib`;
  if (kind < 700) return `${hot}/1/lib-1.${chance.pick(['jar', 'jar', 'pom', 'jar.sha1'])}`;
  if (kind < 800) return `${hot}/maven-metadata.xml`;
  if (kind < 900) return `org/cold${index}/lib/${round}/lib-${round}.${chance.pick(['jar', 'pom'])}`;
  if (kind < 995) return `org/absent${index}/lib/${round}/lib-${round}.jar`;
  return `org/big${chance.below(20)}/lib/1/lib-1.jar`;
}

/** Returns what is wrong with the answer; null if nothing is. */
async function checkFile(base: string, agent: Agent, path: string): Promise<string | null> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => get(`${base}r/${path}`, { agent }, resolve).on('error', reject));
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  const content = contentOfPath(path);
  const isAbsent = content === null && !path.endsWith('.sha1');
  const { statusCode, statusMessage } = response;
  if (statusCode !== (isAbsent ? 404 : 200)) return `${path}: ${statusCode} ${statusMessage}: ${body.toString('utf8', 0, 1_500)}`;
  if (isAbsent || content === null) return null;
  return body.equals(content) ? null : `${path}: another content`;
}
