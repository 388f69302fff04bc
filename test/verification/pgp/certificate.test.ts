/** Certificates, read and judged by their own signatures. */
import { describe, expect, it } from 'vitest';

import type { Certificate } from '../../../src/proof/openpgp/certificate/certificate.js';
import type { CertificateBytes } from '../../../src/proof/openpgp/certificate/certificate-source.js';
import { mergeCertificates } from '../../../src/proof/openpgp/certificate/components.js';
import { createCertificateReader, readCertificate } from '../../../src/proof/openpgp/certificate/read-certificate.js';
import { concatBytes } from '../../../src/proof/openpgp/packet/byte-reader.js';
import { formatPacket, packetTag } from '../../../src/proof/openpgp/packet/packets.js';
import {
  assemble,
  certificateFor,
  expiresAfter,
  flags,
  type ForgedKey,
  type ForgedSignature,
  forgeKey,
  forgeSignature,
  number32,
  overKey,
  overUserId,
} from './forge.js';
import { certificateOf, finder, keyDate, makeKey, nowMs } from './keys.js';

const created = keyDate.getTime();
const day = 86_400_000;
const key = forgeKey('ed25519', created);
const other = forgeKey('P-256', created);
const name = (text: string): Uint8Array => Buffer.from(text);

async function read(certificate: CertificateBytes, atMs = nowMs): Promise<Certificate> {
  const result = await readCertificate(certificate, atMs);
  expect(result).not.toBeNull();
  return result!;
}

function onUserId(text: string, options: Partial<ForgedSignature> & { readonly by?: ForgedKey } = {}): readonly [number, Uint8Array] {
  return [
    packetTag.signature,
    forgeSignature(options.by ?? key, overUserId(key, name(text)), { type: 0x13, createdAtMs: created, ...options }),
  ];
}

const primary: readonly [number, Uint8Array] = [packetTag.publicKey, key.body];
const userId = (text: string): readonly [number, Uint8Array] => [packetTag.userId, name(text)];

describe('keys made by openpgp', () => {
  it.each([
    ['version 4', {}],
    ['version 6', { type: 'curve25519', config: { v6Keys: true } }],
  ] as const)('%s: are read as openpgp describes them', async (_, options) => {
    const made = await makeKey({ ...options, subkeys: [{ sign: true }, {}], expires: 5 * 365 * 86_400 });
    const certificate = await read(certificateOf(made, 'keyring.asc'));
    expect(certificate).toMatchObject({
      fingerprint: made.getFingerprint().toUpperCase(),
      keyId: made.getKeyID().toHex().toUpperCase(),
      version: made.keyPacket.version,
      algorithm: 'Ed25519',
      valid: true,
      revocation: null,
      createdAtMs: created,
      expiresAtMs: created + 5 * 365 * day,
      maySign: true,
      mayCertify: true,
      source: 'keyring.asc',
      atMs: nowMs,
    });
    expect(certificate.userIds).toMatchObject([
      { text: 'Ada Example <ada@example.org>', selfSigned: true, primary: true, revocation: null, expiresAtMs: null, certifications: [] },
    ]);
    expect(certificate.subkeys).toMatchObject([
      { maySign: true, mayCertify: false, bound: true },
      { maySign: false, bound: true },
    ]);
    expect(certificate.subkeys.map(({ fingerprint }) => fingerprint)).toEqual(
      made.getSubkeys().map((subkey) => subkey.getFingerprint().toUpperCase()),
    );
  });
});

describe('user IDs', () => {
  it('are governed by the newest signature, whether a revocation or one that takes it back', async () => {
    const revocation = onUserId('A', {
      type: 0x30,
      createdAtMs: created + 2 * day,
      hashed: [{ type: 29, body: concatBytes([Uint8Array.of(32), name('moved')]) }],
    });
    const revoked = await read(assemble(primary, userId('A'), revocation, onUserId('A')));
    expect(revoked.userIds).toMatchObject([
      { selfSigned: false, revocation: { reason: 'user-id-invalid', text: 'moved', madeAtMs: created + 2 * day, hard: false } },
    ]);
    expect(revoked.valid).toBe(true);
    const again = await read(assemble(primary, userId('A'), onUserId('A'), revocation, onUserId('A', { createdAtMs: created + 3 * day })));
    expect(again.userIds).toMatchObject([{ selfSigned: true, revocation: null }]);
  });

  it('are not valid when their self-signature has expired', async () => {
    const certificate = await read(assemble(primary, userId('A'), onUserId('A', { hashed: [{ type: 3, body: number32(86_400) }] })));
    expect(certificate).toMatchObject({ valid: true, userIds: [{ selfSigned: true, expiresAtMs: created + day }] });
  });

  it('have a primary one: the one marked, otherwise the newest, otherwise the longest', async () => {
    const mark = { type: 25, body: Uint8Array.of(1) };
    const primaryOf = async (...parts: readonly (readonly [number, Uint8Array])[]): Promise<string | undefined> =>
      (await read(assemble(primary, ...parts))).userIds.find((id) => id.primary)?.text;
    expect(
      await primaryOf(userId('A'), onUserId('A', { hashed: [mark] }), userId('B'), onUserId('B', { createdAtMs: created + day })),
    ).toBe('A');
    expect(await primaryOf(userId('A'), onUserId('A', { createdAtMs: created + day }), userId('B'), onUserId('B'))).toBe('A');
    expect(await primaryOf(userId('A'), onUserId('A'), userId('BB'), onUserId('BB'))).toBe('BB');
    expect(
      await primaryOf(
        userId('A'),
        onUserId('A', { hashed: [mark] }),
        onUserId('A', { type: 0x30, createdAtMs: created + day }),
        userId('B'),
        onUserId('B'),
      ),
    ).toBe('B');
  });

  it('that are not UTF-8 have those bytes replaced', async () => {
    const broken = Uint8Array.of(0x41, 0xff, 0x42);
    const self = forgeSignature(key, overUserId(key, broken), { type: 0x13, createdAtMs: created });
    expect((await read(assemble(primary, [packetTag.userId, broken], [packetTag.signature, self]))).userIds).toMatchObject([
      { text: 'A\ufffdB', selfSigned: true },
    ]);
  });

  it('do not count when signed with MD5, but do with SHA-1, as in GnuPG', async () => {
    expect(await read(assemble(primary, userId('A'), onUserId('A', { hash: 1 })))).toMatchObject({
      valid: false,
      userIds: [{ selfSigned: false }],
    });
    expect(await read(assemble(primary, userId('A'), onUserId('A', { hash: 2 })))).toMatchObject({
      valid: true,
      userIds: [{ selfSigned: true }],
    });
  });
});

describe('certifications', () => {
  it('are kept with their statements, and checked on demand', async () => {
    const trust = [
      { type: 5, body: Uint8Array.of(2, 120) },
      { type: 6, body: Buffer.from('<[^>]+[@.]example\\.org>$\0') },
      { type: 3, body: number32(86_400) },
      { type: 7, body: Uint8Array.of(0) },
    ];
    const certificate = await read(
      assemble(
        primary,
        userId('A'),
        onUserId('A'),
        onUserId('A', { by: other, type: 0x10, hashed: trust }),
        onUserId('A', { by: other, type: 0x30, hash: 2, issuer: 'key-id' }),
        userId('B'),
        onUserId('B'),
      ),
    );
    expect(certificate.userIds[0]?.certifications).toMatchObject([
      {
        issuerKeyId: other.keyId,
        issuerFingerprint: other.fingerprint,
        signatureType: 0x10,
        isRevocation: false,
        revocable: false,
        createdAtMs: created,
        expiresAtMs: created + day,
        hash: 'sha512',
        trustDepth: 2,
        trustAmount: 120,
        trustRegexp: '<[^>]+[@.]example\\.org>$',
      },
      {
        issuerKeyId: other.keyId,
        issuerFingerprint: null,
        signatureType: 0x30,
        isRevocation: true,
        revocable: true,
        expiresAtMs: null,
        hash: 'sha1',
        trustDepth: 0,
        trustRegexp: null,
      },
    ]);
    const issuer = await read(certificateFor(other));
    const [certification] = certificate.userIds[0]!.certifications;
    expect([
      await certification?.isBy(issuer),
      await certification?.isBy(await read(certificateFor(key))),
      await certification?.isBy(issuer),
    ]).toEqual([true, false, true]);
  });

  it('for another user ID are not by the issuer that they claim', async () => {
    const elsewhere = forgeSignature(other, overUserId(key, name('B')), { type: 0x13, createdAtMs: created });
    const certificate = await read(assemble(primary, userId('A'), onUserId('A'), [packetTag.signature, elsewhere]));
    expect(await certificate.userIds[0]?.certifications[0]?.isBy(await read(certificateFor(other)))).toBe(false);
  });
});

describe('the key itself', () => {
  it('takes a direct-key signature before the user IDs', async () => {
    const direct = [
      packetTag.signature,
      forgeSignature(key, overKey(key), { type: 0x1f, createdAtMs: created, hashed: [flags(1), expiresAfter(86_400)] }),
    ] as const;
    expect(
      await read(
        assemble(primary, direct, userId('A'), onUserId('A', { createdAtMs: created + day, hashed: [flags(3), expiresAfter(864_000)] })),
      ),
    ).toMatchObject({ maySign: false, expiresAtMs: created + day });
  });

  it('made in the future has no valid signature', async () => {
    expect(await read(certificateFor(key), created - day)).toMatchObject({ valid: false });
  });

  it('is revoked for the worst of its revocations', async () => {
    const revocation = (code: number, days: number): readonly [number, Uint8Array] => [
      packetTag.signature,
      forgeSignature(key, overKey(key), {
        type: 0x20,
        createdAtMs: created + days * day,
        hashed: [{ type: 29, body: Uint8Array.of(code) }],
      }),
    ];
    expect(await read(assemble(primary, revocation(3, 1), revocation(2, 5), userId('A'), onUserId('A')))).toMatchObject({
      revocation: { reason: 'compromised', hard: true },
    });
    expect(await read(assemble(primary, revocation(3, 5), revocation(1, 2), userId('A'), onUserId('A')))).toMatchObject({
      revocation: { reason: 'superseded', hard: false, madeAtMs: created + 2 * day },
    });
  });

  it('accepts a designated revoker only if it is named and its key is available', async () => {
    const naming = [
      packetTag.signature,
      forgeSignature(key, overKey(key), {
        type: 0x1f,
        createdAtMs: created,
        hashed: [{ type: 12, body: concatBytes([Uint8Array.of(0x80, other.algorithm), Buffer.from(other.fingerprint, 'hex')]) }],
      }),
    ] as const;
    const revocation = [packetTag.signature, forgeSignature(other, overKey(key), { type: 0x20, createdAtMs: created + day })] as const;
    const named = assemble(primary, naming, revocation, userId('A'), onUserId('A'));
    expect(await readCertificate(named, nowMs, finder(certificateFor(other)))).toMatchObject({
      revocation: { reason: 'unspecified', hard: true },
    });
    expect(await readCertificate(named, nowMs, finder())).toMatchObject({ revocation: null });
    expect(await readCertificate(named, nowMs)).toMatchObject({ revocation: null });
    expect(
      await readCertificate(assemble(primary, revocation, userId('A'), onUserId('A')), nowMs, finder(certificateFor(other))),
    ).toMatchObject({ revocation: null });
  });
});

describe('bytes of a certificate', () => {
  it.each([
    ['nothing', new Uint8Array(0)],
    ['a signature', formatPacket(packetTag.signature, new Uint8Array(30))],
    ['a version 3 key', formatPacket(packetTag.publicKey, Uint8Array.of(3, 0, 0, 0, 0, 0, 0, 1, 0, 8, 255, 0, 2, 3))],
    ['a key without its numbers', formatPacket(packetTag.publicKey, Uint8Array.of(4, 0, 0, 0, 0, 1))],
    ['two keys', concatBytes([certificateFor(key).bytes, certificateFor(other).bytes])],
    ['a secret key', concatBytes([formatPacket(packetTag.secretKey, key.body)])],
    ['text', Buffer.from('no key')],
  ])('are refused if they hold %s', async (_, bytes) => {
    expect(await readCertificate({ bytes, source: 'test' }, nowMs)).toBeNull();
  });

  it('of several copies are merged, whatever each one holds', async () => {
    const revocation = [packetTag.signature, forgeSignature(key, overKey(key), { type: 0x20, createdAtMs: created })] as const;
    const copies = [
      assemble(primary, userId('A'), onUserId('A')),
      assemble(primary, revocation, userId('B'), onUserId('B')),
      { bytes: Buffer.from('broken'), source: 'broken' },
      certificateFor(other),
    ];
    const merged = mergeCertificates(copies);
    expect(merged).toHaveLength(2);
    const certificate = await read(merged[0]!);
    expect(certificate).toMatchObject({
      revocation: { hard: true },
      userIds: [
        { text: 'A', selfSigned: true },
        { text: 'B', selfSigned: true },
      ],
    });
    const single = certificateFor(other);
    expect(mergeCertificates([single])).toEqual([single]);
  });

  it('are cached by a reader', async () => {
    const reader = createCertificateReader(nowMs);
    const bytes = certificateFor(key);
    expect(await reader(bytes)).toBe(await reader({ ...bytes, bytes: Uint8Array.from(bytes.bytes) }));
  });
});
