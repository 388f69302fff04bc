/** `deps` from words to streams, over real servers. Golden files: test/golden/cli/deps. */
import { join } from 'node:path';

import { describe, expect, vi } from 'vitest';

import { splitCoordinates } from '../../src/cli/options/split-coordinates.js';
import { run } from '../../src/cli/run.js';
import { schemaViolations } from '../support/json-schema.js';
import { it, type Workbench } from '../support/workbench.js';
import { pathOf, world } from '../support/world.js';

const files = world(
  'app:1 -> web:1, log:2, extra:1 optional, api:1 provided',
  'web:1 sources -> json:1, log:1, http:[1,2)',
  'json:1 -> log:1 runtime',
  'http:1 -> log:3',
  'http:1.5 -> log:3',
  'http:2',
  'log:1',
  'log:2',
  'log:3',
  'extra:1',
  'api:1',
  'stuck:1 -> http:[7,)',
  'loop:1 -> turn:1',
  'turn:1 -> loop:1, log:2',
);

/** Both streams and the exit code, without folders and ports. */
async function cli(bench: Workbench, url: string, ...words: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const streams = { stdout: '', stderr: '' };
  vi.stubEnv('XDG_CACHE_HOME', join(bench.folder, 'cache'));
  vi.stubEnv('XDG_STATE_HOME', join(bench.folder, 'state'));
  try {
    const code = await run([...words, '--repo', `r=${url}`, '--local-repo', bench.m2, '--no-config'], {
      stdout: { write: (text) => (streams.stdout += text) },
      stderr: { write: (text) => (streams.stderr += text) },
      environment: {},
      signal: new AbortController().signal,
    });
    const clean = (text: string): string =>
      text
        .replaceAll(bench.m2, '<m2>')
        .replaceAll(url, '<server>/')
        .replace(/\d+ ms/g, '<n> ms');
    return { code, stdout: clean(streams.stdout), stderr: clean(streams.stderr) };
  } finally {
    vi.unstubAllEnvs();
  }
}

const golden = (name: string): string => `../golden/cli/deps/${name}`;

describe('deps', () => {
  it.for([
    ['list', ['g:app:1']],
    ['tree', ['g:app:1', '--tree']],
    ['class-path', ['g/app', '1', '--classpath']],
    ['explain', ['g:app:1', '--explain', 'g/log']],
    ['explain-absent', ['g:app:1', '--explain', 'g/extra']],
    ['several', ['g/web', '1', 'g/log@3', '[g/extra "1"]', '--tree', '--pom-only']],
    ['highest', ['g:app:1', '--conflicts', 'highest', '--tree', '--pom-only']],
    ['no-version', ['g:stuck:1']],
    ['tree-excluded', ['[g/web "1" :exclusions [g/http]]', '--tree', '--pom-only']],
    ['tree-cycle', ['g:loop:1', '--tree', '--pom-only']],
    ['explain-range', ['g:app:1', '--explain', 'g/http']],
    ['explain-excluded', ['[g/web "1" :exclusions [g/http]]', '--explain', 'g/http']],
    ['explain-cycle', ['g:loop:1', '--explain', 'g/loop']],
  ] as const)('%s', async ([name, words], { bench }) => {
    const server = await bench.serve(files);
    const { code, stdout, stderr } = await cli(bench, server.url, 'deps', ...words);
    await expect(`exit code ${code}\n--- stdout\n${stdout}--- stderr\n${stderr}`).toMatchFileSnapshot(golden(`${name}.txt`));
  });

  it('--json follows its schema, with an explanation too', async ({ bench }) => {
    const server = await bench.serve(files);
    const { code, stdout } = await cli(bench, server.url, 'deps', 'g:app:1', '--json', '--sources');
    expect(code).toBe(0);
    const document: unknown = JSON.parse(stdout);
    expect(schemaViolations(document, 'dependencies')).toEqual([]);
    await expect(stdout).toMatchFileSnapshot(golden('dependencies.json'));
    const explained: unknown = JSON.parse((await cli(bench, server.url, 'deps', 'g:app:1', '--json', '--explain', 'g:log')).stdout);
    expect(schemaViolations(explained, 'dependencies')).toEqual([]);
    expect(explained).toHaveProperty('explanation.paths.length', 5);
  });

  it('--scope and --pom-only decide which files are fetched', async ({ bench }) => {
    const server = await bench.serve(files);
    await cli(bench, server.url, 'deps', 'g:app:1', '--pom-only');
    expect((await bench.placed()).filter((name) => name.endsWith('.jar'))).toEqual([]);
    await cli(bench, server.url, 'deps', 'g:json:1', '--scope', 'runtime');
    expect((await bench.placed()).filter((name) => name.endsWith('.jar'))).toEqual([pathOf('log', '1')]);
  });

  it.for([
    [['deps'], 2, /no coordinate was given/],
    [['deps', 'g:app:1', '--tree', '--classpath'], 2, /exclude each other/],
    [['deps', 'g:app:1', '--pom-only', '--sources'], 2, /fetches none/],
    [['deps', 'g:app:1', '--scope', 'compil'], 2, /Did you mean 'compile'/],
    [['deps', 'g:app:1', '--conflicts', 'newest'], 2, /one of nearest, highest/],
    [['deps', 'g:app:1', '--explain', 'a/b/c'], 2, /GROUP\/ARTIFACT/],
    [['g:app:1', '--tree'], 2, /belongs to the verbs 'deps' and 'project'/],
    [['deps', 'g:nowhere:1'], 3, /g:nowhere:1 is not in r/],
  ] satisfies [string[], number, RegExp][])('%j ends with %d', async ([words, wanted, message], { bench }) => {
    const server = await bench.serve(files);
    const { code, stderr } = await cli(bench, server.url, ...words);
    expect({ code, stderr }).toEqual({ code: wanted, stderr: expect.stringMatching(message) as unknown });
  });
});

it.each([
  [['a/b', '1.0'], ['a/b 1.0']],
  [
    ['a/b', 'c/d'],
    ['a/b', 'c/d'],
  ],
  [
    ['a/b', '^1.2', 'c:d:1', 'e'],
    ['a/b ^1.2', 'c:d:1', 'e'],
  ],
  [
    ['a/b', '[1,2)', '[c/d "1"]', 'x/y', '[1.0]'],
    ['a/b [1,2)', '[c/d "1"]', 'x/y [1.0]'],
  ],
  [
    ['a:b:1', '2'],
    ['a:b:1', '2'],
  ],
  [
    ['a/b', 'RELEASE', '0x/y'],
    ['a/b RELEASE', '0x/y'],
  ],
])('the words %j give the coordinates %j', (words, coordinates) => {
  expect(splitCoordinates(words)).toEqual(coordinates);
});
