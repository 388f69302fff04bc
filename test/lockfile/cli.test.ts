/** The verb `lock` and `--frozen` as typed: texts, documents, exit codes. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect } from 'vitest';

import { run } from '../../src/cli/run.js';
import { schemaViolations } from '../support/json-schema.js';
import { pathOf, world } from '../support/world.js';
import { it, type LockBench } from './stage.js';

const lines = ['app:1 -> web:1, late:RELEASE', 'web:1 -> json:1, http:[1,2)', 'json:1', 'http:1', 'late:1', 'other:1'];
const files = world(...lines);
let url: string;
it.beforeEach(async ({ bench }) => {
  url = (await bench.serve(files)).url;
});

interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function cli(bench: LockBench, ...words: readonly string[]): Promise<Result> {
  let stdout = '';
  let stderr = '';
  const saved = { cache: process.env['XDG_CACHE_HOME'], state: process.env['XDG_STATE_HOME'] };
  process.env['XDG_CACHE_HOME'] = join(bench.folder, 'cache');
  process.env['XDG_STATE_HOME'] = join(bench.folder, 'state');
  try {
    const argv = [
      ...words,
      '--repo',
      `r=${url}`,
      ...(words.includes('--local-repo') ? [] : ['--local-repo', bench.m2]),
      '--no-config',
      ...(words.includes('--lockfile') ? [] : ['--lockfile', bench.lockfile]),
    ];
    const code = await run(argv, {
      stdout: { write: (text) => (stdout += text) },
      stderr: { write: (text) => (stderr += text) },
      environment: {},
      signal: new AbortController().signal,
    });
    return { code, stdout: clean(bench, stdout), stderr: clean(bench, stderr) };
  } finally {
    for (const [name, value] of [
      ['XDG_CACHE_HOME', saved.cache],
      ['XDG_STATE_HOME', saved.state],
    ] as const) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}

const clean = (bench: LockBench, text: string): string =>
  text
    .replaceAll(bench.folder, '<folder>')
    .replaceAll(url, 'http://<server>/')
    .replace(/\d+ ms/g, '<time> ms');
const golden = async ({ code, stdout, stderr }: Result, name: string): Promise<void> => {
  await expect(`exit code ${code}\n--- stdout\n${stdout}--- stderr\n${stderr}`).toMatchFileSnapshot(`../golden/lockfile/${name}.txt`);
};

it('lock prints whether the lockfile is new, unchanged, changed or checked', async ({ bench }) => {
  await golden(await cli(bench, 'lock', 'g:app:1'), 'lock-new');
  await golden(await cli(bench, 'lock', 'g:app:1'), 'lock-again');
  await golden(await cli(bench, 'lock', 'g:app:1', '--check'), 'check-right');
  await golden(await cli(bench, 'lock', 'g:web:1', 'g:other:1', '--check'), 'check-stale');
  await golden(await cli(bench, 'lock', 'g:web:1', 'g:other:1'), 'lock-changed');
  await golden(await cli(bench, 'deps', 'g:app:1', '--frozen'), 'frozen-stale');
  await golden(await cli(bench, 'g:app:1', '--frozen'), 'frozen-not-there');
  await golden(await cli(bench, 'deps', 'g:web:1', 'g:other:1', '--frozen', '--offline'), 'frozen');
});

it('lock --check describes a manual edit, and exits with 4', async ({ bench }) => {
  await cli(bench, 'lock', 'g:app:1');
  await bench.edit((text) =>
    text
      .replace(/(json-1\.jar sha256:)[0-9a-f]{8}/, '$100000000')
      .replace(/^file g\/late.*pom.*\n/m, '')
      .replace(/$/, `file g/evil/1/evil-1.jar sha256:${'0'.repeat(64)} 4 r origin -\n`),
  );
  const checked = await cli(bench, 'lock', 'g:app:1', '--check');
  await golden({ ...checked, stdout: checked.stdout.replace(/sha256 was (\w{8})\w+, is \w+/, 'sha256 was $1…, is …') }, 'check-by-hand');
  await golden(await cli(bench, 'lock', 'g:app:1'), 'lock-mismatch');
});

it('a merge conflict is an error', async ({ bench }) => {
  await cli(bench, 'lock', 'g:app:1');
  await bench.edit((text) => text.replace(/^root.*$/m, '<<<<<<< HEAD\nroot g:app:1\n=======\nroot g:app:2\n>>>>>>> branch'));
  await golden(await cli(bench, 'lock', 'g:app:1'), 'conflict');
  expect((await cli(bench, 'deps', 'g:app:1', '--frozen')).code).toBe(4);
});

it('a file that was changed on the mirror is an error', async ({ bench }) => {
  await cli(bench, 'lock', 'g:app:1');
  const evil = new Map(files);
  evil.set(pathOf('json', '1'), Buffer.from('evil'));
  for (const algorithm of ['sha1', 'md5']) evil.delete(`${pathOf('json', '1')}.${algorithm}`);
  url = (await bench.serve(evil)).url;
  const result = await cli(bench, 'deps', 'g:app:1', '--frozen', '--checksums', 'ignore', '--local-repo', join(bench.folder, 'm3'));
  expect(result.code).toBe(4);
});

it('documents follow their schemas', async ({ bench }) => {
  const made: unknown = JSON.parse(
    (await cli(bench, 'lock', 'g:app:1', '--json', '--write-checksums', join(bench.folder, 'checksums'))).stdout,
  );
  expect(schemaViolations(made, 'lock')).toEqual([]);
  expect(made).toMatchObject({
    lockfile: '<folder>/clojars-fetch.lock',
    written: true,
    versions: [{ requested: 'g:late:pom:RELEASE', chosen: '1' }],
    checksumFiles: [{ path: '<folder>/checksums/checksums-r.sha512', repository: 'r' }],
  });
  const checked = await cli(bench, 'lock', 'g:other:1', '--check', '--json');
  expect(checked.code).toBe(4);
  expect(schemaViolations(JSON.parse(checked.stdout), 'lock-check')).toEqual([]);
});

it('lock for the project of a folder writes next to its build file', async ({ bench }) => {
  const folder = join(bench.folder, 'project');
  await mkdir(folder);
  await writeFile(join(folder, 'deps.edn'), '{:deps {g/web {:mvn/version "1"}}}');
  const lockfile = ['--lockfile', join(folder, 'clojars-fetch.lock')];
  await golden(await cli(bench, 'lock', folder, ...lockfile), 'project');
  await golden(await cli(bench, 'project', join(folder, 'deps.edn'), '--frozen', '--offline', ...lockfile), 'project-frozen');
});
