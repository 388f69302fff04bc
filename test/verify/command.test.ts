/** The verb `verify` from the words to the exit code, against a repository in a folder. */
import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { run } from '../../src/cli/run.js';
import { schemaViolations } from '../support/json-schema.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { contentOf, digest, greeter, jar, pom } from '../support/workbench.js';

const files = greeter();
let folder = '';
let m2 = '';
beforeEach(async () => {
  folder = await temporaryFolder();
  m2 = join(folder, 'm2');
  for (const name of ['CACHE', 'STATE', 'CONFIG']) vi.stubEnv(`XDG_${name}_HOME`, join(folder, name));
  await put(join(folder, 'repository'), files);
  await put(m2, new Map([jar, pom].map((path) => [path, contentOf(files, path)])));
});
afterEach(() => void vi.unstubAllEnvs());

async function put(root: string, content: ReadonlyMap<string, Buffer>): Promise<void> {
  for (const [path, bytes] of content) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), bytes);
  }
}

async function verify(words: readonly string[], terminal = false) {
  let stdout = '';
  let stderr = '';
  const code = await run(
    [
      'verify',
      ...words,
      '--no-config',
      '--repo',
      `r=${pathToFileURL(join(folder, 'repository')).href}/`,
      ...(words.includes('--local-repo') ? [] : ['--local-repo', m2]),
    ],
    {
      stdout: { write: (text) => (stdout += text) },
      stderr: { write: (text) => (stderr += text), isTTY: terminal, columns: 100 },
      environment: {},
      signal: new AbortController().signal,
    },
  );
  return { code, stdout, stderr };
}

test('prints a table and a summary and exits with 0 if all files are fine', async () => {
  const { code, stdout, stderr } = await verify(['org.example/greeter', '1.0.0']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '2 files: 2 fine\n' });
  expect(
    stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.slice(0, line.indexOf('file:')).trimEnd()),
  ).toEqual([
    expect.stringMatching(/^ {6}file +level +proofs +signer +wh/),
    'ok    org.example:greeter:1.0.0      origin  origin:sha1 local  -',
    'ok    org.example:greeter:pom:1.0.0  origin  origin:sha1 local  -',
  ]);
});

test('names a changed file with a hint and exits with 4', async () => {
  const file = join(m2, jar);
  await appendFile(file, 'x');
  const { code, stdout, stderr } = await verify([file]);
  expect(code).toBe(4);
  expect(stderr).toBe('1 file: 1 failed\n');
  expect(stdout).toMatch(/^FAIL {2}org\.example:greeter:1\.0\.0 .* ERR_CHECKSUM, mismatch$/m);
  expect(stdout).toContain(`failed: ${file}: `);
  expect(stdout).toContain('hint: Another tool put the file there');
});

test('verifies the whole named local repository if no target is given', async () => {
  const { code, stdout } = await verify([]);
  expect(code).toBe(0);
  expect(stdout.trim().split('\n')).toHaveLength(3);
});

test('--json prints one document that matches its schema, also for failures', async () => {
  await appendFile(join(m2, jar), 'x');
  const { code, stdout, stderr } = await verify(['--json']);
  expect({ code, stderr }).toEqual({ code: 4, stderr: '' });
  const document: unknown = JSON.parse(stdout);
  expect(schemaViolations(document, 'verify')).toEqual([]);
  expect(document).toMatchObject({
    schemaVersion: 1,
    warnings: [],
    files: [
      { status: 'failed', verification: { level: 'none' } },
      { status: 'ok', verification: { level: 'origin', checksum: { algorithm: 'sha1' } } },
    ],
  });
});

test('--html writes the page in addition to the table', async () => {
  const page = join(folder, 'verify.html');
  const { code, stderr } = await verify(['org.example/greeter', '1.0.0', '--html', page]);
  expect(code).toBe(0);
  expect(stderr).toContain(`the page is ${page}`);
  expect(await readFile(page, 'utf8')).toContain('<h1>2 files verified</h1>');
  expect((await verify(['org.example/greeter', '1.0.0', '--html', join(m2, jar)])).code).toBe(2);
  expect(digest('sha1', await readFile(join(m2, jar)))).toBe(digest('sha1', contentOf(files, jar)));
});

test('shows a progress line only on a terminal', async () => {
  expect((await verify([], true)).stderr).toContain('of 2 checked');
  expect((await verify([])).stderr).not.toContain('checked');
});

test('takes a word that looks like a version for a file if it exists', async () => {
  const file = join(folder, '1.0.jar');
  await writeFile(file, 'x');
  const { code, stdout } = await verify([join(m2, jar), file]);
  expect(code).toBe(4);
  expect(stdout).toMatch(/^ok .*org\.example:greeter:1\.0\.0/m);
  expect(stdout).toMatch(/^FAIL .*1\.0\.jar .*ERR_SIGNATURE, missing$/m);
});

test.each([
  [['nothing.jar'], 2, /cannot verify nothing\.jar: the file does not exist/],
  [['./'], 2, /is a folder/],
  [['org.example/greter', '1.0.0'], 3, /Did you mean 'org\.example\/greeter'/],
  [['--local-repo', '/no/such/folder'], 2, /the local repository \/no\/such\/folder does not exist/],
  [['a', 'b', '--quorum', '1'], 2, /--quorum/],
] as const)('%j is a mistake that is explained, exit code %i', async (words, code, message) => {
  const result = await verify(words);
  expect(result.code).toBe(code);
  expect(result.stderr).toMatch(message);
  expect(result.stdout).toBe('');
});

test('refuses a call with nothing to verify', async () => {
  let stderr = '';
  const code = await run(['verify', '--no-config'], {
    stdout: { write: () => undefined },
    stderr: { write: (text) => (stderr += text) },
    environment: {},
    signal: new AbortController().signal,
  });
  expect(code).toBe(2);
  expect(stderr).toContain("'verify' needs something to verify");
});
