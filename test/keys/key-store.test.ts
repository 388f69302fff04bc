import { readdir, readFile, stat, writeFile } from 'node:fs/promises';

import fc from 'fast-check';
import * as openpgp from 'openpgp';
import { beforeAll, describe, expect } from 'vitest';

import type { Keys, KeysOptions } from '../../src/app/keys/keys.js';
import { openKeysWith } from '../../src/app/keys/open-keys.js';
import { readCertificates } from '../../src/local/keyring/certificate-files.js';
import { openKeyStore } from '../../src/local/keyring/key-store.js';
import { mergeCertificates } from '../../src/local/keyring/merge-certificates.js';
import { formatPacket, packetTag, readPackets } from '../../src/proof/openpgp/packet/packets.js';
import { fakeCertificate, noise } from './make-rings.js';
import { it, type Workspace } from './workspace.js';

interface RealKey {
  readonly secret: openpgp.PrivateKey;
  readonly fingerprint: string;
  readonly public: Uint8Array;
  readonly revocation: string;
}

async function realKey(name: string, options: Partial<Parameters<typeof openpgp.generateKey>[0]> = {}): Promise<RealKey> {
  const { privateKey, revocationCertificate } = await openpgp.generateKey({
    type: 'ecc',
    userIDs: [{ name, email: `${name}@example.org` }],
    format: 'object',
    ...options,
  } as Parameters<typeof openpgp.generateKey>[0] & { format: 'object' });
  return {
    secret: privateKey,
    fingerprint: privateKey.getFingerprint().toUpperCase(),
    public: privateKey.toPublic().write(),
    revocation: revocationCertificate,
  };
}

let alice: RealKey;
let bob: RealKey;
let six: RealKey;
beforeAll(async () => {
  [alice, bob, six] = await Promise.all([
    realKey('alice'),
    realKey('bob'),
    realKey('six', { type: 'curve25519', config: { v6Keys: true } }),
  ]);
});

function keysOf(workspace: Workspace, options: KeysOptions = {}): Keys {
  return openKeysWith(
    {
      settings: false,
      onEvent: (event) => {
        if (event.type === 'warning') workspace.warnings.push(event.message);
      },
      ...options,
    },
    { env: { XDG_CONFIG_HOME: workspace.path('config') }, homeFolder: workspace.path('home') },
  );
}

describe('import', () => {
  it('accepts files and bytes, armored and binary, versions 4 and 6; then list and show know them', async ({ workspace }) => {
    const keys = keysOf(workspace);
    const file = await workspace.write('keys.asc', alice.secret.toPublic().armor());
    expect(await keys.import([file, bob.public, six.public])).toEqual([
      { fingerprint: alice.fingerprint, outcome: 'new', userIds: ['alice <alice@example.org>'], source: file, hadSecrets: false },
      { fingerprint: bob.fingerprint, outcome: 'new', userIds: ['bob <bob@example.org>'], source: 'source 2', hadSecrets: false },
      { fingerprint: six.fingerprint, outcome: 'new', userIds: ['six <six@example.org>'], source: 'source 3', hadSecrets: false },
    ]);
    expect((await keys.import([alice.public]))[0]?.outcome).toBe('unchanged');
    expect(keys.storeFolder).toBe(workspace.path('config/clojars-fetch/keys'));
    expect((await readdir(keys.storeFolder)).filter((name) => !name.startsWith('.')).sort()).toEqual(
      [alice, bob, six].map(({ fingerprint }) => `${fingerprint}.pgp`).sort(),
    );
    expect((await stat(`${keys.storeFolder}/${alice.fingerprint}.pgp`)).mode & 0o077).toBe(0);
    const listed = await keys.list();
    expect(listed.map(({ fingerprint }) => fingerprint).sort()).toEqual([alice, bob, six].map(({ fingerprint }) => fingerprint).sort());
    const [shown] = await keys.show(alice.secret.subkeys[0]?.getFingerprint() ?? '');
    expect(shown).toMatchObject({
      fingerprint: alice.fingerprint,
      algorithm: 'Ed25519',
      version: 4,
      validity: 'unknown',
      ownertrust: 'unknown',
      expiresAt: null,
      revocation: null,
    });
    expect((await keys.show('BOB@')).map(({ fingerprint }) => fingerprint)).toEqual([bob.fingerprint]);
    await expect(keys.show('nobody')).rejects.toMatchObject({ code: 'ERR_NOT_FOUND' });
  });

  it('stores only the public part of a secret key, with a prominent warning', async ({ workspace }) => {
    const keys = keysOf(workspace);
    for (const [key, armored] of [
      [alice, true],
      [bob, false],
      [six, false],
    ] as const) {
      const [imported] = await keys.import([armored ? await workspace.write('secret.asc', key.secret.armor()) : key.secret.write()]);
      expect(imported).toMatchObject({ fingerprint: key.fingerprint, outcome: 'new', hadSecrets: true });
      const stored = await readFile(`${keys.storeFolder}/${key.fingerprint}.pgp`);
      expect([...readPackets(stored)].map(({ tag }) => tag)).not.toContain(packetTag.secretKey);
      expect([...readPackets(stored)].map(({ tag }) => tag)).not.toContain(packetTag.secretSubkey);
      expect(Buffer.compare(stored, mergeCertificates(key.public, key.public))).toBe(0);
    }
    expect(workspace.warnings).toHaveLength(3);
    expect(workspace.warnings[0]).toMatch(/holds SECRET keys\. They were NOT stored/);
  });

  it.each([
    ['rsa', { type: 'rsa', rsaBits: 2048 }],
    ['ecdsa', { type: 'ecc', curve: 'nistP256' }],
    ['ed25519', { type: 'curve25519' }],
    ['ed448', { type: 'curve448' }],
  ] as const)('derives the same public part from a secret %s key as openpgp', async (name, options) => {
    const key = await realKey(name, options);
    expect(
      Buffer.compare(
        readCertificates(key.secret.write(), 'x', () => undefined)[0]?.bytes ?? Buffer.alloc(0),
        mergeCertificates(key.public, key.public),
      ),
    ).toBe(0);
    const locked = await openpgp.encryptKey({ privateKey: key.secret, passphrase: 'secret' });
    expect(readCertificates(locked.write(), 'x', () => undefined)[0]?.fingerprints[0]).toBe(key.fingerprint);
  });

  it('refuses input without a key, and names the source', async ({ workspace }) => {
    const keys = keysOf(workspace);
    await expect(keys.import([workspace.path('absent')])).rejects.toMatchObject({
      code: 'ERR_CONFIG',
      message: expect.stringContaining('absent') as unknown,
    });
    await expect(keys.import([await workspace.write('text', 'hello')])).rejects.toMatchObject({
      code: 'ERR_NOT_FOUND',
      message: expect.stringContaining('text') as unknown,
    });
    expect(await keys.list()).toEqual([]);
  });
});

describe('merging loses nothing', () => {
  it('when an older copy is imported after a revocation', async ({ workspace }) => {
    const keys = keysOf(workspace);
    const { publicKey: revoked } = await openpgp.revokeKey({
      key: alice.secret,
      reasonForRevocation: { flag: openpgp.enums.reasonForRevocation.keyCompromised, string: 'stolen' },
      format: 'object',
    });
    await keys.import([revoked.write()]);
    expect((await keys.import([alice.public]))[0]?.outcome).toBe('unchanged');
    expect((await keys.show(alice.fingerprint))[0]).toMatchObject({
      validity: 'revoked',
      revocation: { reason: 'compromised', text: 'stolen' },
    });
  });

  it('when a revocation comes later, or certifications by others', async ({ workspace }) => {
    const keys = keysOf(workspace);
    await keys.import([alice.public]);
    const certified = await alice.secret.toPublic().signPrimaryUser([bob.secret]);
    expect((await keys.import([certified.write()]))[0]?.outcome).toBe('changed');
    const { publicKey: revoked } = await openpgp.revokeKey({ key: alice.secret, format: 'object' });
    expect((await keys.import([revoked.write()]))[0]?.outcome).toBe('changed');
    const [bytes] = await readdir(keys.storeFolder).then((names) =>
      Promise.all(names.filter((name) => name.endsWith('.pgp')).map((name) => readFile(`${keys.storeFolder}/${name}`))),
    );
    const [read] = await openpgp.readKeys({ binaryKeys: bytes ?? new Uint8Array() });
    expect(read?.revocationSignatures).toHaveLength(1);
    expect(read?.users[0]?.otherCertifications).toHaveLength(1);
  });

  it('in either order: every packet of both copies is in the result, once, and merging again changes nothing', () => {
    const key = formatPacket(packetTag.publicKey, noise('key', 53));
    const piece = fc.record({
      kind: fc.constantFrom(packetTag.signature, packetTag.userId, packetTag.userAttribute, packetTag.publicSubkey, 40),
      seed: fc.nat(6),
    });
    const certificate = fc
      .array(piece, { maxLength: 12 })
      .map((pieces) => Buffer.concat([key, ...pieces.map(({ kind, seed }) => formatPacket(kind, noise(`${kind} ${seed}`, 20 + seed)))]));
    const bodies = (bytes: Uint8Array): Set<string> =>
      new Set([...readPackets(bytes)].map(({ tag, body }) => `${tag} ${Buffer.from(body).toString('hex')}`));
    fc.assert(
      fc.property(certificate, certificate, (one, other) => {
        const merged = mergeCertificates(one, other);
        expect(bodies(merged)).toEqual(new Set([...bodies(one), ...bodies(other)]));
        expect(bodies(mergeCertificates(other, one))).toEqual(bodies(merged));
        expect(Buffer.compare(mergeCertificates(merged, other), merged)).toBe(0);
        expect(Buffer.compare(mergeCertificates(merged, one), merged)).toBe(0);
      }),
    );
  });

  it('with ten importers at once: every certification arrives', async ({ workspace }) => {
    const store = workspace.path('store');
    const base = fakeCertificate('base').bytes;
    const copies = Array.from({ length: 10 }, (_, index) =>
      Buffer.concat(
        [...readPackets(base)].flatMap(({ tag, body }) => [
          formatPacket(tag, body),
          ...(tag === packetTag.userId ? [formatPacket(packetTag.signature, noise(`certification ${index}`, 100))] : []),
        ]),
      ),
    );
    await Promise.all(copies.map((copy) => openKeyStore(store).add(copy)));
    const [file] = (await readdir(store)).filter((name) => name.endsWith('.pgp'));
    const signatures = [...readPackets(await readFile(`${store}/${file ?? ''}`))].filter(({ tag }) => tag === packetTag.signature);
    expect(signatures).toHaveLength(12);
    expect((await readdir(store)).filter((name) => name.endsWith('tmp'))).toEqual([]);
  });

  it('and leaves a file alone that does not hold the key of its name', async ({ workspace }) => {
    const keys = keysOf(workspace);
    await workspace.write(`config/clojars-fetch/keys/${alice.fingerprint}.pgp`, bob.public);
    await expect(keys.import([alice.public])).rejects.toMatchObject({ code: 'ERR_LOCAL_REPOSITORY', reason: 'corrupt' });
  });
});

describe('trust', () => {
  it('makes a key ultimate so that its certifications count, is shown by explain, and is taken back by unknown', async ({ workspace }) => {
    const keys = keysOf(workspace);
    const certified = await alice.secret.toPublic().signPrimaryUser([bob.secret]);
    await keys.import([certified.write(), bob.public]);
    expect(await keys.trust(bob.fingerprint.toLowerCase(), 'ultimate')).toMatchObject({ validity: 'ultimate', ownertrust: 'ultimate' });
    expect(await keys.trust(alice.fingerprint, 'marginal')).toMatchObject({ validity: 'full', ownertrust: 'marginal' });
    const explanation = await keys.explain(alice.fingerprint);
    expect(explanation.valid).toBe(true);
    expect(explanation.paths[0]?.[0]).toMatchObject({ by: bob.fingerprint, weight: 'full' });
    expect(await readFile(`${keys.storeFolder}/ownertrust.txt`, 'utf8')).toContain(`${alice.fingerprint}:4:\n`);
    expect(await keys.trust(bob.fingerprint, 'unknown')).toMatchObject({ validity: 'unknown' });
    expect((await keys.explain(alice.fingerprint)).valid).toBe(false);
    expect(workspace.warnings).toEqual([]);
  });

  it('needs the full fingerprint of a known key', async ({ workspace }) => {
    const keys = keysOf(workspace);
    await expect(keys.trust(alice.fingerprint.slice(-16), 'full')).rejects.toMatchObject({
      code: 'ERR_CONFIG',
      message: expect.stringContaining('is not a fingerprint') as unknown,
    });
    await expect(keys.trust(alice.fingerprint, 'full')).rejects.toMatchObject({ code: 'ERR_NOT_FOUND' });
    await expect(keys.explain(alice.fingerprint)).rejects.toMatchObject({ code: 'ERR_NOT_FOUND' });
  });

  it('says when it has no effect because other keyrings are in use', async ({ workspace }) => {
    const file = await workspace.write('alice.pgp', alice.public);
    const keys = keysOf(workspace, { trust: { keyrings: [file] } });
    expect(await keys.trust(alice.fingerprint, 'full')).toMatchObject({ ownertrust: 'unknown' });
    expect(workspace.warnings).toEqual([expect.stringMatching(/ownertrust in effect is 'unknown'.*is not among the keyrings in use/)]);
  });

  it('a key in several keyrings is one key, and a revocation in any of them counts', async ({ workspace }) => {
    const { publicKey: revoked } = await openpgp.revokeKey({ key: alice.secret, format: 'object' });
    const one = await workspace.write('one.pgp', alice.public);
    const two = await workspace.write('two.pgp', revoked.write());
    expect(await keysOf(workspace, { trust: { keyrings: [one, two] } }).list()).toMatchObject([
      { fingerprint: alice.fingerprint, validity: 'revoked', keyrings: [one, two] },
    ]);
  });
});

it('remove deletes the key and the trust in its owner', async ({ workspace }) => {
  const keys = keysOf(workspace);
  await keys.import([alice.public, bob.public]);
  await keys.trust(alice.fingerprint, 'full');
  await keys.trust(bob.fingerprint, 'marginal');
  expect(await keys.remove(alice.fingerprint)).toBe(true);
  expect(await keys.remove(alice.fingerprint)).toBe(false);
  expect((await keys.list()).map(({ fingerprint }) => fingerprint)).toEqual([bob.fingerprint]);
  expect(await readFile(`${keys.storeFolder}/ownertrust.txt`, 'utf8')).not.toContain(alice.fingerprint);
});

it('a store that cannot be written gives an error that names it', async ({ workspace }) => {
  await workspace.write('config/clojars-fetch/keys', 'a file is in its place');
  await writeFile(workspace.path('x.pgp'), alice.public);
  await expect(keysOf(workspace).import([workspace.path('x.pgp')])).rejects.toMatchObject({
    code: 'ERR_LOCAL_REPOSITORY',
    hint: expect.stringContaining('permissions') as unknown,
  });
});
