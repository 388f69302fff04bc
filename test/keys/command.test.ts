import { mkdir } from 'node:fs/promises';

import * as openpgp from 'openpgp';
import { afterEach, beforeAll, beforeEach, describe, expect, vi } from 'vitest';

import { createLocks } from '../../src/base/disk/lock.js';
import { formatHelp } from '../../src/cli/commands/help.js';
import { run } from '../../src/cli/run.js';
import { schemaViolations } from '../support/json-schema.js';
import { files, type KeyHosts, startKeyHosts } from '../support/key-hosts.js';
import { it, type Workspace } from './workspace.js';

const escapes = 'Eve \u001b[2J\u001b]0;gone\u0007 \u202egro.elpmaxe@eve';
const keys: Record<'alice' | 'eve' | 'bare', { fingerprint: string; armored: string; secret: openpgp.PrivateKey }> = Object.create(
  null,
) as never;

beforeAll(async () => {
  for (const [name, userId] of [
    ['alice', { name: 'Alice', email: 'alice@example.org' }],
    ['eve', { name: escapes }],
    ['bare', { name: 'bare' }],
  ] as const) {
    const { privateKey } = await openpgp.generateKey({
      userIDs: [userId],
      format: 'object',
      date: new Date('2026-01-02T03:04:05Z'),
      ...(name === 'eve' ? { keyExpirationTime: 86_400 } : {}),
    });
    const key = privateKey.toPublic();
    if (name === 'bare') key.users = [];
    keys[name] = { fingerprint: privateKey.getFingerprint().toUpperCase(), armored: key.armor(), secret: privateKey };
  }
});

it.beforeEach(async ({ workspace }) => {
  await mkdir(workspace.path('home'), { recursive: true });
  vi.stubEnv('HOME', workspace.path('home'));
  vi.stubEnv('XDG_CONFIG_HOME', workspace.path('config'));
  vi.stubEnv('GNUPGHOME', workspace.path('gnupg'));
});
afterEach(() => vi.unstubAllEnvs());

const call = (...words: string[]): ReturnType<typeof callWith> => callWith('--no-config', words);

/** @param configuration `--no-config`, or `--config=FILE` */
async function callWith(configuration: string, words: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  let [stdout, stderr] = ['', ''];
  const code = await run(['keys', ...words, configuration], {
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: (text) => (stderr += text) },
    environment: {},
    signal: new AbortController().signal,
  });
  return { code, stdout, stderr };
}

async function json(schema: string, ...words: string[]): Promise<unknown> {
  const { code, stdout } = await call(...words, '--json');
  expect(code).toBe(0);
  const document: unknown = JSON.parse(stdout);
  expect(schemaViolations(document, schema)).toEqual([]);
  return document;
}

const file = (workspace: Workspace, name: keyof typeof keys): Promise<string> => workspace.write(`${name}.asc`, keys[name].armored);

describe('keys', () => {
  it("import explains how to get a key of one's own to a user without one, unless the model is keyring", async ({ workspace }) => {
    const source = await file(workspace, 'alice');
    const { stderr } = await call('import', source);
    expect(stderr.trimEnd().split('\n')).toEqual([
      expect.stringMatching(/^hint: No key in the keyrings is marked as yours, .*'clojars-fetch keys trust FINGERPRINT ultimate'\.$/),
      `hint: Without a key of your own, compare each fingerprint with one that its owner publishes, write a key map with lines such as 'GROUP = 0x${keys.alice.fingerprint}', and give it with '--key-map FILE'.`,
      expect.stringMatching(/^hint: Or collect .*'--trust-model keyring --keyring PATH'/),
    ]);
    expect((await call('import', source, '--trust-model', 'keyring')).stderr).toBe('');
    expect((await call('import', source, '--quiet')).stderr).toBe('');
    await call('trust', keys.alice.fingerprint, 'ultimate');
    expect((await call('import', source)).stderr).toBe('');
  });

  it('import, list, show, trust, explain and remove print text', async ({ workspace }) => {
    const imported = await call('import', await file(workspace, 'alice'), await file(workspace, 'eve'), await file(workspace, 'bare'));
    expect(imported.code).toBe(0);
    expect(imported.stdout.split('\n').map((line) => line.slice(0, 50).trim())).toEqual([
      ...(['alice', 'eve', 'bare'] as const).map((name) => `imported  ${keys[name].fingerprint}`),
      '',
    ]);
    const { stdout } = await call('list');
    const line = (name: keyof typeof keys): string =>
      stdout
        .split('\n')
        .find((one) => one.startsWith(keys[name].fingerprint))
        ?.slice(42) ?? '';
    expect(stdout.split('\n')[0]).toBe('fingerprint                               algorithm  created     expires     validity  user IDs');
    expect(line('alice')).toBe('Ed25519    2026-01-02  never       unknown   Alice <alice@example.org>');
    expect(line('eve')).toBe('Ed25519    2026-01-02  2026-01-03  expired   Eve \\u001b[2J\\u001b]0;gone\\u0007 \\u202egro.elpmaxe@eve');
    expect(line('bare')).toBe('Ed25519    2026-01-02  never       unknown   (no user ID)');
    expect((await call('show', 'alice@EXAMPLE')).stdout).toContain(`user ID  Alice <alice@example.org> (unknown, primary)`);
    expect((await call('trust', keys.alice.fingerprint, 'ultimate')).stdout).toContain('validity ultimate; ownertrust ultimate');
    expect((await call('explain', keys.alice.fingerprint)).stdout).toContain('You trust this key ultimately');
    expect(await call('remove', keys.alice.fingerprint)).toMatchObject({ code: 0, stdout: `removed  ${keys.alice.fingerprint}\n` });
    expect(await call('remove', keys.alice.fingerprint)).toMatchObject({ code: 3 });
    expect(await call('explain', keys.alice.fingerprint)).toMatchObject({ code: 3 });
  });

  it('show says that a short key ID names no key', async ({ workspace }) => {
    await call('import', await file(workspace, 'alice'));
    const { code, stderr } = await call('show', `0x${keys.alice.fingerprint.slice(-8)}`);
    expect([code, stderr]).toEqual([3, expect.stringContaining('hint: An 8-digit key ID does not identify a key.')]);
  });

  it.for([
    ['import', (workspace: Workspace) => file(workspace, 'alice')],
    ['trust', () => Promise.resolve('never')],
    ['remove', () => Promise.resolve('')],
  ] as const)('%s does not wait past --timeout for a lock that another process holds', async ([subcommand, word], { workspace }) => {
    await call('import', await file(workspace, 'alice'));
    const release = await createLocks(workspace.path('config/clojars-fetch/keys/.locks')).lock('key store');
    const words = subcommand === 'import' ? [] : [keys.alice.fingerprint];
    const { code, stderr } = await call(subcommand, ...words, ...[await word(workspace)].filter((text) => text !== ''), '--timeout', '0.2');
    expect([code, stderr]).toEqual([5, expect.stringContaining('not done within 200 ms')]);
    // It ended although the lock is still held.
    const before = (await call('list')).stdout;
    await release();
    // Nor does it continue later.
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect((await call('list')).stdout).toBe(before);
  });

  it('no output holds a control character that came from a key', async ({ workspace }) => {
    await call('import', await file(workspace, 'eve'));
    for (const words of [
      ['list'],
      ['show', keys.eve.fingerprint],
      ['explain', keys.eve.fingerprint],
      ['list', '--json'],
      ['trust', keys.eve.fingerprint, 'full'],
      ['import', await file(workspace, 'eve')],
    ]) {
      const { stdout, stderr } = await call(...words);
      expect(stdout.length).toBeGreaterThan(0);
      expect(`${stdout}${stderr}`.replaceAll('\n', '')).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/);
    }
  });

  it('the documents match docs/schema', async ({ workspace }) => {
    const imported = await json('keys-import', 'import', await file(workspace, 'alice'));
    expect(imported).toMatchObject({
      keyStore: workspace.path('config/clojars-fetch/keys'),
      imported: [{ fingerprint: keys.alice.fingerprint, outcome: 'new', userIds: ['Alice <alice@example.org>'], hadSecrets: false }],
    });
    expect(await json('keys', 'list')).toMatchObject({
      keys: [
        {
          fingerprint: keys.alice.fingerprint,
          createdAt: '2026-01-02T03:04:05.000Z',
          expiresAt: null,
          version: 4,
          subkeys: [{ maySign: false, bound: true }],
        },
      ],
    });
    await json('keys', 'show', 'alice');
    await json('keys', 'trust', keys.alice.fingerprint, 'full');
    const { secret } = keys.alice;
    const certified = await (await openpgp.readKey({ armoredKey: keys.bare.secret.toPublic().armor() })).signPrimaryUser([secret]);
    await workspace.write('certified.asc', certified.armor());
    await json('keys-import', 'import', workspace.path('certified.asc'));
    await json('keys', 'trust', keys.alice.fingerprint, 'ultimate');
    expect(await json('keys-explain', 'explain', keys.bare.fingerprint)).toMatchObject({
      valid: true,
      validity: 'full',
      paths: [[{ by: keys.alice.fingerprint, certified: keys.bare.fingerprint, weight: 'full' }]],
    });
    await json('keys-remove', 'remove', keys.alice.fingerprint);
  });

  it('a secret key: the warning is on stderr and in the document', async ({ workspace }) => {
    const secret = await workspace.write('secret.asc', keys.alice.secret.armor());
    expect((await call('import', secret)).stderr).toMatch(/warning: .*SECRET keys\. They were NOT stored/);
    expect(await json('keys-import', 'import', secret)).toMatchObject({
      warnings: [expect.stringContaining('NOT stored')],
      imported: [{ outcome: 'unchanged', hadSecrets: true }],
    });
  });

  it('an empty store gives an empty list, and a note on how to fill it', async () => {
    expect(await call('list')).toMatchObject({ code: 0, stdout: '', stderr: expect.stringContaining('keys import FILE') as unknown });
    expect(await json('keys', 'list')).toMatchObject({ keys: [] });
  });
});

describe('errors say what is wrong, and suggest the likely intention', () => {
  it.each([
    [[], /'keys' needs a subcommand/, /subcommands are list, show/],
    [['lisst'], /'keys' has no subcommand 'lisst'/, /Did you mean 'clojars-fetch keys list'/],
    [['improt', 'x'], /'keys' has no subcommand 'improt'/, /keys import/],
    [['constructor'], /'keys' has no subcommand 'constructor'/, /subcommands are list/],
    [['list', 'x'], /takes no further words, got 'x'/, /keys list/],
    [['import'], /needs FILE/, /keys import FILE/],
    [['trust', 'A'.repeat(40)], /needs FINGERPRINT/, /keys trust FINGERPRINT/],
    [['trust', 'A'.repeat(40), 'ful'], /'ful' is not an ownertrust/, /Did you mean 'full'/],
    [['trust', 'A'.repeat(16), 'full'], /is not a fingerprint/, /40 or 64 hex digits/],
    [['explain', 'alice'], /is not a fingerprint/, /keys list/],
    [['fetch', 'alice'], /is not a fingerprint, a key ID or an address/, /Short key IDs can be forged/],
    [['fetch', 'DEADBEEF'], /is not a fingerprint, a key ID or an address/, /Short key IDs can be forged/],
    [['fetch', 'a@example.org', '--keyserver', 'http://keys.example.org'], /only https/, /keys.openpgp.org/],
    [['fetch', 'a@example.org', '--keyserver', 'hkp://keys.example.org'], /only https/, /keys.openpgp.org/],
    [['list', '--scope', 'test'], /belong to 'keys coverage'/, /keys list/],
    [['coverage', 'org/x', '--tree'], /--tree belongs to the verbs/, /deps COORDINATE/],
    [['coverage'], /needs COORDINATE/, /keys coverage COORDINATE/],
    [['list', '--keyserver', 'https://keys.example.org'], /belongs to 'keys fetch'/, /keys fetch WHAT/],
  ])('for %j', async (words, message, hint) => {
    const { code, stderr, stdout } = await call(...words);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    const [error = '', , more = ''] = stderr.split('\n');
    expect(error).toMatch(message);
    expect(more).toMatch(hint);
  });

  it('for fetch when offline', async () => {
    expect(await call('fetch', 'alice@example.org', '--offline')).toMatchObject({ code: 8 });
  });
});

describe('fetch', () => {
  let hosts: KeyHosts;
  beforeEach(async () => {
    hosts = await startKeyHosts();
  });
  afterEach(() => hosts.close());

  it('stores a key from the key server, as text and as a document', async ({ workspace }) => {
    const { fingerprint, armored } = keys.alice;
    await hosts.serve('keys.openpgp.org', files({ [`/pks/lookup?op=get&options=mr&search=0x${fingerprint}`]: armored }));
    const configuration = `--config=${await workspace.write('config.json', JSON.stringify({ proxy: hosts.proxy, ca: [await workspace.write('authority.pem', hosts.ca)] }))}`;
    const fetched = await callWith(configuration, ['fetch', fingerprint]);
    expect([fetched.code, fetched.stderr.split('?')[0]]).toEqual([0, 'from https://keys.openpgp.org/pks/lookup']);
    expect(fetched.stdout).toContain(fingerprint);
    const again = await callWith(configuration, ['fetch', fingerprint, '--json']);
    const document: unknown = JSON.parse(again.stdout);
    expect(schemaViolations(document, 'keys-import')).toEqual([]);
    expect(document).toMatchObject({ imported: [{ fingerprint, outcome: 'unchanged' }] });
    expect((await call('list')).stdout).toContain(fingerprint);
  });
});

it('the help names every subcommand', () => {
  const help = formatHelp('keys');
  for (const name of ['list', 'show', 'import', 'trust', 'remove', 'fetch', 'explain', 'coverage'])
    expect(help).toMatch(new RegExp(`^  ${name}\\b`, 'm'));
});
