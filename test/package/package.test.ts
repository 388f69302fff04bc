/** The package as it will be published: its contents, and that it works with only its dependencies installed. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';

import { beforeAll, describe, expect, test } from 'vitest';

import { type Consumer, createConsumer, smoke } from './consumer.mjs';

const entries = [
  'dist/cli.cjs',
  ...['index', 'project', 'trust', 'proxy', 'mirror', 'audit'].flatMap((name) =>
    ['js', 'cjs', 'd.ts', 'd.cts'].map((ending) => `dist/${name}.${ending}`),
  ),
];
const root = fileURLToPath(new URL('../..', import.meta.url));
const typeScript = fileURLToPath(new URL('../../node_modules/typescript/bin/tsc', import.meta.url));
const nodeTypes = fileURLToPath(new URL('../../node_modules/@types', import.meta.url));

describe('the package', () => {
  let consumer: Consumer;
  beforeAll(() => {
    consumer = createConsumer();
    return () => consumer.remove();
  });

  test('holds the build and the pages, and nothing else', () => {
    const others = consumer.files.filter((path) => !path.startsWith('dist/'));
    const published = (folder: string): string[] => readdirSync(join(root, folder)).map((name) => `${folder}/${name}`);
    const docs = [...published('docs').filter((path) => path.endsWith('.md')), ...published('docs/schema')];
    expect(others).toEqual([...docs, 'CHANGELOG.md', 'CONTRIBUTING.md', 'LICENSE', 'README.md', 'package.json'].sort());
    expect(consumer.files).toEqual(expect.arrayContaining(entries));
    expect(consumer.files.filter((path) => path.startsWith('dist/') && !/\.(?:js|cjs|d\.ts|d\.cts)$/.test(path))).toEqual([]);
  });

  test('has no chunk that no entry leads to', () => {
    const reached = new Set<string>();
    const visit = (path: string): void => {
      if (reached.has(path)) return;
      reached.add(path);
      const text = readFileSync(join(consumer.package, path), 'utf8');
      for (const [, name] of text.matchAll(/["'`](\.\/[\w.-]+\.(?:c?js))["'`]/g)) {
        // Types that two entries share are imported by the name of the code that they would accompany.
        if (name !== undefined)
          visit(posix.join(posix.dirname(path), /\.d\.c?ts$/.test(path) ? name.replace(/\.(c?)js$/, '.d.$1ts') : name));
      }
    };
    entries.forEach(visit);
    expect(consumer.files.filter((path) => path.startsWith('dist/') && !reached.has(path))).toEqual([]);
  });

  test('can be imported, required where ES modules cannot be, and run', () => {
    expect(readFileSync(join(consumer.package, 'dist/cli.cjs'), 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
    const results = smoke(consumer);
    expect(
      results.map(({ name, code }) => `${name} ${String(code)}`),
      JSON.stringify(results),
    ).toEqual(['import 0', 'require 0', 'bin 0']);
    expect(results.map(({ stdout }) => stdout).slice(0, 2)).toEqual(['ok', 'ok']);
    expect(results[2]?.stdout).toMatch(/\d+\.\d+\.\d+/);
  });

  test('has types for both kinds of modules', () => {
    const text =
      "import { createClient, type ResolvedArtifact } from 'clojars-fetch';\nimport { resolveProject } from 'clojars-fetch/project';\nimport { verifyFiles, type VerifyReport } from 'clojars-fetch/trust';\nexport const check = (): Promise<VerifyReport> => verifyFiles(['a.jar']);\nexport const project = (): unknown => resolveProject('project.clj');\nexport const run = (): Promise<ResolvedArtifact> => createClient().resolveArtifact('org/lib 1.0.0');\n// @ts-expect-error no such option\ncreateClient({ localRepositry: '' });\n";
    for (const name of ['typed.mts', 'typed.cts']) writeFileSync(join(consumer.folder, name), text);
    const flags = [
      '--noEmit',
      '--strict',
      '--target',
      'es2022',
      '--lib',
      'es2022',
      '--skipDefaultLibCheck',
      '--module',
      'node16',
      '--typeRoots',
      nodeTypes,
      '--types',
      'node',
    ];
    const { status, stdout } = spawnSync(process.execPath, [typeScript, ...flags, 'typed.mts', 'typed.cts'], {
      cwd: consumer.folder,
      encoding: 'utf8',
    });
    expect(stdout).toBe('');
    expect(status).toBe(0);
  });
});
