import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';

import { describe, expect, test } from 'vitest';

import type { PlanEntry, Shard } from '../../src/app/audit/contract.js';
import { planAudit, type PlannedAudit } from '../../src/app/audit/plan/plan-audit.js';
import { PlanFile } from '../../src/app/audit/plan/plan-file.js';
import type { PlanAuditOptions } from '../../src/app/audit/plan/plan-options.js';
import { digestOf } from '../../src/proof/checksum/digest.js';
import { smallTree, type Tree, writeTree } from '../mirror/repository-tree.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const { signal } = new AbortController();

interface Planned extends PlannedAudit {
  readonly home: string;
  readonly lines: readonly string[];
}

async function planOf(tree: Tree, options: Partial<PlanAuditOptions> = {}): Promise<Planned> {
  const home = await temporaryFolder();
  const from = join(home, 'source');
  writeTree(from, tree);
  const output = join(home, 'plan.jsonl.gz');
  const plan = await planAudit({
    output,
    from,
    origin: 'http://127.0.0.1:9/maven/',
    places: { one: 'https://one.example.org/maven', two: 'https://two.example.org/' },
    seed: 7,
    client: { settings: false, cacheFolder: home, stateFolder: home },
    ...options,
  });
  const lines = gunzipSync(readFileSync(output)).toString().trimEnd().split('\n');
  return { ...plan, home, lines };
}

async function entriesOf(file: string, shard: Shard | null = null): Promise<readonly PlanEntry[]> {
  const plan = await PlanFile.open(file, signal);
  const entries: PlanEntry[] = [];
  try {
    for await (const batch of plan.entries(shard === null ? null : await plan.linesOf(shard, signal), signal))
      entries.push(...batch.entries);
    return entries;
  } finally {
    await plan.close();
  }
}

describe('a plan', () => {
  test('has a line for each file, with its checksum files, in the order of bytes', async () => {
    const tree = smallTree();
    const { lines, id, files, file } = await planOf(tree);

    const [header, ...entries] = lines.map((line): unknown => JSON.parse(line)) as [object, ...PlanEntry[]];

    expect(header).toMatchObject({
      format: 'clojars-fetch-audit-plan',
      repository: 'http://127.0.0.1:9/maven/',
      source: 'a folder',
      files: entries.length,
      seed: 7,
      places: [
        { name: 'one', url: 'https://one.example.org/maven/' },
        { name: 'two', url: 'https://two.example.org/' },
      ],
    });
    const paths = entries.map(({ path }) => path);
    expect(paths).toEqual([...tree.keys()].filter((key) => !/\.(?:md5|sha1|asc)$/.test(key)).sort());
    expect(entries.find(({ path }) => path.endsWith('hiccup-1.0.5.jar'))).toMatchObject({
      size: tree.get('hiccup/hiccup/1.0.5/hiccup-1.0.5.jar')?.length,
      sidecars: { asc: { size: 'signature of hiccup 1.0.5'.length }, md5: { size: 32 }, sha1: { size: 40 } },
    });
    expect(entries.find(({ path }) => path === 'org/example/a/maven-metadata.xml')).toMatchObject({
      metadata: true,
      versions: ['1.0', '1.1'],
    });
    expect(entries.find(({ path }) => path === 'hiccup/hiccup/maven-metadata.xml')?.versions).toEqual(['1.0.5', '2.0-SNAPSHOT']);
    expect(files).toBe(entries.length);
    expect(id).toBe(digestOf(gunzipSync(readFileSync(file)), ['sha256']).sha256);
    const read = await PlanFile.open(file, signal);
    await read.close();
    expect(read.id).toBe(id);
  });

  test('is divided at artifacts, and each line belongs to one shard', async () => {
    const { file } = await planOf(smallTree());
    const whole = await entriesOf(file);

    for (const count of [1, 2, 3, 7, 100]) {
      const shards = await Promise.all(Array.from({ length: count }, (_, index) => entriesOf(file, { index, count })));
      expect(shards.flat()).toEqual(whole);
      const jars = shards.map((shard) =>
        shard.flatMap(({ path }) => (path.endsWith('.jar') ? [path.split('/').slice(0, -2).join('/')] : [])),
      );
      for (const artifact of jars.flat()) expect(jars.filter((shard) => shard.includes(artifact))).toHaveLength(1);
    }
  });

  test('leaves out files whose names cannot be paths, and those of the server', async () => {
    const tree = smallTree();
    tree.set('org/example/a/1.0/a\u0007b.jar', Buffer.from('bell'));
    tree.set('org/example/a/1.0/a%2e%2e.jar', Buffer.from('escape'));
    tree.set('org/example/a/1.0/index.html', Buffer.from('page'));
    tree.set('all-poms.txt.gz', Buffer.from('index'));
    const { lines, warnings } = await planOf(tree);

    expect(warnings).toEqual(['left out 2 listed names that cannot be paths']);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ skippedNames: 2 });
    expect(lines.join('\n')).not.toMatch(/\\u0007|%2e|index\.html|all-poms/);
  });

  test('may name only what changed since a day, and then still tells all versions of an artifact', async () => {
    const all = await planOf(smallTree());
    const times = all.lines.slice(1).map((line) => (JSON.parse(line) as PlanEntry).time ?? '');
    const middle = [...times].sort()[Math.floor(times.length / 2)] ?? '';
    const from = join(all.home, 'source');
    const some = await planOf(new Map(), { from, since: middle });
    const none = await planOf(new Map(), { from, since: '2030-01-01' });

    expect(none.files).toBe(0);
    expect(some.files).toBeGreaterThan(0);
    expect(some.files).toBeLessThan(all.files);
    const versions = (lines: readonly string[]): unknown => lines.filter((line) => line.includes('"versions":[')).at(-1);
    expect(versions(some.lines)).toEqual(versions(all.lines));
  });
});

describe('a plan that is not whole', () => {
  const damage: Readonly<Record<string, (lines: readonly string[]) => Buffer | string>> = {
    'it has 2 lines in place of': (lines) => gzipSync(`${lines.slice(0, 3).join('\n')}\n`),
    'its compressed data is damaged or cut': (lines) => gzipSync(lines.join('\n')).subarray(0, 100),
    'its last line has no end': (lines) => lines.join('\n'),
    'not the header of a plan': () => '{}\n',
    'line 1 is not JSON': () => 'plan\n',
    'it is empty': () => gzipSync(''),
    'a plan of version 2': (lines) => `${lines.join('\n').replace('"version":1', '"version":2')}\n`,
    "a place must not have the name 'origin'": (lines) => `${lines.join('\n').replace('"name":"one"', '"name":"origin"')}\n`,
  };
  test.each(Object.keys(damage))('is refused: %s', async (problem) => {
    const { file, lines } = await planOf(smallTree());
    writeFileSync(file, damage[problem]?.(lines) ?? '');
    await expect(PlanFile.open(file, signal)).rejects.toMatchObject({
      code: 'ERR_CONFIG',
      message: expect.stringContaining(problem) as string,
    });
  });

  test('is refused if it announces fewer lines than it has, before all of them are read', async () => {
    const { file, lines } = await planOf(smallTree());
    const endless = `${lines[1]}\n`.repeat(200_000);
    writeFileSync(file, gzipSync(`${lines.join('\n')}\n${endless}`));
    await expect(PlanFile.open(file, signal)).rejects.toThrow('it has more lines than the');
  });

  test('is refused if it is changed in its place while it is read', async () => {
    const { file, lines } = await planOf(smallTree());
    const plan = await PlanFile.open(file, signal);
    const read = async (): Promise<void> => {
      for await (const { entries } of plan.entries(null, signal)) expect(entries.length).toBeGreaterThan(0);
    };
    await read();
    writeFileSync(file, gzipSync(`${lines.join('\n').replace('"seed":7', '"seed":8')}\n`));
    await expect(read()).rejects.toThrow('the plan was changed while it was read');
    await plan.close();
  });

  test.each([
    ['is not in order', (lines: readonly string[]) => [lines[0], ...lines.slice(1).reverse()]],
    ['path is not the path of a file', (lines: readonly string[]) => lines.map((line) => line.replace('"path":"org/', '"path":"../'))],
    ['path is not the path of a file', (lines: readonly string[]) => lines.map((line) => line.replace('"path":"org/', '"path":"\\u001b/'))],
    [
      'path is not the path of a file',
      (lines: readonly string[]) => lines.map((line) => line.replace('"path":"org/', `"path":"${'o'.repeat(10_000)}/`)),
    ],
    ['sidecars has a member that is none', (lines: readonly string[]) => lines.map((line) => line.replace('"sha1":{', '"../x":{'))],
  ])('is refused when its lines are read: %s', async (problem, change) => {
    const { file, lines } = await planOf(smallTree());
    writeFileSync(file, `${change(lines).join('\n')}\n`);
    await expect(entriesOf(file)).rejects.toMatchObject({ code: 'ERR_CONFIG', message: expect.stringContaining(problem) as string });
  });
});
