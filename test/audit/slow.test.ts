/** Mirrors that stretch an audit: they answer, but so slowly that no limit of a single request is exceeded. */
import { readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';

import { expect, onTestFinished, test } from 'vitest';

import type { Finding } from '../../src/app/audit/contract.js';
import { runAudit } from '../../src/app/audit/engine/run-audit.js';
import { Slowness, type Timed } from '../../src/app/audit/engine/slowness.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { clientOf, keyOf, makeWorld, type Planted } from './stage.js';

/** Sends a byte now and then, for as long as the client waits. */
function drip(response: ServerResponse): true {
  response.writeHead(200);
  const timer = setInterval(() => response.write('a'), 50);
  response.on('close', () => clearInterval(timer));
  return true;
}

const tooSlow = 'the place was given up: the audit waited for it longer than it worked';

/** Audits while each of these mirrors drips some files. Returns what was found, and what should be found besides. */
async function auditDripping(dripped: Readonly<Record<string, (key: string) => boolean>>): Promise<Dripped> {
  const home = await temporaryFolder();
  const world = await makeWorld(home, { artifacts: 6, differences: 3 });
  onTestFinished(world.close);
  for (const [name, isDripped] of Object.entries(dripped))
    world.mirrors[name]!.trick = (request, response, key) => request.method !== 'HEAD' && isDripped(key) && drip(response);

  const client = { ...clientOf(home), firstByteTimeoutMs: 10_000 };
  await runAudit({ plan: world.plan.file, output: join(home, 'result'), client, full: true, rate: 100_000, patience: 1 });

  const lines = readFileSync(join(home, 'result'), 'utf8').split('\n');
  return { planted: world.planted, found: lines.flatMap((line) => (line.startsWith('{"finding"') ? [JSON.parse(line) as Finding] : [])) };
}

interface Dripped {
  readonly planted: ReadonlySet<Planted>;
  readonly found: readonly Finding[];
}

test.concurrent('a mirror that drips all of its files is given up, and the others are audited', async () => {
  const { found, planted } = await auditDripping({ one: () => true });

  const isOfOne = (key: string): boolean => key.includes(' one ');
  const keys = found.map(keyOf);
  expect(new Set(keys.filter((key) => !isOfOne(key)))).toEqual(new Set([...planted].filter((key) => !isOfOne(key))));
  expect(new Set(found.flatMap(({ place, finding }) => (place === 'one' ? [finding] : [])))).toEqual(new Set(['unknown']));
  expect(found.find(({ place }) => place === 'one')?.evidence[0]?.detail).toBe(tooSlow);
});

test.concurrent('mirrors that drip their listings, metadata, checksum files or jars are given up, and nothing is invented', async () => {
  const { found, planted } = await auditDripping({
    one: (key) => key.endsWith('/'),
    two: (key) => key.endsWith('maven-metadata.xml'),
    busy: (key) => /\.(?:md5|sha1)$/.test(key),
    late: (key) => key.endsWith('.jar'),
  });

  for (const name of ['one', 'two', 'busy', 'late']) {
    const details = found.flatMap(({ place, finding, evidence }) => (place === name && finding === 'unknown' ? [evidence[0]?.detail] : []));
    // Listings only tell what is there besides.
    if (name !== 'one') expect(details, name).toContain(tooSlow);
  }
  const known = found.filter(({ finding }) => finding !== 'unknown').map(keyOf);
  expect(known.filter((key) => !planted.has(key))).toEqual([]);
});

interface Clockwork {
  readonly slowness: Slowness;
  readonly isTooSlow: () => boolean;
  readonly pass: (ms: number) => void;
}

/** Ticks every second; an answer is late after two. */
function clockwork(patienceMs = 10_000): Clockwork {
  let [now, isTooSlow] = [0, false];
  const slowness = new Slowness({ graceMs: 2_000, patienceMs, onTooSlow: () => (isTooSlow = true), now: () => now });
  return {
    slowness,
    isTooSlow: () => isTooSlow,
    pass: (ms) => {
      for (const until = now + ms; now < until; slowness.tick()) now += 1_000;
    },
  };
}

test('a place is too slow once the audit has waited for it for longer than its patience and its work', () => {
  const { slowness, isTooSlow, pass } = clockwork();
  for (let answer = 0; answer < 5; answer += 1) {
    const timed = slowness.begin();
    pass(1_000);
    timed.end();
  }
  const dripped = slowness.begin();
  pass(15_000);
  expect(isTooSlow()).toBe(false);
  dripped.add(1);
  pass(8_000);
  expect(isTooSlow()).toBe(true);
});

test('a large file that comes at a fair pace is not late, and one late answer of many is a part of the wait', () => {
  const { slowness, isTooSlow, pass } = clockwork(0);
  const large = slowness.begin();
  for (let second = 0; second < 100; second += 1) {
    large.add(20_000);
    pass(1_000);
  }
  large.end();
  const others: Timed[] = Array.from({ length: 3 }, () => slowness.begin());
  for (const other of others) other.add(1e9);
  slowness.begin();
  pass(100_000);
  expect(isTooSlow()).toBe(false);
});

test('time in which this machine was busy or asleep does not count', () => {
  let [now, isTooSlow] = [0, false];
  const slowness = new Slowness({ graceMs: 2_000, patienceMs: 1_000, onTooSlow: () => (isTooSlow = true), now: () => now });
  slowness.begin();
  for (let hour = 0; hour < 10; hour += 1) {
    now += 3_600_000;
    slowness.tick();
  }
  expect(isTooSlow).toBe(false);
});
