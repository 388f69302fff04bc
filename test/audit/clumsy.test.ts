/** Words that the user of `audit` may get wrong: each answer names the word and the remedy, before any work is done. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { runCliHere } from '../support/cli-here.js';
import { createTemporaryFolder, type TemporaryFolder } from '../support/folder.js';
import { writeResult } from './result-files.js';

// Refused words leave nothing behind, so all of them share one folder.
let folder: TemporaryFolder;
let home: string;
afterAll(() => folder.remove());
beforeAll(async () => {
  folder = await createTemporaryFolder();
  home = folder.path;
  mkdirSync(join(home, 'empty'));
  for (const folder of ['origin', 'near']) {
    mkdirSync(join(home, folder, 'a/a/1'), { recursive: true });
    writeFileSync(join(home, folder, 'a/a/1/a-1.jar'), 'a jar');
  }
  writeFileSync(join(home, 'text'), 'some text\n');
  writeResult(join(home, 'before'), []);
  const plan = ['--origin', 'http://127.0.0.1:9/', '--from', 'origin', '--place', 'near=http://127.0.0.1:9/near/'];
  await runCliHere(['audit', 'plan', ...plan, '--output', 'plan'], { home });
  await runCliHere(['audit', 'key', '--name', 'a.example.org', '--output', 'key'], { home });
});

const lists = ['run', '--plan', 'plan', '--list', 'near=near'];

describe('is refused', () => {
  test.each<[string, readonly string[], string]>([
    ['a plan without its subcommand', ['--plan', 'plan', '--output', 'x'], "--plan belongs to 'audit run'"],
    ['a word that is no subcommand', ['merg', '--output', 'x'], "'audit' has no subcommand 'merg'"],
    ['a shard without its subcommand', ['--shard', '0/2', '--output', 'x'], "--shard belongs to 'audit run'"],
    ['a list without its subcommand', ['--list', 'a=b', '--output', 'x'], "--list belongs to 'audit run'"],
    ['the name of a key without its subcommand', ['--name', 'a', '--output', 'x'], "--name belongs to 'audit key'"],
    ['a number of shards without a shard', [...lists, '--shards', '4', '--output', 'x'], '--shards needs --shard auto'],
    ['a full audit of lists', [...lists, '--full', '--output', 'x'], '--full has no effect with --list'],
    ['an interval without lists', ['run', '--plan', 'plan', '--interval', '1d', '--output', 'x'], '--interval needs --list'],
    ['a history without a page', [...lists, '--history', 'h', '--output', 'x'], '--history needs --html'],
    ['the plan as the output', [...lists, '--output', 'plan'], '--output would overwrite plan, which is read, too'],
    ['a part as the output', ['merge', 'before', 'other', '--output', './before'], '--output would overwrite ./before'],
    ['the last result as the output', [...lists, '--earlier', 'before', '--output', 'before'], '--output would overwrite before'],
    ['one file for two things', [...lists, '--html', 'x', '--output', 'x'], '--output and --html name the same file, x'],
    [
      'a class that is none',
      [...lists, '--fail-on', 'gaps', '--output', 'x'],
      "--fail-on must be one of lie, gap, lag, extra, upstream, unknown, got 'gaps'",
    ],
    ['an earlier result that is missing', [...lists, '--earlier', 'none', '--output', 'x'], 'none: is not there'],
    ['an earlier result that is none', [...lists, '--earlier', 'text', '--output', 'x'], 'text: does not begin as the result of an audit'],
    ['a folder as an earlier result', [...lists, '--earlier', 'empty', '--output', 'x'], 'empty'],
    ['a key that is missing', [...lists, '--sign', 'none', '--output', 'x'], 'none'],
    ['a key that is none', [...lists, '--sign', 'text', '--output', 'x'], 'text: not a key that signs notes'],
    [
      'a list that is missing',
      ['run', '--plan', 'plan', '--list', 'near=none', '--output', 'x'],
      'none: the folder to copy from does not exist',
    ],
    ['a list that is none', ['run', '--plan', 'plan', '--list', 'near=text', '--output', 'x'], 'text: not the inventory of a mirror'],
    ['a list of another place', [...lists, '--list', 'far=near', '--output', 'x'], "the plan has no place 'far'"],
    ['a plan that is none', ['run', '--plan', 'text', '--list', 'near=near', '--output', 'x'], 'text: not a plan of an audit: line 1'],
    ['a folder as a plan', ['run', '--plan', 'empty', '--list', 'near=near', '--output', 'x'], 'empty'],
    ['an inventory that is none', ['plan', '--from', 'text', '--output', 'x'], 'text: not the inventory of a mirror'],
    ['a day that is none', ['plan', '--from', 'origin', '--since', 'yesterday', '--output', 'x'], 'since: is not a date'],
    ['an increment without a day', ['plan', '--from', 'origin', '--increment', '--output', 'x'], 'increment: needs the option since'],
    ['a page in a folder that is missing', [...lists, '--html', 'none/page.html', '--output', 'x'], 'does not exist'],
    ['an output in a folder that is a file', [...lists, '--output', 'text/x'], 'text'],
    ['a folder as the output', [...lists, '--output', 'empty'], 'empty'],
    ['a merge into a folder that is missing', ['merge', 'before', '--output', 'none/x'], 'before: is a whole result, not a part'],
    ['a name of a key with spaces', ['key', '--name', 'a b', '--output', 'x'], 'no spaces'],
    ['a key over another', ['key', '--name', 'a', '--output', 'key'], 'exists already'],
    ['a vantage point with a slash', ['run', '--plan', 'plan', '--vantage', 'a/b', '--output', 'x'], 'vantage: is not a name'],
  ])('%s', async (_, words, message) => {
    const { code, stderr, stdout } = await runCliHere(['audit', ...words], { home });
    expect(stderr).toContain(message);
    expect(stderr).toMatch(/^hint: /m);
    expect(stderr).not.toMatch(/^ +at /m);
    expect([2, 7]).toContain(code);
    expect(stdout).toBe('');
    expect(readdirSync(home)).not.toContain('x');
  });
});

test('the same words in order give a result, and nothing else is left', async () => {
  const before = readdirSync(home).sort();
  const { code } = await runCliHere(
    ['audit', ...lists, '--earlier', 'before', '--earlier', 'plan', '--html', 'page.html', '--output', 'x'],
    { home },
  );
  expect(code).toBe(0);
  expect(readFileSync(join(home, 'page.html'), 'utf8')).toContain('Since the audit of');
  expect(readdirSync(home).sort()).toEqual([...before, 'page.html', 'x'].sort());
});
