/** Keyrings as attackers and accidents make them. */
import { readFileSync } from 'node:fs';
import { symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import fc from 'fast-check';
import * as openpgp from 'openpgp';
import { beforeAll, describe, expect } from 'vitest';

import { openKeysWith } from '../../src/app/keys/open-keys.js';
import { isClojarsFetchError } from '../../src/base/error.js';
import { readCertificates } from '../../src/local/keyring/certificate-files.js';
import { encodeArmor } from '../../src/proof/openpgp/packet/armor.js';
import { formatPacket, packetTag } from '../../src/proof/openpgp/packet/packets.js';
import { fakeCertificate, keybox, noise } from './make-rings.js';
import { allOf, it } from './workspace.js';

const silent = (): void => undefined;

describe('two keys with the same short ID', () => {
  const [one, other] = [fakeCertificate('twin 89651'), fakeCertificate('twin 90312')];

  it.for(['keybox', 'binary'] as const)(
    'in a %s: each is found by its own names, and neither by the short ID',
    async (form, { workspace }) => {
      expect(one.fingerprint.slice(-8)).toBe(other.fingerprint.slice(-8));
      expect(one.fingerprint).not.toBe(other.fingerprint);
      const both = [one.bytes, other.bytes];
      const ring = await workspace.open([await workspace.write('keys', form === 'keybox' ? keybox(both) : Buffer.concat(both))]);
      for (const { fingerprint, bytes } of [one, other]) {
        for (const name of [fingerprint, fingerprint.slice(-16)])
          expect((await ring.find(name)).map((found) => Buffer.from(found.bytes))).toEqual([Buffer.from(bytes)]);
      }
      expect(await ring.find(one.fingerprint.slice(-8))).toEqual([]);
    },
  );
});

describe('size and number', () => {
  it('limit the packets of a certificate', () => {
    const many = Buffer.concat([fakeCertificate('many').bytes, Buffer.alloc(2 * 300_000, Buffer.from([0xc2, 0x00]))]);
    const warnings: string[] = [];
    const found = readCertificates(Buffer.concat([many, fakeCertificate('next').bytes]), 'x', (message) => warnings.push(message));
    expect(found.map(({ fingerprints: [first] }) => first)).toEqual([fakeCertificate('next').fingerprint]);
    expect(warnings).toEqual([expect.stringMatching(/has 300005 packets, more than the 200000 allowed/)]);
  });

  it('limit the keys of a file', () => {
    const tiny = formatPacket(packetTag.publicKey, Buffer.from([4, 0, 0, 0, 0, 99]));
    const warnings: string[] = [];
    expect(
      readCertificates(Buffer.concat(Array.from({ length: 200_010 }, () => tiny)), 'x', (message) => warnings.push(message)),
    ).toHaveLength(200_000);
    expect(warnings).toEqual([expect.stringMatching(/more than 200000 keys; the 80 bytes from offset 1600000 on were skipped/)]);
  });

  it('limit the warnings about a file that is damaged everywhere', async ({ workspace }) => {
    const unknown = formatPacket(packetTag.publicKey, Buffer.from([3, 0, 0, 0, 0, 99]));
    await allOf(await workspace.open([await workspace.write('keys.pgp', Buffer.concat(Array.from({ length: 5000 }, () => unknown)))]));
    expect(workspace.warnings).toHaveLength(201);
    expect(workspace.warnings.at(-1)).toMatch(/more warnings/);
  });

  it('do not matter for armor in armor, or for a hundred thousand beginnings without an end', () => {
    const inner = encodeArmor('PGP PUBLIC KEY BLOCK', fakeCertificate('inner').bytes);
    expect(readCertificates(Buffer.from(encodeArmor('PGP PUBLIC KEY BLOCK', Buffer.from(inner))), 'x', silent)).toEqual([]);
    const warnings: string[] = [];
    readCertificates(Buffer.from('-----BEGIN PGP PUBLIC KEY BLOCK-----\n'.repeat(100_000)), 'x', (message) => warnings.push(message));
    expect(warnings).toHaveLength(101);
    expect(warnings.at(-1)).toContain('99900 more armored blocks');
  });

  it('do not matter for a packet that claims to have 4 GiB', async ({ workspace }) => {
    const ring = await workspace.open([
      await workspace.write(
        'keys.pgp',
        Buffer.concat([fakeCertificate('first').bytes, fakeCertificate('second').bytes, Buffer.from('c2ffffffffff04', 'hex')]),
      ),
    ]);
    expect((await allOf(ring)).map(({ bytes }) => Buffer.from(bytes))).toEqual([Buffer.from(fakeCertificate('first').bytes)]);
    expect(workspace.warnings).toEqual([expect.stringMatching(/damaged at offset \d+ .*were skipped/)]);
  });
});

it.skipIf(process.platform === 'win32')(
  'do not matter for an endless device in a folder of keys, which is not opened',
  async ({ workspace }) => {
    await workspace.write('folder/key.pgp', fakeCertificate('key').bytes);
    await symlink('/dev/zero', workspace.path('folder', 'endless.asc'));
    expect(await allOf(await workspace.open([workspace.path('folder')]))).toHaveLength(1);
    await expect(workspace.open([workspace.path('folder', 'endless.asc')])).rejects.toMatchObject({ code: 'ERR_CONFIG' });
  },
);

describe('flipped bits in real keys', () => {
  let keys: Buffer[];
  beforeAll(async () => {
    const made = await Promise.all(
      ['alice', 'bob'].map((name) => openpgp.generateKey({ userIDs: [{ name, email: `${name}@example.org` }], format: 'object' })),
    );
    keys = made.map(({ publicKey }) => Buffer.from(publicKey.write()));
  });

  it('let list, import and explain fail only with a named error, and never hang', async ({ workspace }) => {
    const [one = Buffer.alloc(0), two = Buffer.alloc(0)] = keys;
    const both = Buffer.concat([one, two]);
    let round = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(both.length - 1), fc.nat(7)), { minLength: 1, maxLength: 4 }),
        fc.boolean(),
        async (flips, asKeybox) => {
          const flipped = Buffer.from(both);
          for (const [at, bit] of flips) flipped[at] = (flipped[at] ?? 0) ^ (1 << bit);
          round += 1;
          const file = await workspace.write(
            `ring-${round}`,
            asKeybox ? keybox([flipped.subarray(0, one.length), flipped.subarray(one.length)].filter(hasNames)) : flipped,
          );
          const tool = openKeysWith(
            { settings: false, trust: { keyrings: [file] }, keyStoreFolder: workspace.path(`store-${round}`) },
            { env: {}, homeFolder: workspace.path('home') },
          );
          try {
            for (const { fingerprint } of await tool.list()) await tool.explain(fingerprint);
            await tool.import([flipped]);
          } catch (error) {
            expect(isClojarsFetchError(error), String(error)).toBe(true);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it('noise is not a key', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        for (const { fingerprints } of readCertificates(bytes, 'x', silent))
          expect(fingerprints[0]).toMatch(/^(?:[0-9A-F]{40}|[0-9A-F]{64})$/);
      }),
    );
    expect(readCertificates(noise('noise', 10_000), 'x', silent)).toEqual([]);
  });
});

/** The generator of keyboxes needs keys whose names it can read. */
function hasNames(certificate: Uint8Array): boolean {
  const [found] = readCertificates(certificate, 'x', silent);
  return found?.bytes.length === certificate.length;
}

it('opening keyrings and finding keys loads neither openpgp nor network code', () => {
  const seen = new Set<string>();
  const packages = new Set<string>();
  const follow = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    const text = readFileSync(file, 'utf8').replace(/import type [^;]*;/g, '');
    for (const [, name = ''] of text.matchAll(/^(?:import|export)\b[^;']*from '([^']+)'/gm)) {
      if (name.startsWith('.')) follow(join(dirname(file), name.replace(/\.js$/, '.ts')));
      else packages.add(name);
    }
  };
  follow(fileURLToPath(new URL('../../src/local/keyring/open-keyrings.ts', import.meta.url)));
  expect(seen.size).toBeGreaterThan(10);
  expect([...packages].filter((name) => !name.startsWith('node:'))).toEqual([]);
  expect([...packages].filter((name) => /http|net|tls|dns/.test(name))).toEqual([]);
  expect([...seen].filter((file) => /src.transport|src.client/.test(file))).toEqual([]);
});
