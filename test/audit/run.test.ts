import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, onTestFinished, test, vi } from 'vitest';

import type { Finding } from '../../src/app/audit/contract.js';
import { auditMirrors } from '../../src/app/audit/engine/audit-mirrors.js';
import { runAudit } from '../../src/app/audit/engine/run-audit.js';
import type { RunAuditOptions } from '../../src/app/audit/engine/run-options.js';
import { mergeAudits } from '../../src/app/audit/merge-audits.js';
import { planAudit } from '../../src/app/audit/plan/plan-audit.js';
import { PlanFile } from '../../src/app/audit/plan/plan-file.js';
import { readAudit } from '../../src/app/audit/read-audit.js';
import { deploySnapshot, type Tree, writeTree } from '../mirror/repository-tree.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { clientOf, keyOf, makeWorld, serveTree, type World, type WorldOptions } from './stage.js';

export interface Audited {
  readonly world: World;
  readonly home: string;
  readonly run: (output: string, options?: Partial<RunAuditOptions>) => Promise<readonly Finding[]>;
}

async function stage(options: WorldOptions): Promise<Audited> {
  const home = await temporaryFolder();
  const world = await makeWorld(home, options);
  onTestFinished(world.close);
  return {
    world,
    home,
    run: async (output, more) => {
      await runAudit({ plan: world.plan.file, output: join(home, output), client: clientOf(home), rate: 100_000, patience: 0.1, ...more });
      return findingsOf(join(home, output));
    },
  };
}

function findingsOf(file: string): readonly Finding[] {
  return readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Finding)
    .filter((line) => 'finding' in line);
}

test('a full audit finds each planted difference, and nothing else', async () => {
  const { world, run } = await stage({ artifacts: 16, differences: 12 });

  const found = await run('result.jsonl', { full: true });

  expect(new Set(found.map(keyOf))).toEqual(world.planted);
  expect(world.origin.downloads).toBe(0);
});

const jar = 'org/g3/lib00003/1.0/lib00003-1.0.jar';

function linesOf(file: string): readonly string[] {
  return readFileSync(file, 'utf8').split('\n').slice(1, -2);
}

test('a mirror that lies to all but auditors, or asks for patience, or whose cache is wrong, is judged rightly', async () => {
  const { world, run } = await stage({ artifacts: 5, differences: 0 });
  const { one, two, busy, late } = world.mirrors;
  one!.trick = (request, response, key) => {
    if (key !== jar || request.headers['user-agent']?.includes('clojars-fetch') === true) return false;
    response.end(request.method === 'HEAD' ? undefined : Buffer.alloc(one!.tree.get(jar)!.length, 'x'));
    return true;
  };
  // A cache remembers that a file was missing, and does not know the address that the audit makes.
  two!.trick = (request, response, key) => key === jar && !request.url!.includes('?') && !!response.writeHead(404).end();
  let refusals = 0;
  busy!.trick = (_, response) => ++refusals % 3 === 0 && !!response.writeHead(429, { 'retry-after': '0' }).end();
  late!.trick = (request, response, key) => {
    response.setHeader('date', 'Sat, 01 Jan 2022 00:00:00 GMT');
    if (!key.endsWith('.pom.sha1') || !key.includes('lib00004')) return false;
    response.writeHead(200, { 'content-length': 1_000_000_000 }).end(Buffer.alloc(10));
    return request.method !== 'HEAD';
  };

  const found = await run('result.jsonl');

  const wrong = new Set(found.map(keyOf).filter((key) => !world.planted.has(key)));
  expect([...wrong].sort()).toEqual([
    `content-differs one ${jar}`,
    'sidecar-wrong late org/g4/lib00004/1.0/lib00004-1.0.pom.sha1',
    'sidecar-wrong late org/g4/lib00004/1.1/lib00004-1.1.pom.sha1',
  ]);
  expect(found.length - wrong.size).toBe(world.planted.size);
});

test('a mirror that lies to all who ask for a file without a range, as auditors do not, is found', async () => {
  const { world, run } = await stage({ artifacts: 5, differences: 0 });
  const { one } = world.mirrors;
  one!.trick = (request, response, key) => {
    if (key !== jar || request.method === 'HEAD' || request.headers.range !== undefined) return false;
    response.end(Buffer.alloc(one!.tree.get(jar)!.length, 'x'));
    return true;
  };

  const found = (await run('result.jsonl')).map(keyOf);

  expect(found.filter((key) => !world.planted.has(key))).toEqual([`content-differs one ${jar}`]);
  expect(world.origin.downloads).toBe(0);
});

test('a folder of many files is compared as a whole: what is there besides is found once, for no needless question', async () => {
  const home = await temporaryFolder();
  const tree: Tree = new Map();
  for (let build = 1; build <= 40; build += 1) deploySnapshot(tree, 'org.example', 'big', '1.0', build);
  writeTree(join(home, 'origin'), tree);
  const copy: Tree = new Map(tree);
  const extra = 'org/example/big/1.0-SNAPSHOT/big-1.0-20260101.120001-1-more.jar';
  copy.set(extra, Buffer.from('more'));
  const [origin, mirror] = await Promise.all([serveTree(tree), serveTree(copy)]);
  onTestFinished(async () => void (await Promise.all([origin.close(), mirror.close()])));
  const looks: string[] = [];
  origin.trick = (request, _, key) => {
    if (request.method === 'HEAD') looks.push(key);
    return false;
  };
  const plan = join(home, 'plan');
  const client = clientOf(home);
  await planAudit({ output: plan, from: join(home, 'origin'), origin: origin.url, places: { one: mirror.url }, client });

  await runAudit({ plan, output: join(home, 'result'), client, sample: 0, rate: 100_000 });

  expect(findingsOf(join(home, 'result')).map(keyOf)).toEqual([`extra one ${extra}`]);
  expect(await readAudit(join(home, 'result'))).toMatchObject({ end: { places: [{ counts: { extra: 1 } }] } });
  expect(looks.filter((key) => key !== 'lastsync')).toEqual([extra]);
});

test('a mirror that vanishes or hangs is unknown, and a released file that changed at the origin is found', async () => {
  const { world, home, run } = await stage({ artifacts: 5, differences: 0 });
  await run('before.jsonl');
  const { one, two } = world.mirrors;
  let answers = 20;
  one!.trick = (request) => --answers < 0 && !!request.socket.destroy();
  two!.trick = (_, response, key) => key.includes('lib00003') && response.destroyed === false;
  world.origin.tree.set(jar, Buffer.alloc(world.origin.tree.get(jar)!.length, 'x'));

  const found = await run('after.jsonl', { earlier: [join(home, 'before.jsonl')], client: { ...clientOf(home), firstByteTimeoutMs: 300 } });

  expect(found.map(keyOf)).toContain(`changed-since origin ${jar}`);
  const ofVanished = found.filter(({ place, path }) => place === 'one' && path !== jar);
  expect(ofVanished.length).toBeGreaterThan(10);
  expect(new Set(ofVanished.map(({ finding }) => finding))).toEqual(new Set(['unknown']));
  const ofHanging = found.filter(({ place, path }) => place === 'two' && path !== jar);
  expect(new Set(ofHanging.map(({ finding }) => finding))).toEqual(new Set(['unknown']));
});

test('an audit that was killed goes on with its plan, and not with that of other places or with half of one', async () => {
  const { world, home } = await stage({ artifacts: 3, differences: 0 });
  const { one, busy } = world.mirrors;
  const output = join(home, 'result.jsonl');
  const plan = join(home, '.result.jsonl.plan.jsonl.gz');
  const audit = async (place: string, signal?: AbortSignal) => {
    const planned = {
      from: join(home, 'origin'),
      origin: world.origin.url,
      places: { [place]: world.mirrors[place]!.url },
      client: clientOf(home),
    };
    return auditMirrors({ plan: planned, run: { client: clientOf(home), rate: 100_000, signal }, output });
  };
  const killed = async (): Promise<number> => {
    const kill = new AbortController();
    one!.trick = () => {
      kill.abort();
      return false;
    };
    await expect(audit('one', kill.signal)).rejects.toMatchObject({ code: 'ERR_ABORTED' });
    one!.trick = () => false;
    return (await PlanFile.open(plan, new AbortController().signal).then(async (file) => (await file.close(), file))).header.seed;
  };

  const seed = await killed();
  const opened = vi.spyOn(PlanFile, 'open');
  expect((await audit('one')).header).toMatchObject({ seed, places: [{ name: 'one' }] });
  expect(opened).toHaveBeenCalledTimes(1);
  opened.mockRestore();
  await killed();
  const asked = busy!.requests;
  expect((await audit('busy')).header.places).toMatchObject([{ name: 'busy', url: busy!.url }]);
  expect(busy!.requests).toBeGreaterThan(asked);
  await killed();
  writeFileSync(plan, readFileSync(plan).subarray(0, 100));
  expect((await audit('one')).end.places).toMatchObject([{ name: 'one', counts: {} }]);
});

test('shards, one of them cut short and started again, merge to the bytes of one machine', async () => {
  const { world, home, run } = await stage({ artifacts: 8, differences: 5 });
  const parts = [0, 1, 2].map((index) => join(home, `part-${index}`));
  const { one } = world.mirrors;

  await run('whole.jsonl');
  for (const index of [0, 2]) await run(`part-${index}`, { shard: { index, count: 3 } });
  const kill = new AbortController();
  let answers = 0;
  one!.trick = () => {
    if (++answers === 15) kill.abort();
    return false;
  };
  await expect(run('part-1', { shard: { index: 1, count: 3 }, signal: kill.signal })).rejects.toMatchObject({ code: 'ERR_ABORTED' });
  await run('part-1', { shard: { index: 1, count: 3 } });
  await mergeAudits(parts, { output: join(home, 'merged.jsonl') });

  expect(linesOf(join(home, 'merged.jsonl'))).toEqual(linesOf(join(home, 'whole.jsonl')));
});
