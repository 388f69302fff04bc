/** Forged signatures over the right bytes, made by keys that the user has, in ways that no honest program signs. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { beforeAll, describe, expect } from 'vitest';

import type { CertificateBytes } from '../../../src/proof/openpgp/certificate/certificate-source.js';
import { packetTag } from '../../../src/proof/openpgp/packet/packets.js';
import { contentOf, coordinate, errorOf, greeter, it, jar, type Workbench } from '../../support/workbench.js';
import {
  assemble,
  certificateFor,
  flags,
  type ForgedKey,
  type ForgedSignature,
  type ForgedSubpacket,
  forgeKey,
  forgeSignature,
  overKey,
  overSubkey,
  overUserId,
  packetOf,
  redate,
} from '../../verification/pgp/forge.js';
import { trust } from '../signatures/bench.js';

const files = greeter();
const hour = 3_600_000;
/** OpenPGP dates are whole seconds. */
const now = Math.floor(Date.now() / 1000) * 1000;
const keyDate = now - 10_000 * hour;
const signed = now - 100 * hour;

/** Signs every jar and POM with these options. */
function signedBy(key: ForgedKey, options: Partial<ForgedSignature> = {}): Map<string, Buffer> {
  const all = new Map(files);
  for (const [path, content] of files) {
    if (/\.(?:jar|pom)$/.test(path))
      all.set(`${path}.asc`, Buffer.from(packetOf.signature(forgeSignature(key, content, { type: 0, createdAtMs: signed, ...options }))));
  }
  return all;
}

async function keyringOf(bench: Workbench, ...certificates: readonly CertificateBytes[]): Promise<string> {
  const file = join(bench.folder, 'keys.gpg');
  await writeFile(file, Buffer.concat(certificates.map(({ bytes }) => bytes)));
  return file;
}

/** The verdict on the jar under `if-present`: the error's reason, or the reported status, with the decision. */
async function verdict(bench: Workbench, served: ReadonlyMap<string, Buffer>, keyring: string): Promise<string> {
  const server = await bench.serve(served);
  const client = bench.client({ repositories: [{ id: 'r', url: server.url }], ...trust('if-present', keyring) });
  const result = await client.resolveArtifact(coordinate).catch((error: unknown) => error);
  const told = bench.of('signature').findLast(({ path }) => path === jar);
  if (result instanceof Error) return `fail: ${(await errorOf(Promise.reject(result))).reason}`;
  return `${told?.decision ?? 'silent'}: ${told?.status ?? 'none'}`;
}

/**
 * With signatures required, the file must be refused, whether it comes from the repository or was placed locally by an earlier, laxer run.
 */
async function refused(bench: Workbench, served: ReadonlyMap<string, Buffer>, keyring: string): Promise<void> {
  const before = await bench.placed();
  const server = await bench.serve(served);
  const error = await errorOf(
    bench.client({ repositories: [{ id: 'r', url: server.url }], ...trust('require', keyring) }).resolveArtifact(coordinate),
  );
  expect(error.code).toBe('ERR_SIGNATURE');
  expect(await bench.placed()).toEqual(before);
}

const reason = (code: number): ForgedSubpacket => ({ type: 29, body: Uint8Array.of(code) });
const userId = Buffer.from('Ada <ada@example.org>');

interface SubkeyOptions {
  readonly flags: number;
  /** Whether the binding holds a signature by the subkey itself, which signing keys need. */
  readonly backSignature: boolean;
  /** Revokes the primary key. */
  readonly revoked?: { readonly code: number; readonly atMs: number };
}

/** A certificate whose primary key only certifies, with one subkey. */
function withSubkey(primary: ForgedKey, subkey: ForgedKey, options: SubkeyOptions): CertificateBytes {
  const over = overSubkey(primary, subkey);
  const back = forgeSignature(subkey, over, { type: 0x19, createdAtMs: keyDate });
  const binding = forgeSignature(primary, over, {
    type: 0x18,
    createdAtMs: keyDate,
    hashed: [flags(options.flags), ...(options.backSignature ? [{ type: 32, body: back }] : [])],
  });
  const revocation =
    options.revoked &&
    forgeSignature(primary, overKey(primary), { type: 0x20, createdAtMs: options.revoked.atMs, hashed: [reason(options.revoked.code)] });
  const self = forgeSignature(primary, overUserId(primary, userId), { type: 0x13, createdAtMs: keyDate, hashed: [flags(1)] });
  return assemble(
    [packetTag.publicKey, primary.body],
    ...(revocation ? [[packetTag.signature, revocation] as const] : []),
    [packetTag.userId, userId],
    [packetTag.signature, self],
    [packetTag.publicSubkey, subkey.body],
    [packetTag.signature, binding],
  );
}

let primary: ForgedKey;
let subkey: ForgedKey;
beforeAll(() => {
  primary = forgeKey('ed25519', keyDate);
  subkey = forgeKey('ed25519', keyDate);
});

describe('a signature', () => {
  it('is good when forged correctly (control)', async ({ bench }) => {
    expect(await verdict(bench, signedBy(primary), await keyringOf(bench, certificateFor(primary)))).toBe('proof: good');
  });

  it('made in the future is refused', async ({ bench }) => {
    const served = signedBy(primary, { createdAtMs: now + 24 * hour });
    const keyring = await keyringOf(bench, certificateFor(primary));
    expect(await verdict(bench, served, keyring)).toMatch(/^fail: (?:bad|malformed)$/);
    await refused(bench, served, keyring);
  });

  it('made before its key was created is refused', async ({ bench }) => {
    const served = signedBy(primary, { createdAtMs: keyDate - 24 * hour });
    const keyring = await keyringOf(bench, certificateFor(primary));
    expect(await verdict(bench, served, keyring)).toMatch(/^fail: (?:bad|malformed)$/);
    await refused(bench, served, keyring);
  });

  it('that has expired is refused', async ({ bench }) => {
    const served = signedBy(primary, { hashed: [{ type: 3, body: Uint8Array.of(0, 0, 0, 60) }] });
    const keyring = await keyringOf(bench, certificateFor(primary));
    expect(await verdict(bench, served, keyring)).toBe('warn: expired');
    await refused(bench, served, keyring);
  });

  it.for([
    ['a certification of something', 0x10],
    ['a standalone signature', 0x02],
    ['a key revocation', 0x20],
    ['a timestamp', 0x40],
  ] as const)('that is %s is refused', async ([_name, type], { bench }) => {
    const served = signedBy(primary, { type });
    const keyring = await keyringOf(bench, certificateFor(primary));
    expect(await verdict(bench, served, keyring)).toMatch(/^fail: (?:bad|malformed)$/);
    await refused(bench, served, keyring);
  });

  it('with an unknown critical subpacket is refused', async ({ bench }) => {
    const served = signedBy(primary, { hashed: [{ type: 99, body: Uint8Array.of(1), critical: true }] });
    const keyring = await keyringOf(bench, certificateFor(primary));
    expect(await verdict(bench, served, keyring)).toMatch(/^fail: (?:bad|malformed)$/);
    await refused(bench, served, keyring);
  });

  it('that names the fingerprint of another key is refused', async ({ bench }) => {
    const other = forgeKey('ed25519', keyDate);
    const served = signedBy(other, {
      issuer: 'none',
      hashed: [{ type: 33, body: Buffer.concat([Buffer.from([4]), Buffer.from(primary.fingerprint, 'hex')]) }],
      unhashed: [{ type: 16, body: Buffer.from(primary.keyId, 'hex') }],
    });
    const keyring = await keyringOf(bench, certificateFor(primary));
    expect(await verdict(bench, served, keyring)).toBe('fail: bad');
    await refused(bench, served, keyring);
  });
});

describe('a subkey', () => {
  it('with the signing flag makes a good signature (control)', async ({ bench }) => {
    expect(
      await verdict(bench, signedBy(subkey), await keyringOf(bench, withSubkey(primary, subkey, { flags: 2, backSignature: true }))),
    ).toBe('proof: good');
  });

  it.for([
    ['only encrypts', { flags: 0x0c, backSignature: false }],
    ['only encrypts, and has a back signature', { flags: 0x0c, backSignature: true }],
    ['only authenticates', { flags: 0x20, backSignature: true }],
    ['signs, but was taken from another certificate and has no back signature', { flags: 2, backSignature: false }],
  ] as const)('that %s cannot sign', async ([_name, options], { bench }) => {
    const served = signedBy(subkey);
    const keyring = await keyringOf(bench, withSubkey(primary, subkey, options));
    expect(await verdict(bench, served, keyring)).toMatch(/^(?:fail: (?:bad|malformed)|warn: unknown-key)$/);
    await refused(bench, served, keyring);
  });

  it('does not lend its signing capability to a primary key that only certifies', async ({ bench }) => {
    const served = signedBy(primary);
    const keyring = await keyringOf(bench, withSubkey(primary, subkey, { flags: 2, backSignature: true }));
    expect(await verdict(bench, served, keyring)).toMatch(/^fail: (?:bad|malformed)$/);
    await refused(bench, served, keyring);
  });

  it.for([
    ['compromised, after the signature', { code: 2, atMs: now - hour }],
    ['compromised, before the signature', { code: 2, atMs: signed - hour }],
    ['for no stated reason, after the signature', { code: 0, atMs: now - hour }],
    ['superseded, before the signature', { code: 1, atMs: signed - hour }],
    ['retired, before the signature', { code: 3, atMs: signed - hour }],
  ] as const)('cannot sign when its primary key was revoked as %s', async ([_name, revoked], { bench }) => {
    const served = signedBy(subkey);
    const keyring = await keyringOf(bench, withSubkey(primary, subkey, { flags: 2, backSignature: true, revoked }));
    expect(await verdict(bench, served, keyring)).toBe('fail: revoked');
    await refused(bench, served, keyring);
  });

  it('still counts for signatures made before its primary key was retired', async ({ bench }) => {
    const keyring = await keyringOf(
      bench,
      withSubkey(primary, subkey, { flags: 2, backSignature: true, revoked: { code: 3, atMs: now - hour } }),
    );
    expect(await verdict(bench, signedBy(subkey), keyring)).toBe('proof: good');
  });
});

describe('two keys with the same short ID', () => {
  let good: ForgedKey;
  let evil: ForgedKey;
  beforeAll(() => {
    // The creation time is part of a key's fingerprint: among some hundred thousand times, two keys share eight digits.
    const base = [forgeKey('ed25519', keyDate), forgeKey('ed25519', keyDate)] as const;
    const seen = new Map<string, number>();
    for (let index = 0; index < 200_000; index++) seen.set(redate(base[0], keyDate + index * 1000).keyId.slice(8), index);
    for (let index = 0; ; index++) {
      const candidate = redate(base[1], keyDate + index * 1000);
      const twin = seen.get(candidate.keyId.slice(8));
      if (twin === undefined) continue;
      good = redate(base[0], keyDate + twin * 1000);
      evil = candidate;
      return;
    }
  }, 120_000);

  it('are different keys', () => {
    expect(good.keyId.slice(8)).toBe(evil.keyId.slice(8));
    expect(good.fingerprint).not.toBe(evil.fingerprint);
  });

  it.for(['both', 'key-id', 'fingerprint'] as const)(
    'are told apart when the signature names its issuer by %s',
    async (issuer, { bench }) => {
      const keyring = await keyringOf(bench, certificateFor(good));
      expect(await verdict(bench, signedBy(evil, { issuer }), keyring)).toBe('warn: unknown-key');
      await refused(bench, signedBy(evil, { issuer }), keyring);
    },
  );

  it('are told apart by a rule that names one while both are in the keyring', async ({ bench }) => {
    const keyring = await keyringOf(
      bench,
      certificateFor(evil, { userId: 'Ada <ada@example.org>' }),
      certificateFor(good, { userId: 'Ada <ada@example.org>' }),
    );
    for (const [key, passes] of [
      [evil, false],
      [good, true],
    ] as const) {
      const server = await bench.serve(signedBy(key, { issuer: 'key-id' }));
      const client = bench.client({
        repositories: [{ id: 'r', url: server.url }],
        ...trust('require', keyring, { rules: [{ group: 'org.example', signers: [good.fingerprint] }] }),
      });
      if (passes)
        expect((await client.resolveArtifact(coordinate)).verification.signature).toMatchObject({
          status: 'good',
          fingerprint: good.fingerprint,
        });
      else expect(await errorOf(client.resolveArtifact(coordinate))).toMatchObject({ code: 'ERR_SIGNATURE', reason: 'untrusted' });
    }
    expect(contentOf(files, jar).equals(await bench.read(jar))).toBe(true);
  });
});
