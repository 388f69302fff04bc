/**
 * Audits four mirrors with planted differences: one is behind within its interval, one asks for patience now and then, one leaves questions
 * open, and one vanishes half-way. All differences must be found, and nothing else; by one run, and by shards of which one is cut short.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';

import type { Finding } from '../../../src/app/audit/contract.js';
import { runAudit } from '../../../src/app/audit/engine/run-audit.js';
import type { RunAuditOptions } from '../../../src/app/audit/engine/run-options.js';
import { mergeAudits } from '../../../src/app/audit/merge-audits.js';
import { ResultReader } from '../../../src/app/audit/result/result-reader.js';
import { clientOf, keyOf, makeWorld, type Planted, type World } from '../../audit/stage.js';
import { createTemporaryFolder } from '../../support/folder.js';

export interface AuditedDifferences {
  /** Differences that the origin and the mirrors had. */
  readonly planted: number;
  readonly files: number;
  readonly requests: number;
  /** Of the mirror that vanished, findings that say so. */
  readonly unknown: number;
  readonly violations: readonly string[];
}

const shards = 3;
/** An artifact of the stage, with its checksum files and signatures. */
const filesOfAnArtifact = 21;

/** @param files about so many at the origin */
export async function auditDifferences(options: { readonly files: number; readonly differences: number }): Promise<AuditedDifferences> {
  const home = await createTemporaryFolder();
  // Each difference needs an artifact of its own; some have faults of the origin.
  const artifacts = Math.max(Math.ceil(options.files / filesOfAnArtifact), options.differences + 10);
  const world = await makeWorld(home.path, { artifacts, differences: options.differences });
  try {
    const inOne = await audit(world, home.path, 'whole.jsonl');
    const inShards = await auditInShards(world, home.path);
    return {
      planted: world.planted.size,
      files: [...world.origin.tree.keys()].length,
      requests: [world.origin, ...Object.values(world.mirrors)].reduce((sum, { requests }) => sum + requests, 0),
      unknown: inOne.filter(({ finding }) => finding === 'unknown').length,
      violations: [...judge('one run', world, inOne), ...judge('shards', world, inShards), ...downloads(world)],
    };
  } finally {
    await world.close();
    await home.remove();
  }
}

async function audit(world: World, home: string, output: string, more: Partial<RunAuditOptions> = {}): Promise<readonly Finding[]> {
  misbehave(world);
  await run(world, home, output, more);
  return findingsOf(join(home, output));
}

async function run(world: World, home: string, output: string, more: Partial<RunAuditOptions>): Promise<void> {
  // Auditor and servers share a process: its pauses do not mean that a mirror is gone.
  const client = { ...clientOf(home), firstByteTimeoutMs: 10_000 };
  const standard = { rate: 1_000_000, connections: 16, patience: 20, full: true };
  await runAudit({ plan: world.plan.file, output: join(home, output), client, ...standard, ...more });
}

async function auditInShards(world: World, home: string): Promise<readonly Finding[]> {
  misbehave(world);
  const parts = Array.from({ length: shards }, (_, index) => `part-${index}.jsonl`);
  for (const [index, part] of parts.entries()) {
    const shard = { index, count: shards };
    if (index === 1) {
      // Ended once the place has answered some hundred questions.
      const end = new AbortController();
      const before = world.mirrors['late']?.requests ?? 0;
      const onProgress = (): void => {
        if ((world.mirrors['late']?.requests ?? 0) > before + 300) end.abort();
      };
      await run(world, home, part, { shard, onProgress, signal: end.signal }).catch(() => undefined);
    }
    await run(world, home, part, { shard });
  }
  await mergeAudits(
    parts.map((part) => join(home, part)),
    { output: join(home, 'merged.jsonl') },
  );
  const findings = findingsOf(join(home, 'merged.jsonl'));
  for (const part of parts) rmSync(join(home, part));
  return findings;
}

/** Gives each mirror its fault, from the beginning. */
function misbehave({ mirrors, origin }: World): void {
  const { one, two, busy } = mirrors;
  if (one === undefined || two === undefined || busy === undefined) throw new RangeError('a mirror is missing');
  let [asked, busyAsked, hung] = [0, 0, 0];
  const end = origin.tree.size;
  // Vanishes when about half of all questions are answered.
  two.trick = (request) => {
    if (++asked < end) return false;
    request.socket.destroy();
    return true;
  };
  busy.trick = (_request, response) => {
    if (++busyAsked % 997 !== 0) return false;
    response.writeHead(429, { 'retry-after': '0' }).end();
    return true;
  };
  // Never answers, until the auditor gives up the question and asks again.
  one.trick = () => ++hung % 20_011 === 0;
}

function findingsOf(file: string): readonly Finding[] {
  const reader = new ResultReader(file);
  try {
    const findings: Finding[] = [];
    for (let line = reader.next(); line !== null; line = reader.next()) if (line.finding !== null) findings.push(line.finding);
    return findings;
  } finally {
    reader.close();
  }
}

/** Of the mirror that vanishes, a difference may be unknown; no other may be missed, and none invented. */
function judge(name: string, { planted }: World, findings: readonly Finding[]): readonly string[] {
  const found = new Set<Planted>(findings.map(keyOf));
  const unknown = new Set(findings.filter(({ finding }) => finding === 'unknown').map(({ place, path }) => `${place} ${path}`));
  const isExcused = (key: Planted): boolean => key.split(' ')[1] === 'two' && unknown.size > 0;
  const missed = [...planted].filter((key) => !found.has(key) && !isExcused(key));
  const invented = [...found].filter((key) => !planted.has(key) && !(key.startsWith('unknown two ') && isExcused(key)));
  return [...missed.map((key) => `${name}: missed ${key}`), ...invented.map((key) => `${name}: invented ${key}`)];
}

function downloads({ origin }: World): readonly string[] {
  return origin.downloads === 0 ? [] : [`the origin counted ${origin.downloads} downloads`];
}
