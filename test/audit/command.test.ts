import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { expect, onTestFinished, test } from 'vitest';

import { runCliHere } from '../support/cli-here.js';
import { schemaViolations } from '../support/json-schema.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { makeWorld } from './stage.js';

test('audit plans, runs shards and merges them as one run would, and fails for the classes that it is told', async () => {
  const home = await temporaryFolder();
  const { origin, mirrors, close } = await makeWorld(home, { artifacts: 4, differences: 1 });
  onTestFinished(close);
  const places = ['one', 'late'].flatMap((name) => ['--place', `${name}=${mirrors[name]?.url ?? ''}`]);
  const plan = ['--origin', origin.url, '--from', join(home, 'origin'), ...places, '--seed', '3'];

  const planned = await runCliHere(['audit', 'plan', ...plan, '--output', 'p.gz', '--json'], { home });
  expect(planned.code).toBe(0);
  expect(schemaViolations(JSON.parse(planned.stdout), 'audit-plan')).toEqual([]);
  for (const shard of ['0/2', '1/2']) {
    const part = await runCliHere(
      ['audit', 'run', '--plan', 'p.gz', '--shard', shard, '--rate', '100000', '--output', `part-${shard[0]}`],
      { home },
    );
    expect(part).toMatchObject({ code: 0, stdout: expect.stringContaining(`shard ${shard}`) as string });
  }
  const key = await runCliHere(['audit', 'key', '--name', 'audits.example.org', '--output', 'key', '--json'], { home });
  expect(schemaViolations(JSON.parse(key.stdout), 'audit-key')).toEqual([]);
  const more = ['--sign', 'key', '--html', 'page.html', '--history', 'history.json'];
  const merged = await runCliHere(['audit', 'merge', 'part-1', 'part-0', '--output', 'merged', '--json', ...more], { home });
  for (const file of ['merged.note', 'merged.sha256', 'page.html', 'history.json']) expect(existsSync(join(home, file))).toBe(true);
  expect(merged.code).toBe(0);
  const document = JSON.parse(merged.stdout) as { readonly places: unknown };
  expect(schemaViolations(document, 'audit')).toEqual([]);
  const alone = await runCliHere(['audit', ...plan, '--rate', '100000', '--output', 'alone', '--fail-on', 'gap'], { home });
  expect(alone.code).toBe(4);
  expect(alone.stdout).toContain('one: 1 missing');
  const json = await runCliHere(['audit', 'run', '--plan', 'p.gz', '--rate', '100000', '--output', 'whole', '--json'], { home });
  expect(JSON.parse(json.stdout)).toMatchObject({ places: document.places });
  for (const [classes, code] of [
    ['extra,unknown', 0],
    ['gap,lag', 4],
    ['lag', 4],
  ] as const) {
    const again = await runCliHere(['audit', 'merge', 'part-0', 'part-1', '--output', 'again', '--fail-on', classes], { home });
    expect(again).toMatchObject({ code, stderr: '' });
  }
  const jar = [...mirrors['one']!.tree.keys()].find((key) => key.endsWith('-1.1.jar')) ?? '';
  mirrors['one']!.tree.set(jar, Buffer.from('a forged jar'));
  const lying = await runCliHere(['audit', 'run', '--plan', 'p.gz', '--rate', '100000', '--output', 'lying'], { home });
  expect(lying).toMatchObject({ code: 4, stdout: expect.stringContaining('one: 1 content-differs') as string });
});

test.each([
  [['audit', 'run', '--output', 'x'], "'audit run' needs --plan FILE"],
  [['audit', 'plan'], "'audit plan' needs --output FILE"],
  [['audit', 'plna'], "'audit' has no subcommand 'plna'"],
  [['audit', 'run', 'word', '--output', 'x', '--plan', 'y'], "'audit run' takes no further words"],
  [['audit', 'plan', '--plan', 'y', '--output', 'x'], "--plan belongs to 'audit run'"],
  [['audit', 'plan', '--output', 'x', '--place', 'origin=https://a.example/'], "'origin' cannot be the name of a place"],
  [['audit', 'run', '--plan', 'missing', '--output', 'x'], 'the plan cannot be read'],
])('%j: %s', async (words, message) => {
  const home = await temporaryFolder();
  const { code, stderr } = await runCliHere(words, { home });
  expect(code).toBe(2);
  expect(stderr).toContain(message);
});
