/**
 * Each exit code as a shell sees it, with its message. Golden files: test/golden/cli/process. Only some runs have a process of their own; the
 * others would show the same, and cost half a second each.
 */
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { schemaViolations } from '../support/json-schema.js';
import { runCli, type RunResult } from '../support/processes.js';
import { golden, jarPath, useSurroundings } from './surroundings.js';

const here = useSurroundings();

/** Compares both streams and the code with the golden file. */
async function expectGolden(result: RunResult, name: string): Promise<void> {
  const text = `exit code ${result.code ?? result.signal ?? ''}\n--- stdout\n${result.stdout}--- stderr\n${result.stderr}`;
  await expect(here.normalise(text)).toMatchFileSnapshot(golden(`${name}.txt`));
}

describe('exit codes', () => {
  test('0: prints the path on stdout, and how it was verified on stderr', async () => {
    const result = await here.run(['org.example/greeter', '1.0.0'], [await here.start()]);
    expect(result).toMatchObject({ code: 0, stdout: `${join(here.localRepository, jarPath)}\n` });
    expect(existsSync(result.stdout.trim())).toBe(true);
    await expectGolden(result, 'done');
    await expectGolden(await here.runHere(['org.example/greeter', '1.0.0'], [await here.start('refuse')]), 'done-warm');
  });

  test('0: goes on past a mirror that refuses', async () => {
    await expectGolden(
      await here.runHere(['org.example:greeter:1.0.0'], [await here.start('refuse'), await here.start()]),
      'done-failover',
    );
  });

  test.each([
    ['no-words', []],
    ['typo-in-coordinate', ['org.example/gree ter/1.0.0']],
    ['traversal', ['org.example/greeter', '../../etc']],
    ['typo-in-option', ['org.example/greeter', '1.0.0', '--ofline']],
    ['typo-in-value', ['org.example/greeter', '1.0.0', '--level', 'orign']],
    ['bad-timeout', ['org.example/greeter', '1.0.0', '--timeout', '5s']],
    ['later-verb', ['sign', 'org.example/greeter']],
    ['plain-http', ['org.example/greeter', '--repo', 'example=http://maven.example.org/']],
    ['not-a-url', ['org.example/greeter', '--repo', 'example=maven.example.org']],
    ['stray-mirror', ['org.example/greeter', '1', '--mirror', 'other=https://maven.example.org/']],
    ['missing-config', ['org.example/greeter', '1', '--config', 'absent.json']],
    ['missing-pins', ['org.example/greeter', '1', '--trusted-checksums', 'absent.sha256']],
    ['words-after-mirrors', ['mirrors', 'clojars']],
  ])('2: %s', async (name, words) => {
    const repository = words.includes('--repo') ? [] : [await here.start('refuse')];
    const result = await here.runHere(words, repository);
    expect(result).toMatchObject({ code: 2, stdout: '' });
    expect(result.stderr).toMatch(/^error: .+\n\nhint: .+\n$/);
    await expectGolden(result, `usage-${name}`);
  });

  test.each([
    ['key', '{"mirors": {}}'],
    ['nested-key', '{"trust": {"level": "orign"}}'],
    ['json', '{"timeoutMs": 5,}'],
    ['value', '{"timeoutMs": "60s"}'],
    ['unknown-repository', '{"mirrors": {"clojar": ["https://maven.example.org/"]}}'],
  ])('2: a mistake in the configuration file: %s', async (name, content) => {
    const file = join(here.home, 'config.json');
    await writeFile(file, content);
    const result = await here.run(['mirrors', '--config', file], []);
    expect(result).toMatchObject({ code: 2, stdout: '' });
    expect(result.stderr).toContain(file);
    await expectGolden(result, `configuration-${name}`);
  });

  test('1: an unexpected error', async () => {
    const preload = join(here.home, 'preload.cjs');
    await writeFile(preload, "require('node:os').homedir = () => { throw new TypeError('homedir is broken'); };\n");
    await expectGolden(await here.run(['org.example:greeter:1.0.0'], [await here.start()], { nodeArguments: ['-r', preload] }), 'internal');
  });

  test('3: the file is missing, and the message lists where it was looked for', async () => {
    await expectGolden(await here.runHere(['org.example/absent', '1.0.0'], [await here.start()]), 'not-found');
  });

  test('4: a corrupted jar that no mirror serves intact', async () => {
    await expectGolden(
      await here.run(['org.example/greeter', '1.0.0'], [await here.start({ fault: 'corrupt', match: /\.jar$/ })]),
      'verification',
    );
    expect(existsSync(join(here.localRepository, jarPath))).toBe(false);
  });

  test('4: pinned to another checksum', async () => {
    await writeFile(join(here.home, 'pins.sha256'), `${'0'.repeat(64)}  greeter-1.0.0.jar\n`);
    await expectGolden(
      await here.runHere(['org.example/greeter', '1.0.0', '--trusted-checksums', 'pins.sha256'], [await here.start()]),
      'verification-pin',
    );
  });

  test('5: no mirror answers', async () => {
    const result = await here.runHere(
      ['org.example/greeter', '1.0.0', '--timeout', '20'],
      [await here.start('refuse'), await here.start({ status: 503 })],
    );
    expect(result.code).toBe(5);
    expect(result.stderr).toContain('refused');
    // The retries on the same dead mirrors are one line each.
    expect(result.stderr.match(/status \(503\)/g)).toHaveLength(1);
    expect(result.stderr).toMatch(/status \(503\) .* \(\d times\)/);
    expect(result.stderr).toMatch(/\n\nhint: .*--mirror example=URL/);
  });

  test('5: time is up', async () => {
    const result = await here.run(['org.example/greeter', '1.0.0', '--timeout', '0.5'], [await here.start('hang')]);
    expect(result.code).toBe(5);
    expect(result.stderr).toMatch(/^error: .+\n/);
    expect(result.stderr).toContain('\n\nhint: ');
  });

  test('6: no version in the range', async () => {
    await expectGolden(await here.runHere(['org.example/greeter@^9'], [await here.start()]), 'no-version');
  });

  test('7: the local repository is not a folder', async () => {
    await writeFile(join(here.home, 'repository'), 'a file');
    await expectGolden(await here.runHere(['org.example/greeter', '1.0.0'], [await here.start()]), 'local-io');
  });

  test('8: offline, and the file is missing', async () => {
    await expectGolden(await here.runHere(['org.example/greeter', '1.0.0', '--offline'], [await here.start()]), 'offline');
  });
});

describe('--json', () => {
  const parse = (text: string): unknown => JSON.parse(text);

  test.each([
    ['artifacts', ['org.example/greeter', '1.0.0']],
    ['versions', ['versions', 'org.example/greeter']],
    ['mirrors', ['mirrors']],
    ['doctor', ['doctor']],
  ])('%s: one document that follows its schema, and nothing on stderr', async (name, words) => {
    const result = await here.runHere([...words, '--json'], [await here.start(), await here.start()]);
    expect(result).toMatchObject({ code: 0, stderr: '' });
    expect(schemaViolations(parse(result.stdout), name)).toEqual([]);
    await expect(here.normalise(result.stdout)).toMatchFileSnapshot(golden(`${name}.json`));
  });

  test.each([
    [2, ['org.example/greeter', '--ofline'], null],
    [2, [], null],
    [3, ['org.example/absent', '1'], null],
    [4, ['org.example/greeter', '1.0.0'], { fault: 'corrupt', match: /\.jar$/ }],
    [5, ['org.example/greeter', '1.0.0'], 'refuse'],
    [6, ['org.example/greeter@[9,)'], null],
    [8, ['org.example/greeter', '1.0.0', '--offline'], null],
  ] as const)('a failure with exit code %d: %j', async (code, words, fault) => {
    const result = await here.runHere([...words, '--json'], [await here.start(fault)]);
    expect(result).toMatchObject({ code, stderr: '' });
    expect(schemaViolations(parse(result.stdout), 'failure')).toEqual([]);
  });

  test('a failed doctor prints a doctor document, exit code 5', async () => {
    const result = await here.run(['doctor', '--json'], [await here.start('refuse')]);
    expect(result).toMatchObject({ code: 5, stderr: '' });
    expect(schemaViolations(parse(result.stdout), 'doctor')).toEqual([]);
  });
});

describe('verbs', () => {
  test('versions: prints one per line, newest last', async () => {
    const result = await here.runHere(['versions', 'org.example/greeter'], [await here.start()]);
    expect(result).toMatchObject({ code: 0, stdout: '1.0.0\n1.1.0\n2.0.0-beta\n' });
    await expectGolden(await here.runHere(['versions', 'org.example/absent'], [await here.start()]), 'versions-absent');
  });

  test('mirrors: lists them in the order in which they are asked', async () => {
    await expectGolden(await here.runHere(['mirrors'], [await here.start(), await here.start()]), 'mirrors');
  });

  test('mirrors: shows the open circuit of a mirror that failed in an earlier process', async () => {
    const places = [await here.start({ status: 429, retryAfter: 600 }), await here.start()];
    expect((await here.run(['org.example/greeter', '1.0.0'], places)).code).toBe(0);
    expect((await here.runHere(['mirrors'], places)).stdout).toMatch(/open until \d{4}-/);
  });

  test('doctor: with and without failures', async () => {
    await expectGolden(await here.runHere(['doctor'], [await here.start(), await here.start('refuse')]), 'doctor');
    expect((await here.runHere(['doctor'], [await here.start('refuse')])).code).toBe(5);
    await writeFile(join(here.home, 'file'), '');
    const folder = await runCli(
      ['doctor', '--no-config', '--local-repo', join(here.home, 'file', 'below'), ...here.options([await here.start()])],
      { home: here.home },
    );
    expect(folder.stdout).toMatch(/fail {2}local repository: .+\n +hint: /);
    expect(folder.code).toBe(7);
  });
});
