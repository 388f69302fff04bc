/** Where a command line may have a selector, and where the same text is a version. */
import { join } from 'node:path';

import { describe, expect, vi } from 'vitest';

import { run } from '../../src/cli/run.js';
import { it, type Workbench } from '../support/workbench.js';
import { world } from '../support/world.js';

interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const files = world('lib:~1 -> base:=1', 'lib:1.5 -> base:=1', 'base:=1', 'base:1');

async function cli(bench: Workbench, url: string, ...words: readonly string[]): Promise<Result> {
  vi.stubEnv('XDG_CACHE_HOME', join(bench.folder, 'cache'));
  vi.stubEnv('XDG_STATE_HOME', join(bench.folder, 'state'));
  let [stdout, stderr] = ['', ''];
  try {
    const code = await run([...words, '--repo', `r=${url}`, '--local-repo', bench.m2, '--no-config'], {
      stdout: { write: (text) => (stdout += text) },
      stderr: { write: (text) => (stderr += text) },
      environment: {},
      signal: new AbortController().signal,
    });
    return { code, stdout, stderr };
  } finally {
    vi.unstubAllEnvs();
  }
}

describe('a selector', () => {
  it.for([
    ['after an @', ['g/lib@~1'], '1.5'],
    ['as a word of its own', ['g/lib', '~1'], '1.5'],
    ['as a word of its own with =', ['g/lib', '=1.5'], '1.5'],
    ['never after two colons', ['g:lib:~1'], '~1'],
    ['never in a vector', ['[g/lib "~1"]'], '~1'],
    ['never in an entry of deps.edn', ['g/lib {:mvn/version "~1"}'], '~1'],
  ] as const)('is one %s', async ([_where, words, version], { bench }) => {
    const { url } = await bench.serve(files);
    const artifact = await cli(bench, url, ...words);
    expect(artifact).toMatchObject({ code: 0, stdout: `${bench.m2}/g/lib/${version}/lib-${version}.jar\n` });
    const deps = await cli(bench, url, 'deps', '--json', ...words);
    const { dependencies } = JSON.parse(deps.stdout) as { dependencies: readonly { coordinate: string }[] };
    expect(dependencies.map(({ coordinate }) => coordinate)).toEqual([`g:lib:${version}`, 'g:base:=1']);
    expect(artifact.stderr + deps.stdout).not.toContain('@');
  });

  it('is never read from g:a:^1: the error says how to write it', async ({ bench }) => {
    const { url } = await bench.serve(files);
    const { code, stderr } = await cli(bench, url, 'deps', 'g:lib:^1');
    expect(code).toBe(2);
    expect(stderr).toContain('invalid coordinate g:lib:^1: a version selector is written after an @');
    expect(stderr).toContain('Write `g/lib@^1`.');
  });

  it('is shown without its mark in errors', async ({ bench }) => {
    const { url } = await bench.serve(files);
    const { code, stdout, stderr } = await cli(bench, url, 'g/lib@^7', '--json');
    expect(code).toBe(6);
    expect(stdout + stderr).toContain('no version of g:lib matches ^7; there are ');
    expect(stdout + stderr).not.toContain('@^7');
  });
});
