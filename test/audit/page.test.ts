/** The page of an audit: complete without a script, safe against the values of mirrors, and of bounded size. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';

import { findingClasses, type FindingKind } from '../../src/app/audit/contract.js';
import { writeAuditPage } from '../../src/app/audit/page/write-audit-page.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { errorOf } from '../support/workbench.js';
import { type Audited, auditedFiles, findingOf, headerOf, places, writeResult } from './result-files.js';

const kinds = Object.keys(findingClasses) as FindingKind[];
const hourSeconds = 3600;
const nameOf = (kind: FindingKind): string => (findingClasses[kind] === kind ? kind : `${findingClasses[kind]}: ${kind}`);

let folder: string;
let html: string;
beforeEach(async () => {
  folder = await temporaryFolder();
  html = join(folder, 'audit.html');
});

const about = (path: string, ...found: readonly FindingKind[]): Audited => ({
  path,
  findings: found.map((kind) => findingOf(path, kind)),
  digest: null,
});
const result = (
  name: string,
  audited: readonly Audited[],
  until = '2026-11-29T12:30:00.000Z',
  behind: readonly (number | null)[] = [],
): string => writeResult(join(folder, name), audited, { until }, behind);
const page = (): string => readFileSync(html, 'utf8');
/** Texts of the cells of a table, row by row. */
const rowsOf = (id: string): readonly string[][] => {
  const [, body = ''] = new RegExp(`<table id="${id}">[^]*?<tbody>([^]*?)</tbody>`).exec(page()) ?? [];
  return [...body.matchAll(/<tr[^>]*>(.*?)<\/tr>/gs)].map(([, cells = '']) =>
    [...cells.matchAll(/<t[hd][^>]*>(.*?)<\/t[hd]>/gs)].map(([, text = '']) => text.replace(/<br>/g, '; ').replace(/<[^>]*>/g, '')),
  );
};

test('shows each kind of finding with its class, what was expected and what was found', async () => {
  const file = result(
    'a.jsonl',
    kinds.map((kind, at) => about(`org/example/${String(at).padStart(2, '0')}`, kind)),
  );
  expect(await writeAuditPage(file, { html })).toMatchObject({ end: { files: kinds.length } });
  expect(
    rowsOf('findings').map(([path, place, kind, expected, found, evidence]) => [path, place, kind, expected, found, evidence]),
  ).toEqual(
    kinds.map((kind, at) => [`org/example/${String(at).padStart(2, '0')}`, 'near', nameOf(kind), 'size: 3', 'size: null', 'status 404']),
  );
  expect(page()).toContain('<p class="verdict lie">Files that differ: near.</p>');
  expect(rowsOf('places')).toEqual(kinds.map((kind) => [nameOf(kind), '0', '1', '0']));
});

test('a clean audit says so', async () => {
  await writeAuditPage(result('a.jsonl', [about('org/example/a')]), { html });
  expect(page()).toContain('No place served anything that differs from the origin.');
  expect(page()).toContain('<p class="none">None.</p>');
  expect(page()).not.toContain('<form>');
});

test('has no script, asks for nothing, and its policy allows nothing else', async () => {
  await writeAuditPage(result('a.jsonl', [about('a', 'missing', 'extra')]), { html });
  expect(page()).not.toMatch(/<script|<link|<img|<iframe| src=| href=|url\(|@import/);
  const [, policy = ''] = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(page()) ?? [];
  expect(policy).toMatch(/^default-src 'none'; style-src 'sha256-[\w+/=]{44}'; base-uri 'none'; form-action 'none'$/);
  // The policy refuses the attribute `style`.
  expect(page()).not.toContain(' style=');
});

test('stays below 500 kB with 10,000 findings, and says where the rest is', async () => {
  const files = Array.from({ length: 5000 }, (_, at) =>
    about(`org/example/some-longer-group/artifact-${at}/1.0.${at}/a-1.0.${at}.jar`, 'checksum-differs', 'missing'),
  );
  const changed = files.map((file) => ({ ...file, findings: file.findings.slice(1) }));
  await writeAuditPage(result('b.jsonl', files), { html, previous: result('a.jsonl', changed) });
  expect(page().length).toBeLessThan(500_000);
  expect(rowsOf('findings').length).toBeGreaterThan(900);
  expect(new Set(rowsOf('findings').map(([, , kind]) => kind))).toEqual(new Set(['lie: checksum-differs', 'gap: missing']));
  expect(page()).toMatch(/The first [\d,]+ of 10,000 findings, lies first\. All of them are in b\.jsonl, one a line/);
});

test('names that are as long as allowed leave it small', async () => {
  const files = Array.from({ length: 1000 }, (_, at) => about(`${'&'.repeat(10_000)}${at}`, 'missing'));
  await writeAuditPage(result('a.jsonl', files), { html });
  expect(page().length).toBeLessThan(500_000);
});

test('shows what is new and what is gone since an earlier audit, also if places changed their names', async () => {
  const earlier = writeResult(
    join(folder, 'a.jsonl'),
    [about('a', 'missing'), about('b', 'lag'), about('c', 'extra')].map(({ path, findings }) => ({
      path,
      findings: findings.map((finding) => ({ ...finding, place: 'renamed' })),
      digest: null,
    })),
    { until: '2026-11-28T12:00:00.000Z', places: [{ ...places[1]! }, { name: 'renamed', url: places[0]!.url }] },
  );
  const file = result('b.jsonl', [about('b', 'lag'), about('c', 'content-differs'), about('d', 'missing')]);
  await writeAuditPage(file, { html, previous: earlier });
  expect(page()).toContain('<p>2 findings are new: 1 lie, 1 gap.</p>');
  expect(page()).toContain('<p>2 findings are gone: 1 gap, 1 extra.</p>');
  expect(rowsOf('appeared').map(([path]) => path)).toEqual(['c', 'd']);
  expect(rowsOf('gone').map(([path]) => path)).toEqual(['a', 'c']);
});

describe('a history', () => {
  const at = (day: number): string => new Date(Date.UTC(2026, 10, day, 12)).toISOString();

  test('draws how far each place was behind, and keeps 30 days', async () => {
    const history = join(folder, 'history.json');
    for (const day of [-10, 1, 2, 3, 25]) {
      const file = result(`${day}.jsonl`, [], at(day), [day > 0 ? day * hourSeconds : 0, null]);
      await writeAuditPage(file, { html, history });
    }
    const kept = JSON.parse(readFileSync(history, 'utf8')) as { audits: { until: string }[] };
    expect(kept.audits.map(({ until }) => until)).toEqual([1, 2, 3, 25].map(at));
    const [, path = ''] = /<path class="series s0" d="([^"]*)"/.exec(page()) ?? [];
    expect(path.match(/[ML]/g)).toHaveLength(4);
    // A place that never told has no line.
    expect(page()).not.toContain('series s1');
    expect(rowsOf('hours').map(([name, , hours]) => [name, hours])).toEqual([
      ['near', '25'],
      ['far', 'unknown'],
    ]);
  });

  test('counts the same audit once', async () => {
    const history = join(folder, 'history.json');
    const file = result('a.jsonl', []);
    for (let times = 0; times < 2; times += 1) await writeAuditPage(file, { html, history });
    expect((JSON.parse(readFileSync(history, 'utf8')) as { audits: unknown[] }).audits).toHaveLength(1);
  });

  test.each(['', 'no JSON', '{"schemaVersion":1,"mirrors":{}}', '{"schemaVersion":1,"audits":[{"until":"x","vantage":"v","places":[]}]}'])(
    'that is another file is not replaced: %j',
    async (content) => {
      const history = join(folder, 'history.json');
      writeFileSync(history, content);
      expect(await errorOf(writeAuditPage(result('a.jsonl', []), { html, history }))).toMatchObject({
        code: 'ERR_LOCAL_REPOSITORY',
        reason: 'corrupt',
      });
      expect(readFileSync(history, 'utf8')).toBe(content);
    },
  );
});

test('a file that is not such a page is not overwritten, and a cut result makes none', async () => {
  const file = result('a.jsonl', []);
  writeFileSync(html, 'mine');
  expect((await errorOf(writeAuditPage(file, { html }))).message).toContain('is not a page of clojars-fetch audit');
  expect(page()).toBe('mine');
  writeFileSync(file, readFileSync(file, 'utf8').slice(0, -5));
  expect(await errorOf(writeAuditPage(file, { html: join(folder, 'new.html') }))).toMatchObject({ reason: 'bad-part' });
  expect(readdirSync(folder)).not.toContain('new.html');
});

test('shows values with markup in them as text', async () => {
  const attack = '<script>alert(1)</script>"\'><img src=x onerror=alert(1)>\u202e\u0007';
  const finding = findingOf(attack, 'not-maven', 'near', {
    expected: { [attack]: attack },
    found: { text: attack },
    evidence: [{ url: attack, as: 'plain', status: null, detail: attack }],
  });
  const file = writeResult(
    join(folder, 'a.jsonl'),
    [{ path: attack, findings: [finding], digest: null }],
    headerOf({ vantage: attack, repository: attack }),
  );
  await writeAuditPage(file, { html, previous: result('b.jsonl', []) });
  expect(page()).not.toMatch(/<script|<img|\u202e|\u0007/);
  expect(page()).toContain('&#60;script&#62;');
});

test('any two results make a page whose counts are theirs', async () => {
  let round = 0;
  await fc.assert(
    fc.asyncProperty(auditedFiles, auditedFiles, async (before, now) => {
      round += 1;
      html = join(folder, `${round}.html`);
      await writeAuditPage(result(`${round}-now`, now), { html, previous: result(`${round}-before`, before) });
      const keys = (audited: readonly Audited[]): Set<string> =>
        new Set(audited.flatMap(({ findings }) => findings.map(({ path, place, finding }) => `${path}\t${place}\t${finding}`)));
      const [old, present] = [keys(before), keys(now)];
      expect(rowsOf('findings')).toHaveLength(present.size);
      expect(rowsOf('appeared')).toHaveLength([...present].filter((key) => !old.has(key)).length);
      expect(rowsOf('gone')).toHaveLength([...old].filter((key) => !present.has(key)).length);
    }),
    { numRuns: 25 },
  );
});
