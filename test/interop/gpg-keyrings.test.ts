/** Keyrings and trust databases as the real gpg writes them, read here and compared with gpg's own listing. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { openKeysWith } from '../../src/app/keys/open-keys.js';
import { readUserIds } from '../../src/local/keyring/certificate-files.js';
import { openKeyrings } from '../../src/local/keyring/open-keyrings.js';
import type { CertificateSource } from '../../src/proof/openpgp/certificate/certificate-source.js';
import { indexKeys } from '../../src/proof/openpgp/packet/key-index.js';
import { findProgram, missingPrograms, runProgram, type Skippable, skipUnlessThere } from './programs.js';

let folder = '';
let home = '';

beforeEach(async () => {
  // Short: gpg-agent's socket is in it, and paths of sockets may have some hundred bytes.
  folder = await mkdtemp(join(tmpdir(), 'cfk-'));
  home = join(folder, 'g');
  await mkdir(home, { mode: 0o700 });
});

afterEach(async () => {
  const gpgconf = findProgram('gpgconf');
  if (gpgconf !== null) await runProgram(gpgconf, ['--homedir', home, '--kill', 'all'], { home: folder, cwd: folder });
  await rm(folder, { recursive: true, force: true, maxRetries: 3 });
});

function needGpg(context: Skippable): void {
  skipUnlessThere(context, missingPrograms(['gpg', 'gpgconf']));
}

async function gpg(...words: string[]): Promise<string> {
  const result = await runProgram(
    findProgram('gpg') ?? 'gpg',
    ['--homedir', home, '--batch', '--no-tty', '--pinentry-mode', 'loopback', '--passphrase', '', ...words],
    { home: folder, cwd: folder },
  );
  if (result.code !== 0) throw new Error(`gpg ${words.join(' ')}: ${result.output}`);
  return result.stdout;
}

const makeKey = (userId: string, algorithm = 'ed25519', ...more: string[]): Promise<string> =>
  gpg('--utf8-strings', '--quick-generate-key', userId, algorithm, ...more);

function open(keyrings?: readonly string[], env: Record<string, string> = {}): { source: Promise<CertificateSource>; warnings: string[] } {
  const warnings: string[] = [];
  return {
    warnings,
    source: openKeyrings({
      keyrings,
      env: { PATH: process.env['PATH'] ?? '', ...env },
      homeFolder: folder,
      keyStoreFolder: join(folder, 'keys'),
      warn: (message) => warnings.push(message),
    }),
  };
}

interface Listed {
  /** Primary first. */
  readonly fingerprints: string[];
  readonly userIds: string[];
}

/** `gpg --list-keys --with-colons`, which escapes colons and controls as `\xNN`. */
async function listByGpg(...words: string[]): Promise<Listed[]> {
  const keys: Listed[] = [];
  for (const line of (await gpg(...words, '--with-colons', '--list-keys')).split('\n')) {
    const fields = line.split(':');
    if (fields[0] === 'pub') keys.push({ fingerprints: [], userIds: [] });
    if (fields[0] === 'fpr') keys.at(-1)?.fingerprints.push(fields[9] ?? '');
    if (fields[0] === 'uid')
      keys
        .at(-1)
        ?.userIds.push(
          (fields[9] ?? '').replace(/\\x([0-9a-f]{2})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16))),
        );
  }
  return keys;
}

async function listByUs(source: CertificateSource): Promise<Listed[]> {
  const keys: Listed[] = [];
  for await (const { bytes } of source.all()) {
    keys.push({ fingerprints: [...(indexKeys(bytes)[0]?.fingerprints ?? [])], userIds: [...readUserIds(bytes)] });
  }
  return keys;
}

const byFingerprint = (keys: readonly Listed[]): Listed[] =>
  keys
    .map((key) => ({ ...key, userIds: [...key.userIds].sort() }))
    .sort((one, other) => ((one.fingerprints[0] ?? '') < (other.fingerprints[0] ?? '') ? -1 : 1));

describe('a GnuPG home', () => {
  test('has the same keys, subkeys and user IDs in its keybox, before and after changes', async (context) => {
    needGpg(context);
    await makeKey('Alice Ärger <alice@example.org>');
    await makeKey('Bob: with colons \\ and backslash <bob@example.org>', 'rsa2048', 'default', '1y');
    await makeKey('carol@example.org', 'nistp256');
    const [alice] = await listByGpg();
    await gpg('--quick-add-key', alice?.fingerprints[0] ?? '', 'cv25519', 'encr');
    await gpg('--utf8-strings', '--quick-add-uid', alice?.fingerprints[0] ?? '', 'Alice of old <alice@example.com>');
    const { source, warnings } = open([home]);
    const expected = await listByGpg();
    expect(expected).toHaveLength(3);
    expect(byFingerprint(await listByUs(await source))).toEqual(byFingerprint(expected));
    for (const { fingerprints } of expected) {
      for (const fingerprint of fingerprints) {
        expect((await (await source).find(fingerprint)).length, fingerprint).toBe(1);
        expect((await (await source).find(fingerprint.slice(-16))).length).toBe(1);
      }
    }
    // gpg replaces the keybox while it is open here.
    await makeKey('dave@example.org');
    await gpg('--yes', '--delete-secret-and-public-key', alice?.fingerprints[0] ?? '');
    expect(byFingerprint(await listByUs(await source))).toEqual(byFingerprint(await listByGpg()));
    expect(warnings).toEqual([]);
  });

  test('gives the same keys by GNUPGHOME, by its keybox, by an export, armored or not, and by an old pubring.gpg', async (context) => {
    needGpg(context);
    await makeKey('alice@example.org');
    await makeKey('bob@example.org', 'dsa2048');
    const expected = byFingerprint(await listByGpg());
    await gpg('--output', join(folder, 'keys.asc'), '--armor', '--export');
    await gpg('--output', join(folder, 'keys.pgp'), '--export');
    await gpg('--no-default-keyring', '--keyring', `gnupg-ring:${join(folder, 'old.gpg')}`, '--import', join(folder, 'keys.pgp'));
    expect((await readFile(join(folder, 'old.gpg')))[0] ?? 0).toBeGreaterThan(0x7f);
    for (const keyrings of [
      [home],
      [join(home, 'pubring.kbx')],
      [join(folder, 'keys.asc')],
      [join(folder, 'keys.pgp')],
      [join(folder, 'old.gpg')],
    ]) {
      const { source, warnings } = open(keyrings);
      expect(byFingerprint(await listByUs(await source)), String(keyrings)).toEqual(expected);
      expect(warnings).toEqual([]);
    }
    expect(byFingerprint(await listByUs(await open(undefined, { GNUPGHOME: home }).source))).toEqual(expected);
  });

  test('a secret key exported by gpg has the public part that gpg exports as public', async (context) => {
    needGpg(context);
    for (const algorithm of ['ed25519', 'rsa2048', 'dsa2048', 'nistp384', 'brainpoolP256r1', 'secp256k1'])
      await makeKey(`${algorithm}@example.org`, algorithm, 'sign');
    await gpg('--quick-add-key', (await listByGpg())[0]?.fingerprints[0] ?? '', 'cv25519', 'encr');
    await gpg('--output', join(folder, 'secret.asc'), '--armor', '--export-secret-keys');
    const { source, warnings } = open([join(folder, 'secret.asc')]);
    expect(byFingerprint(await listByUs(await source))).toEqual(byFingerprint(await listByGpg()));
    expect(warnings).toEqual([expect.stringContaining('SECRET keys')]);
  });
});

describe('ownertrust', () => {
  test('trustdb.gpg read natively equals gpg --export-ownertrust, and its text is read the same way', async (context) => {
    needGpg(context);
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) await makeKey(`${name}@example.org`);
    const fingerprints = (await listByGpg()).map(({ fingerprints: [first] }) => first ?? '');
    const levels = [2, 3, 4, 5, 6];
    await writeFile(join(folder, 'given.txt'), levels.map((level, index) => `${fingerprints[index] ?? ''}:${level}:\n`).join(''));
    await gpg('--import-ownertrust', join(folder, 'given.txt'));
    await gpg('--check-trustdb');
    const text = await gpg('--export-ownertrust');
    await writeFile(join(folder, 'exported.txt'), text);
    const native = await (await open([home]).source).ownertrust();
    const exported = await openKeyrings({ keyrings: [], ownertrustFiles: [join(folder, 'exported.txt')], env: {}, homeFolder: folder });
    expect(native.size).toBe(6);
    expect(native).toEqual(await exported.ownertrust());
    expect(levels.map((_, index) => native.get(fingerprints[index] ?? ''))).toEqual(['undefined', 'never', 'marginal', 'full', 'ultimate']);
  });

  test('gpg imports the output of keys trust', async (context) => {
    needGpg(context);
    await makeKey('alice@example.org');
    await gpg('--output', join(folder, 'keys.pgp'), '--export');
    const keys = openKeysWith({ settings: false, keyStoreFolder: join(folder, 'store') }, { env: {}, homeFolder: folder });
    const [imported] = await keys.import([join(folder, 'keys.pgp')]);
    await keys.trust(imported?.fingerprint ?? '', 'marginal');
    await gpg('--import-ownertrust', join(folder, 'store', 'ownertrust.txt'));
    expect(await gpg('--export-ownertrust')).toContain(`${imported?.fingerprint ?? ''}:4:`);
  });
});

describe('keys in the key store can be read by gpg', () => {
  test('a merged key with its certifications and revocations', async (context) => {
    needGpg(context);
    await makeKey('alice@example.org');
    await makeKey('bob@example.org');
    const [alice = '', bob = ''] = (await listByGpg()).map(({ fingerprints: [first] }) => first ?? '');
    await gpg('--output', join(folder, 'before.pgp'), '--export', alice);
    await gpg('--default-key', bob, '--quick-sign-key', alice);
    await gpg('--output', join(folder, 'signed.pgp'), '--export', alice);
    const keys = openKeysWith({ settings: false, keyStoreFolder: join(folder, 'store') }, { env: {}, homeFolder: folder });
    await keys.import([join(folder, 'signed.pgp'), join(folder, 'before.pgp')]);
    const result = await runProgram(
      findProgram('gpg') ?? '',
      ['--homedir', home, '--batch', '--show-keys', '--with-colons', '--with-sig-list', join(folder, 'store', `${alice}.pgp`)],
      { home: folder, cwd: folder },
    );
    expect(result.code).toBe(0);
    expect(result.stdout.split('\n').filter((line) => line.startsWith('sig:'))).toHaveLength(2);
  });
});

describe('a home with its keys in a database', () => {
  const sqlite = Buffer.concat([Buffer.from('SQLite format 3\0', 'latin1'), Buffer.alloc(100)]);

  test('has them exported by gpg', async (context) => {
    needGpg(context);
    await makeKey('alice@example.org');
    const expected = await listByGpg();
    // This gpg may be too old for keyboxd; what matters here is that gpg is asked.
    await mkdir(join(home, 'public-keys.d'));
    await writeFile(join(home, 'public-keys.d', 'pubring.db'), sqlite);
    const { source, warnings } = open([join(home, 'public-keys.d', 'pubring.db')]);
    expect(await listByUs(await source)).toEqual(expected);
    expect(warnings).toEqual([]);
  });

  test('gives an error with a remedy without gpg', async () => {
    await mkdir(join(home, 'public-keys.d'));
    await writeFile(join(home, 'public-keys.d', 'pubring.db'), sqlite);
    const { source } = open([home], { PATH: folder });
    await expect((await source).find('0'.repeat(40))).rejects.toMatchObject({
      code: 'ERR_CONFIG',
      reason: 'unreadable',
      message: expect.stringContaining('gpg was not found on PATH') as unknown,
      hint: expect.stringContaining('gpg --export') as unknown,
    });
  });
});
