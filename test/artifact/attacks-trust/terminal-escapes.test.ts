/** A key whose user ID holds terminal control sequences: none of them reaches the terminal, whichever verb prints it. */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterEach, describe, expect, vi } from 'vitest';

import { run } from '../../../src/cli/run.js';
import { coordinate, greeter, it, jar, type Workbench } from '../../support/workbench.js';
import { certificateFor, type ForgedKey, forgeKey, forgeSignature, packetOf } from '../../verification/pgp/forge.js';

const evilName = 'Eve\u001b[2J\u001b]0;owned\u0007\u001b]8;;https://evil.example/\u001b\\ \u009b31m\r\n\u0008\u202egro\u2066 \u200b<eve>';
/** Characters that a terminal obeys or hides, except for the line feeds that end the program's own lines. */
const obeyed = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/;
const keyDate = Math.floor(Date.now() / 1000) * 1000 - 86_400_000;
const eve: ForgedKey = forgeKey('ed25519', keyDate);
const files = greeter();
const signed = new Map(files);
for (const [path, content] of files)
  if (/\.(?:jar|pom)$/.test(path))
    signed.set(`${path}.asc`, Buffer.from(packetOf.signature(forgeSignature(eve, content, { type: 0, createdAtMs: keyDate + 3_600_000 }))));

let keyring: string;
let url: string;

it.beforeEach(async ({ bench }) => {
  const home = join(bench.folder, 'home');
  await mkdir(home);
  for (const name of ['HOME', 'XDG_CONFIG_HOME', 'XDG_CACHE_HOME', 'XDG_STATE_HOME', 'GNUPGHOME']) vi.stubEnv(name, home);
  keyring = join(bench.folder, 'eve.gpg');
  await writeFile(keyring, certificateFor(eve, { userId: evilName }).bytes);
  url = (await bench.serve(signed)).url;
});
afterEach(async () => {
  vi.unstubAllEnvs();
});

/** The exit code, and everything written to both streams. */
async function cli(...words: string[]): Promise<{ readonly code: number; readonly text: string }> {
  let text = '';
  const stream = { write: (chunk: string) => (text += chunk) };
  const code = await run([...words, '--no-config'], {
    stdout: stream,
    stderr: stream,
    environment: {},
    signal: new AbortController().signal,
  });
  return { code, text };
}

function expectHarmless(text: string): void {
  expect(obeyed.exec(text)?.[0]).toBeUndefined();
  expect(text).not.toContain('https://evil.example/\u001b');
}

const where = (bench: Workbench): string[] => ['--repo', `r=${url}`, '--local-repo', bench.m2, '--keyring', keyring, '--color', 'never'];

describe('the user ID of a signer is escaped', () => {
  it.for<[string, string[], number]>([
    ['trusted', ['--signatures', 'require', '--trust-model', 'keyring'], 0],
    ['trusted, verbose', ['--signatures', 'require', '--trust-model', 'keyring', '--verbose'], 0],
    ['trusted, as JSON', ['--signatures', 'require', '--trust-model', 'keyring', '--json'], 0],
    ['untrusted', ['--signatures', 'require', '--trust-model', 'web-of-trust'], 4],
    ['untrusted, a warning', ['--signatures', 'if-present', '--trust-model', 'web-of-trust', '--verbose'], 0],
    ['untrusted, as JSON', ['--signatures', 'require', '--trust-model', 'web-of-trust', '--json'], 4],
  ] as const)('when a file is fetched: %s', async ([_name, options, expected], { bench }) => {
    const { code, text } = await cli(coordinate, ...where(bench), ...options);
    expect({ code, text }).toMatchObject({ code: expected });
    expectHarmless(text);
  });

  it('when the signer changes', async ({ bench }) => {
    const first = forgeKey('ed25519', keyDate);
    const both = join(bench.folder, 'both.gpg');
    await writeFile(both, Buffer.concat([certificateFor(eve, { userId: evilName }).bytes, certificateFor(first).bytes]));
    const byFirst = new Map(files);
    for (const [path, content] of files)
      if (/\.(?:jar|pom)$/.test(path))
        byFirst.set(
          `${path}.asc`,
          Buffer.from(packetOf.signature(forgeSignature(first, content, { type: 0, createdAtMs: keyDate + 3_600_000 }))),
        );
    const server = await bench.serve(byFirst);
    const options = [
      '--local-repo',
      bench.m2,
      '--keyring',
      both,
      '--signatures',
      'require',
      '--trust-model',
      'keyring',
      '--color',
      'never',
    ];
    expect(await cli('org.example:greeter:1.0.0', '--repo', `r=${server.url}`, ...options)).toMatchObject({ code: 0 });
    const { code, text } = await cli('org.example:greeter:1.1.0', '--repo', `r=${url}`, ...options);
    expect(code).toBe(4);
    expect(text).toContain('Eve\\u001b[2J');
    expectHarmless(text);
  });

  it.for([[[]], [['--json']]] as const)('when files are verified %s', async ([more], { bench }) => {
    await cli(coordinate, ...where(bench), '--signatures', 'require', '--trust-model', 'keyring', '--quiet');
    const page = join(bench.folder, 'page.html');
    const { text } = await cli(
      'verify',
      coordinate,
      '--html',
      page,
      ...where(bench),
      '--signatures',
      'require',
      '--trust-model',
      'keyring',
      ...more,
    );
    expectHarmless(text);
    const html = await readFile(page, 'utf8');
    expectHarmless(html);
    expect(html).not.toContain('<eve>');
    await writeFile(join(bench.folder, 'plain.jar'), files.get(jar) ?? '');
    await writeFile(join(bench.folder, 'plain.jar.asc'), signed.get(`${jar}.asc`) ?? '');
    const plain = await cli(
      'verify',
      join(bench.folder, 'plain.jar'),
      ...where(bench),
      '--signatures',
      'require',
      '--trust-model',
      'keyring',
      ...more,
    );
    expect(plain.text).toContain(eve.fingerprint);
    expectHarmless(plain.text);
    await rm(page);
  });

  it.for<[string, (bench: Workbench) => string[]]>([
    ['imported', () => ['import', keyring]],
    ['listed', () => ['list']],
    ['shown', () => ['show', eve.fingerprint]],
    ['shown by its user ID', () => ['show', 'Eve']],
    ['trusted', () => ['trust', eve.fingerprint, 'full']],
    ['explained', () => ['explain', eve.fingerprint]],
    ['reported by coverage of a closure', (bench) => ['coverage', coordinate, '--repo', `r=${url}`, '--local-repo', bench.m2]],
  ])('when the key is %s', async ([_name, words], { bench }) => {
    await cli('keys', 'import', keyring);
    for (const more of [[], ['--json']]) {
      const { text } = await cli('keys', ...words(bench), '--color', 'never', ...more);
      expect(text).toContain(eve.fingerprint);
      expectHarmless(text);
    }
  });
});
