/** `audit run --list`, from the command line. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { beforeEach, expect, test } from 'vitest';

import { runCliHere } from '../support/cli-here.js';
import { schemaViolations } from '../support/json-schema.js';
import type { RunResult } from '../support/processes.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const files = ['a/a/1/a-1.jar', 'a/a/1/a-1.jar.sha1', 'b/b/1/b-1.jar', 'c/c/1/c-1.jar', 'c/c/maven-metadata.xml'];
let home: string;

function writeTree(name: string, tree: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(tree)) {
    mkdirSync(dirname(join(home, name, path)), { recursive: true });
    writeFileSync(join(home, name, path), text);
  }
}

const audit = (words: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<RunResult> =>
  runCliHere(['audit', ...words], { home, env });

beforeEach(async () => {
  home = await temporaryFolder();
  const right = Object.fromEntries(files.map((path) => [path, `content of ${path}`]));
  writeTree('origin', right);
  writeTree('near', right);
  writeTree('far', { ...right, 'b/b/1/b-1.jar': 'another one' });
  const places = ['--place', 'near=https://near.example.org/', '--place', 'far=https://far.example.org/'];
  const planned = await audit(['plan', '--origin', 'http://127.0.0.1:9/', '--from', 'origin', ...places, '--output', 'plan', '--json']);
  expect(planned).toMatchObject({ code: 0 });
  const document: unknown = JSON.parse(planned.stdout);
  expect(schemaViolations(document, 'audit-plan')).toEqual([]);
  expect(document).toMatchObject({ files: 4, places: [{ name: 'near' }, { name: 'far' }] });
});

const lists = ['--plan', 'plan', '--list', 'near=near', '--list', 'far=far'];

test('audit run finds a lie, prints a table, and exits with 4', async () => {
  const run = await audit(['run', ...lists, '--output', 'result']);
  expect(run.code).toBe(4);
  expect(run.stdout).toMatch(/^place +lie +gap.*\nnear +0.*\nfar +1 .*\norigin +0/m);
  expect(run.stdout).toContain('far: 1 content-differs');
  const again = await audit(['run', ...lists, '--output', 'result', '--json']);
  expect(schemaViolations(JSON.parse(again.stdout), 'audit')).toEqual([]);
  expect(JSON.parse(again.stdout)).toMatchObject({ shard: null, audited: { listsOnly: true } });
});

test('the exit code of a gap is 0, or 4 with --fail-on', async () => {
  writeTree('far', { 'b/b/1/b-1.jar': 'content of b/b/1/b-1.jar', 'd/d/1/d-1.jar': 'more' });
  expect(await audit(['run', ...lists, '--output', 'result'])).toMatchObject({ code: 0 });
  expect(await audit(['run', ...lists, '--output', 'result', '--fail-on', 'gap,lag'])).toMatchObject({ code: 0 });
  expect(await audit(['run', ...lists, '--output', 'result', '--fail-on', 'gap,extra'])).toMatchObject({ code: 4 });
});

test('shards by the variables of an engine are merged, and a missing one is named', async () => {
  for (const index of ['0', '1', '2']) {
    const words = ['run', ...lists, '--shard', 'auto', '--shards', '3', '--output', `part-${index}`];
    await audit(words, { JOB_COMPLETION_INDEX: index });
  }
  const missing = await audit(['merge', 'part-0', 'part-2', '--output', 'merged']);
  expect(missing).toMatchObject({ code: 2 });
  expect(missing.stderr).toContain('part-0: parts of the same audit are missing: 1/3');
  const merged = await audit(['merge', 'part-2', 'part-1', 'part-0', '--output', 'merged', '--json']);
  expect(merged.code).toBe(4);
  expect(JSON.parse(merged.stdout)).toMatchObject({ files: 4, shard: null });
  const whole = await audit(['run', ...lists, '--output', 'whole']);
  expect(whole.code).toBe(4);
  const findings = (name: string): string[] => readFileSync(join(home, name), 'utf8').split('\n').slice(1, -2);
  expect(findings('merged')).toEqual(findings('whole'));
});

test('audit compare names the mirror that shows two faces', async () => {
  await audit(['run', ...lists, '--vantage', 'home', '--output', 'home']);
  await audit(['run', '--plan', 'plan', '--list', 'near=near', '--list', 'far=near', '--vantage', 'abroad', '--output', 'abroad']);
  const compared = await audit(['compare', 'home', 'abroad', '--output', 'both']);
  expect(compared.code).toBe(4);
  expect(compared.stdout).toContain('far: 1 content-differs, 1 vantage-differs');
});

test('words that are missing or wrong are named', async () => {
  const complaint = async (words: readonly string[], env = {}): Promise<string> => {
    const { code, stderr } = await audit(words, env);
    expect(code).toBe(2);
    return stderr;
  };
  expect(await complaint(['run', ...lists, '--output', 'x', '--shard', '3/3'])).toContain("not a shard: '3/3'");
  expect(await complaint(['run', ...lists, '--output', 'x', '--shard', 'auto'])).toContain('JOB_COMPLETION_INDEX (Kubernetes');
  expect(await complaint(['run', ...lists, '--output', 'x', '--shard', 'auto'], { JOB_COMPLETION_INDEX: '1' })).toContain('Add --shards');
  expect(await complaint(['run', ...lists, '--list', 'near=y', '--output', 'x'])).toContain("--list names 'near' twice");
  expect(await complaint(['merge', '--output', 'x'])).toContain("'audit merge' needs the parts");
  expect(await complaint(['merge', 'plan', '--output', 'x'])).toContain('does not begin as the result of an audit does');
});

test('a result is signed, and what cannot be written is refused before the work', async () => {
  const key = (
    JSON.parse((await audit(['key', '--name', 'audits.example.org', '--output', 'audit.key', '--json'])).stdout) as { verifierKey: string }
  ).verifierKey;
  const signed = await audit(['run', ...lists, '--output', 'audit.jsonl', '--sign', 'audit.key', '--html', 'audit.html', '--json']);
  const document: unknown = JSON.parse(signed.stdout);
  expect(schemaViolations(document, 'audit')).toEqual([]);
  expect(document).toMatchObject({ signed: { note: join(home, 'audit.note'), list: join(home, 'audit.sha256'), key } });
  expect(readFileSync(join(home, 'audit.html'), 'utf8')).toContain('Files that differ: far.');
  const refused = async (...more: readonly string[]): Promise<string> => {
    const { code, stderr } = await audit(['run', ...lists, '--output', 'new.jsonl', ...more]);
    expect(code).toBe(2);
    expect(readdirSync(home)).not.toContain('new.jsonl');
    return stderr;
  };
  expect(await refused('--sign', 'audit.key', '--shard', '0/2')).toContain('--sign: only a whole audit is signed');
  expect(await refused('--sign', 'plan')).toContain('plan');
  expect(await refused('--html', 'audit.jsonl')).toContain('is not a page of clojars-fetch audit');
});
