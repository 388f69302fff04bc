/** Tests get their folders, servers and clients from the fixture `bench`, which closes them in the right order. */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { expect, it } from 'vitest';

import { readText } from './source.js';

const tests = fileURLToPath(new URL('..', import.meta.url));
const files = readdirSync(tests, { recursive: true, encoding: 'utf8' })
  .map((file) => `test/${file.replaceAll('\\', '/')}`)
  .filter((file) => file.endsWith('.ts') && !/^test\/(?:architecture|bench|interop|soak|support)\//.test(file))
  .sort();

it('no test makes a folder itself if the workbench has one', () => {
  expect(files.filter((file) => /\bmkdtemp/.test(readText(file)))).toEqual([]);
});

it('no test opens a workbench itself, except those that need several in one test', () => {
  expect(files.filter((file) => /new Workbench\(/.test(readText(file)))).toEqual(['test/resolution/arrival.test.ts']);
});
