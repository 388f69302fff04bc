import { truncateSync } from 'node:fs';
import { join } from 'node:path';

import { expect } from 'vitest';

import { findingOf, writeResult } from '../audit/result-files.js';
import { runCliHere } from '../support/cli-here.js';
import { schemaViolations } from '../support/json-schema.js';
import { pathOf } from '../support/world.js';
import { it } from './stage.js';

it('mirrors check prints a table or a document, and its exit code tells of other files', async ({ bench }) => {
  const canonical = await bench.canonical();
  const files = bench.mirrorFiles();
  const mirror = await bench.serve(files);
  const words = ['mirrors', 'check', '--seed', '7', '--history', 'checks.json', ...bench.commandWords(canonical.url, mirror.url)];
  const good = await runCliHere(words, { home: bench.folder });
  expect(good.code).toBe(0);
  const [headings = '', ...rows] = good.stdout.split('\n');
  expect(headings.split(/ {2,}/)).toEqual([
    ...['mirror', 'verdict', 'score', 'hours behind', 'median', 'p95', 'newest', 'old', 'sums', 'IPv4', 'IPv6', 'TLS days'],
    'last 30 days',
  ]);
  expect(rows.find((row) => row.startsWith(mirror.url))).toMatch(/ good .* 20\/20 +20\/20 +40\/40 +ok +none +- +-{29}g$/);
  expect(good.stdout).toContain('--seed 7 draws the same old releases again');

  files.set(pathOf('lib0', '2.0', 'pom'), Buffer.from('<project/>'));
  const bad = await runCliHere([...words, '--json'], { home: bench.folder });
  expect(bad.code).toBe(4);
  const document: unknown = JSON.parse(bad.stdout);
  expect(schemaViolations(document, 'mirrors-check')).toEqual([]);
  expect(document).toMatchObject({
    seed: 7,
    mirrors: [{ verdict: 'good' }, { url: mirror.url, verdict: 'faulty', history: { checks: 2 } }],
  });
});

it('mirrors check --admit says what is missing, with exit code 4', async ({ bench }) => {
  const canonical = await bench.canonical();
  const mirror = await bench.serve(bench.mirrorFiles());
  const words = ['mirrors', 'check', '--admit', mirror.url, ...bench.commandWords(canonical.url)];
  const text = await runCliHere(words, { home: bench.folder });
  expect(text.code).toBe(4);
  expect(text.stdout).toContain(`${mirror.url}: it cannot be admitted: https, certificate`);
  expect(text.stdout).toMatch(/^missing +https +required +its URL begins with http:, not https:$/m);
  const document: unknown = JSON.parse((await runCliHere([...words, '--json'], { home: bench.folder })).stdout);
  expect(schemaViolations(document, 'mirrors-admit')).toEqual([]);
});

it('the options of mirrors check are refused without it', async ({ bench }) => {
  const refused = await runCliHere(['mirrors', '--seed', '7', '--no-config'], { home: bench.folder });
  expect(refused).toMatchObject({ code: 2, stdout: '' });
  expect(refused.stderr).toContain("belong to 'mirrors check'");
  expect((await runCliHere(['mirrors', 'chek', '--no-config'], { home: bench.folder })).stderr).toContain(
    "'mirrors' has no subcommand 'chek'",
  );
});

it('mirrors check tells what the last audit found, and refuses a cut one', async ({ bench }) => {
  const canonical = await bench.canonical();
  const mirror = await bench.serve(bench.mirrorFiles());
  const places = [{ name: 'mirror', url: mirror.url }];
  const file = join(bench.folder, 'audit.jsonl');
  writeResult(
    file,
    [{ path: 'a', findings: [findingOf('a', 'content-differs', 'mirror'), findingOf('a', 'lag', 'mirror')], digest: null }],
    {
      places,
    },
  );
  const words = ['mirrors', 'check', '--audit', 'audit.jsonl', ...bench.commandWords(canonical.url, mirror.url)];
  const text = await runCliHere(words, { home: bench.folder });
  expect(text.code).toBe(0);
  expect(text.stdout).toContain(`audit  ${mirror.url}: 1 content-differs, 1 lag in 1 files, 2026-11-29, from home\n`);
  const document = JSON.parse((await runCliHere([...words, '--json'], { home: bench.folder })).stdout) as { mirrors: unknown[] };
  expect(schemaViolations(document, 'mirrors-check')).toEqual([]);
  expect(document.mirrors).toMatchObject([{ audit: null }, { audit: { vantage: 'home', findings: { 'content-differs': 1, lag: 1 } } }]);

  truncateSync(file, 300);
  const cut = await runCliHere(words, { home: bench.folder });
  expect(cut).toMatchObject({ code: 2, stdout: '' });
  expect(cut.stderr).toContain('audit.jsonl: ');
});
