/**
 * Audits four mirrors with planted differences: one is behind within its interval, one asks for patience now and then, one leaves questions
 * open, and one vanishes half-way. All differences must be found, and nothing else; by one run, and by shards that are killed on the way.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';

import type { Finding } from '../../../src/app/audit/contract.js';
import { ResultReader } from '../../../src/app/audit/result/result-reader.js';
import { keyOf, makeWorld, type Planted, type World } from '../../audit/stage.js';
import { type Chance, createChance } from '../../support/chance.js';
import { createTemporaryFolder } from '../../support/folder.js';
import { startAudit } from './audit-process.js';

export interface AuditedDifferences {
  /** Differences that the origin and the mirrors had. */
  readonly planted: number;
  readonly files: number;
  readonly requests: number;
  readonly kills: number;
  /** Of the mirror that vanished, findings that say so. */
  readonly unknown: number;
  readonly violations: readonly string[];
}

export interface DifferencesOptions {
  /** About so many at the origin. */
  readonly files: number;
  readonly differences: number;
  readonly seed: number;
  readonly onProgress: (line: string) => void;
}

const shards = 3;
const killsOfShard = 2;
/** An artifact of the stage, with its checksum files and signatures. */
const filesOfAnArtifact = 17;

export async function auditDifferences(options: DifferencesOptions): Promise<AuditedDifferences> {
  const { differences, seed, onProgress } = options;
  const home = await createTemporaryFolder();
  // Each difference needs an artifact of its own; some have faults of the origin.
  const artifacts = Math.max(Math.ceil(options.files / filesOfAnArtifact), differences + 10);
  const world = await makeWorld(home.path, { artifacts, differences });
  const soak = new DifferencesSoak(world, home.path, createChance(seed));
  try {
    onProgress('  planted');
    const inOne = await soak.inOne();
    onProgress('  audited in one run');
    const inShards = await soak.inShards();
    return {
      planted: world.planted.size,
      files: world.origin.tree.size,
      requests: soak.requests,
      kills: soak.kills,
      unknown: inOne.filter(({ finding }) => finding === 'unknown').length,
      violations: [...soak.violations, ...judge('one run', world, inOne), ...judge('shards', world, inShards), ...downloads(world)],
    };
  } finally {
    await world.close();
    await home.remove();
  }
}

class DifferencesSoak {
  kills = 0;
  readonly violations: string[] = [];
  readonly #world: World;
  readonly #home: string;
  readonly #chance: Chance;

  constructor(world: World, home: string, chance: Chance) {
    this.#world = world;
    this.#home = home;
    this.#chance = chance;
  }

  get requests(): number {
    return sitesOf(this.#world).reduce((sum, { requests }) => sum + requests, 0);
  }

  async inOne(): Promise<readonly Finding[]> {
    misbehave(this.#world);
    await this.#audit('whole.jsonl', [], 0);
    return findingsOf(join(this.#home, 'whole.jsonl'));
  }

  async inShards(): Promise<readonly Finding[]> {
    misbehave(this.#world);
    const parts = Array.from({ length: shards }, (_, index) => `part-${index}.jsonl`);
    for (const [index, part] of parts.entries()) await this.#audit(part, ['--shard', `${index}/${shards}`], killsOfShard);
    await this.#run(['merge', ...parts, '--output', 'merged.jsonl'], null);
    const findings = findingsOf(join(this.#home, 'merged.jsonl'));
    for (const part of parts) rmSync(join(this.#home, part));
    return findings;
  }

  async #audit(output: string, words: readonly string[], kills: number): Promise<void> {
    const run = ['run', '--plan', this.#world.plan.file, '--output', output, '--full', '--rate', '1000000', ...words];
    const patient = [...run, '--connections', '16', '--give-up', '20'];
    for (let left = kills; left > 0; left -= 1) await this.#run(patient, this.#chance.below(this.#world.origin.tree.size / shards));
    await this.#run(patient, null);
  }

  /** @param killAfter requests to one mirror */
  async #run(words: readonly string[], killAfter: number | null): Promise<void> {
    const audit = startAudit(words, this.#home);
    const late = this.#world.mirrors['late'];
    const last = killAfter === null || late === undefined ? Infinity : late.requests + killAfter;
    if (late !== undefined)
      late.trick = () => {
        if (late.requests === last) audit.kill();
        return false;
      };
    const { code, said } = await audit.ended;
    if (code === null) this.kills += 1;
    else if (code !== 4 && code !== 0) this.violations.push(`audit ${words.slice(0, 5).join(' ')} ended with ${code}: ${said}`);
  }
}

function sitesOf({ origin, mirrors }: World) {
  return [origin, ...Object.values(mirrors)];
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

/** No difference may be missed, and none invented. Of the mirror that vanishes, files may be unknown, and then nothing else is said of them. */
function judge(name: string, { planted }: World, findings: readonly Finding[]): readonly string[] {
  const found = new Set<Planted>(findings.map(keyOf));
  const vanished = new Vanished(findings);
  const missed = [...planted].filter((key) => !found.has(key) && !vanished.excuses(key));
  const invented = [...found].filter((key) => !planted.has(key) && !key.startsWith('unknown two '));
  return [...missed.map((key) => `${name}: missed ${key}`), ...invented.map((key) => `${name}: invented ${key}`)];
}

/** The files about which the mirror that vanishes gave no answer. */
class Vanished {
  readonly #unknown: ReadonlySet<string>;

  constructor(findings: readonly Finding[]) {
    const own = findings.filter(({ finding, place }) => finding === 'unknown' && place === 'two');
    this.#unknown = new Set(own.map(({ path }) => path));
  }

  excuses(key: Planted): boolean {
    const [kind, place, path = ''] = key.split(' ');
    if (place !== 'two') return false;
    // The listing of a folder is asked for after its files.
    if (kind === 'extra') return this.#unknown.size > 0;
    // A file that is unknown is not asked about its checksum files and signature.
    return this.#unknown.has(path) || this.#unknown.has(path.replace(/(?:\.(?:md5|sha1|asc))+$/, ''));
  }
}

function downloads({ origin }: World): readonly string[] {
  return origin.downloads === 0 ? [] : [`the origin counted ${origin.downloads} downloads`];
}
