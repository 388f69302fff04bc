/** Compares docs/cli.md with the program: the usage of the verbs, and the values that options take. */
import { readFile } from 'node:fs/promises';

import { expect, test } from 'vitest';

import { formatHelp } from '../../src/cli/commands/help.js';
import { type Option, options } from '../../src/cli/options/table.js';

const page = await readFile(new URL('../../docs/cli.md', import.meta.url), 'utf8');
const withChoices = Object.values(options).flatMap(({ name, value, choices }: Option) =>
  choices === null ? [] : [{ name, value: value ?? '', choices }],
);

test('the usage in docs/cli.md equals the help', () => {
  const [, usage = ''] = /^Usage:\n([\s\S]*?)\n\n/m.exec(formatHelp('artifact')) ?? [];
  const [, block = ''] = /```\n([\s\S]*?)\n```/.exec(page) ?? [];
  expect(block).toBe(usage.replace(/^ {2}/gm, ''));
});

test.each(withChoices)('--$name: help and docs list the values that it takes', ({ name, value, choices }) => {
  const row = page.split('\n').find((line) => line.startsWith(`| \`--${name} ${value}\``)) ?? '';
  expect(choices.filter((word) => !row.includes(`\`${word}\``))).toEqual([]);
  const help = Object.values(options).find((option) => option.name === name)?.help ?? '';
  expect(choices.filter((word) => !new RegExp(`[ :]${word}\\b`).test(help))).toEqual([]);
});
