import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import fc from 'fast-check';
import { beforeEach, expect, test } from 'vitest';

import { auditListsAt } from '../../src/app/audit/lists/audit-lists.js';
import { mergeAudits } from '../../src/app/audit/merge-audits.js';
import { planAudit } from '../../src/app/audit/plan/plan-audit.js';
import { formatRecord } from '../../src/app/mirror/target/inventory-record.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { errorOf } from '../support/workbench.js';
import { linesOf } from './result-files.js';

let folder: string;
beforeEach(async () => {
  folder = await temporaryFolder();
});

const clock = (): Date => new Date('2026-11-29T12:00:00Z');
const day = 86_400;
const long = Math.floor(Date.now() / 1000) - 30 * day;

/** The bytes of files by path, with the time since when the origin has them. */
type Tree = Readonly<Record<string, string | readonly [string, number]>>;

/** Writes the inventory of a mirror that has these files. */
function inventory(name: string, tree: Tree): string {
  const lines = Object.entries(tree).map(([key, value]) => {
    const [text, firstSeen] = typeof value === 'string' ? [value, long] : value;
    const hash = (algorithm: string): string => createHash(algorithm).update(text).digest('hex');
    return formatRecord({ key, size: text.length, mark: `e:${hash('md5')}`, sha256: hash('sha256'), firstSeen });
  });
  const file = join(folder, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${lines.sort().join('\n')}\n`, 'latin1');
  return file;
}

async function plan(
  origin: Tree,
  names: readonly string[],
  more: { readonly since?: string } = {},
  name = 'plan.jsonl.gz',
): Promise<string> {
  const output = join(folder, name);
  const places = Object.fromEntries(names.map((name) => [name, `https://${name}.example.org/`]));
  await planAudit({
    output,
    origin: 'http://127.0.0.1:9/',
    from: inventory('origin', origin),
    places,
    seed: 1,
    client: { settings: false },
    ...more,
  });
  return output;
}

/** Audits places by their inventories, and returns the findings. */
async function audit(
  origin: Tree,
  places: Readonly<Record<string, Tree>>,
  { earlier, ...more }: { readonly since?: string; readonly earlier?: readonly string[] } = {},
): Promise<readonly string[]> {
  const file = await plan(origin, Object.keys(places), more);
  const lists = Object.fromEntries(Object.entries(places).map(([name, tree]) => [name, inventory(name, tree)]));
  await auditListsAt(file, { lists, earlier, output: join(folder, 'result.jsonl'), client: { settings: false } }, clock);
  return linesOf(join(folder, 'result.jsonl'))
    .map((line) => JSON.parse(line) as Record<string, string>)
    .flatMap(({ finding, place, path }) => (finding === undefined ? [] : [`${place} ${finding} ${path}`]));
}

const jar = 'g/a/1/a-1.jar';
const origin: Tree = { [jar]: 'jar', [`${jar}.sha1`]: '1'.repeat(40), [`${jar}.asc`]: 'signed', 'g/a/maven-metadata.xml': '<m/>' };
const without = (...keys: readonly string[]): Tree => Object.fromEntries(Object.entries(origin).filter(([key]) => !keys.includes(key)));

test('finds each kind of difference, at the place that has it', async () => {
  const findings = await audit(origin, {
    right: { ...origin, 'index.html': 'page', 'g/index.html': 'page', '.clojars-mirror/inventory': 'own' },
    lacking: without(jar, 'g/a/maven-metadata.xml'),
    unsigned: without(`${jar}.asc`, `${jar}.sha1`),
    lying: { ...origin, [jar]: 'rat', [`${jar}.sha1`]: '2'.repeat(40), [`${jar}.asc`]: 'forged' },
    wrong: { ...origin, [`${jar}.sha1`]: '2'.repeat(40), 'g/a/maven-metadata.xml': '<old/>' },
    wordy: { ...origin, [`${jar}.sha1`]: `${'1'.repeat(40)}  a-1.jar` },
    more: { ...origin, 'g/a/2/a-2.jar': 'more' },
  });
  expect(findings).toEqual([
    `lacking missing ${jar}`,
    `lying content-differs ${jar}`,
    `unsigned signature-missing ${jar}.asc`,
    `lying signature-differs ${jar}.asc`,
    `unsigned sidecar-missing ${jar}.sha1`,
    `lying checksum-differs ${jar}.sha1`,
    `wrong sidecar-wrong ${jar}.sha1`,
    `wordy unknown ${jar}.sha1`,
    'more extra g/a/2/a-2.jar',
    'lacking missing g/a/maven-metadata.xml',
    'wrong lag g/a/maven-metadata.xml',
  ]);
});

test('a file that the origin changed is named by an earlier plan, and a mirror that kept it does not lie', async () => {
  const earlier = [await plan(origin, ['kept', 'other'], {}, 'earlier.jsonl.gz')];
  const changed = { ...origin, [jar]: 'rat', [`${jar}.sha1`]: '2'.repeat(40), [`${jar}.asc`]: 'resign' };
  const kept = { ...origin, 'g/a/maven-metadata.xml': '<m/>' };
  expect(await audit(changed, { kept, other: { ...changed, [jar]: 'cat' } }, { earlier })).toEqual([
    `origin changed-since ${jar}`,
    `kept lag ${jar}`,
    `other content-differs ${jar}`,
    `origin changed-since ${jar}.asc`,
    `kept lag ${jar}.asc`,
    `kept lag ${jar}.sha1`,
  ]);
});

test('young files may be missing, and old ones may not', async () => {
  const now = Math.floor(Date.now() / 1000);
  const tree: Tree = { 'g/a/1/a-1.jar': ['new', now - 3600], 'g/b/1/b-1.jar': ['old', now - 2 * day], 'g/c/1/c-1.jar': 'there' };
  expect(await audit(tree, { near: { 'g/c/1/c-1.jar': 'there' } })).toEqual(['near lag g/a/1/a-1.jar', 'near missing g/b/1/b-1.jar']);
  const [place] = (
    JSON.parse(linesOf(join(folder, 'result.jsonl')).at(-1) ?? '') as { places: { behindSeconds: number; answered: number }[] }
  ).places;
  expect(place?.answered).toBe(3);
  expect(Math.abs((place?.behindSeconds ?? 0) - 3600)).toBeLessThan(600);
});

test('a plan of recent files does not tell what is there besides', async () => {
  const now = Math.floor(Date.now() / 1000);
  const tree: Tree = { ...origin, 'g/b/1/b-1.jar': ['new', now - 2 * day] };
  const since = new Date((now - 3 * day) * 1000).toISOString().slice(0, 10);
  expect(await audit(tree, { near: origin }, { since })).toEqual(['near missing g/b/1/b-1.jar']);
});

test('names that cannot be paths are left out and counted', async () => {
  expect(await audit(origin, { near: { ...origin, 'g/\u001b[31mred.jar': 'x', 'g/../../x.jar': 'x', 'z/%2e%2e/x.jar': 'x' } })).toEqual([]);
  expect(JSON.parse(linesOf(join(folder, 'result.jsonl')).at(-1) ?? '')).toMatchObject({ places: [{ name: 'near', skippedNames: 3 }] });
});

test('shards of any number give the bytes of one machine', async () => {
  const key = fc
    .tuple(fc.constantFrom('g', 'g/h', 'k'), fc.constantFrom('a', 'b', 'b-c'), fc.constantFrom('1', 'r9'))
    .chain(([group, name, version]) =>
      fc.constantFrom(
        `${group}/${name}/${version}/${name}-${version}.jar`,
        `${group}/${name}/${version}/${name}-${version}.jar.sha1`,
        `${group}/${name}/${version}/${name}-${version}.pom`,
        `${group}/${name}/maven-metadata.xml`,
        `${group}/${name}.txt`,
        `${group}/${name}.txt-é`,
        `${group}/${name}.txt.md5`,
      ),
    );
  const tree = fc.dictionary(key, fc.constantFrom('one', 'two', 'three'), { minKeys: 1, maxKeys: 20 });
  let run = 0;
  await fc.assert(
    fc.asyncProperty(tree, tree, tree, fc.integer({ min: 1, max: 5 }), async (atOrigin, atNear, atFar, count) => {
      run += 1;
      const file = await plan(atOrigin, ['near', 'far']);
      const lists = { near: inventory(`near-${run}`, atNear), far: inventory(`far-${run}`, atFar) };
      const output = (name: string): string => join(folder, `${name}-${run}.jsonl`);
      await auditListsAt(file, { lists, output: output('one') }, clock);
      const parts = Array.from({ length: count }, (_, index) => output(`part-${index}`));
      for (const [index, part] of parts.entries()) await auditListsAt(file, { lists, output: part, shard: { index, count } }, clock);
      await mergeAudits(parts, { output: output('merged') });
      expect(readFileSync(output('merged'), 'utf8')).toBe(readFileSync(output('one'), 'utf8'));
    }),
    { numRuns: 10 },
  );
});

test('lists that are not lists, not sorted, or not of the plan are refused', async () => {
  const file = await plan(origin, ['near', 'far']);
  const near = inventory('near', origin);
  const refusal = async (lists: Record<string, string>): Promise<string> =>
    (await errorOf(auditListsAt(file, { lists, output: join(folder, 'x.jsonl') }, clock))).message.replaceAll(`${folder}/`, '');
  expect(await refusal({ near })).toBe('options: lists: far has no list');
  expect(await refusal({ near, far: near, other: near })).toBe("options: lists: the plan has no place 'other'");
  writeFileSync(join(folder, 'text'), 'hello\n');
  expect(await refusal({ near, far: join(folder, 'text') })).toBe('text: not the inventory of a mirror');
  writeFileSync(join(folder, 'empty'), '');
  expect(await refusal({ near, far: join(folder, 'empty') })).toBe('empty: not the inventory of a mirror');
  const lines = linesOf(near);
  writeFileSync(join(folder, 'unsorted'), `${lines.reverse().join('\n')}\n`);
  expect(await refusal({ near, far: join(folder, 'unsorted') })).toBe(
    'unsorted: the list of a place is not sorted by the bytes of its paths',
  );
});

test('lists a folder by itself', async () => {
  const mirror = join(folder, 'mirror');
  for (const [path, value] of Object.entries(without(`${jar}.asc`))) {
    mkdirSync(dirname(join(mirror, path)), { recursive: true });
    writeFileSync(join(mirror, path), String(value));
  }
  const file = await plan(origin, ['near']);
  await auditListsAt(file, { lists: { near: mirror }, output: join(folder, 'result.jsonl'), client: { settings: false } }, clock);
  expect(linesOf(join(folder, 'result.jsonl')).map((line) => (JSON.parse(line) as { finding?: string }).finding)).toContain(
    'signature-missing',
  );
});
