/** One test for each verdict on a signature. */
import { describe, expect, it } from 'vitest';

import type { CertificateBytes } from '../../../src/proof/openpgp/certificate/certificate-source.js';
import { encodeArmor } from '../../../src/proof/openpgp/packet/armor.js';
import { concatBytes } from '../../../src/proof/openpgp/packet/byte-reader.js';
import { documentOf } from '../../../src/proof/openpgp/packet/document.js';
import { parseKeyPacket } from '../../../src/proof/openpgp/packet/key-packet.js';
import { formatPacket, packetTag } from '../../../src/proof/openpgp/packet/packets.js';
import { chooseFinding } from '../../../src/proof/openpgp/signature/choose-finding.js';
import { checkSignatures } from '../../../src/proof/openpgp/signature/signatures.js';
import type { SignatureFinding } from '../../../src/proof/signature-verdict.js';
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
  overSubkey,
  overUserId,
  packetOf,
  redate,
} from './forge.js';
import { finder, keyDate, nowMs, signDate } from './keys.js';

const text = Buffer.from('a jar\n');
const created = keyDate.getTime();
const signedAt = signDate.getTime();
const year = 365 * 86_400;
const name = Buffer.from('Ada <ada@example.org>');

const key = forgeKey('ed25519', created);
const subkey = forgeKey('ed25519', created);
const other = forgeKey('ed25519', created);

function signatureBy(by: ForgedKey, options: Partial<ForgedSignature> = {}, over: Uint8Array = text): Uint8Array {
  return packetOf.signature(forgeSignature(by, over, { type: 0, createdAtMs: signedAt, ...options }));
}

/** Typed as passed. */
const containing = (part: string): unknown => expect.stringContaining(part);

async function check(signature: Uint8Array, ...keys: readonly CertificateBytes[]): Promise<readonly SignatureFinding[]> {
  return (await checkSignatures(documentOf(text), signature, finder(...keys), { atMs: nowMs, weak: { policy: 'fail' } })).findings;
}

/** Primary key, revocations, user ID and one subkey. */
function withSubkey(
  options: {
    readonly subkeyFlags?: number;
    readonly backSignature?: 'right' | 'wrong' | 'none';
    readonly revocation?: number;
    readonly subkeyRevocation?: number;
    readonly expires?: number;
  } = {},
): CertificateBytes {
  const target = overSubkey(key, subkey);
  const back = options.backSignature ?? 'right';
  const backBody = forgeSignature(back === 'wrong' ? other : subkey, target, { type: 0x19, createdAtMs: created });
  const binding = forgeSignature(key, target, {
    type: 0x18,
    createdAtMs: created,
    hashed: [flags(options.subkeyFlags ?? 2), ...(options.expires === undefined ? [] : [expiresAfter(options.expires)])],
    unhashed: back === 'none' ? [] : [{ type: 32, body: backBody }],
  });
  const reason = (code: number): ForgedSignature['hashed'] => [{ type: 29, body: Uint8Array.of(code) }];
  const revocationAt = Date.parse('2022-01-01T00:00:00Z');
  return assemble(
    [packetTag.publicKey, key.body],
    ...(options.revocation === undefined
      ? []
      : [
          [
            packetTag.signature,
            forgeSignature(key, overKey(key), { type: 0x20, createdAtMs: revocationAt, hashed: reason(options.revocation) ?? [] }),
          ] as const,
        ]),
    [packetTag.userId, name],
    [packetTag.signature, forgeSignature(key, overUserId(key, name), { type: 0x13, createdAtMs: created, hashed: [flags(1)] })],
    [packetTag.publicSubkey, subkey.body],
    [packetTag.signature, binding],
    ...(options.subkeyRevocation === undefined
      ? []
      : [
          [
            packetTag.signature,
            forgeSignature(key, target, { type: 0x28, createdAtMs: revocationAt, hashed: reason(options.subkeyRevocation) ?? [] }),
          ] as const,
        ]),
  );
}

describe('the time of a signature', () => {
  it.each([
    ['in the future', { createdAtMs: nowMs + 1000 }, 'bad', 'which is in the future'],
    ['at this second', { createdAtMs: nowMs }, 'good', 'Signed on 2024-01-01'],
    ['before the key was made', { createdAtMs: created - 1000 }, 'bad', 'before its key was'],
    ['and has expired', { hashed: [{ type: 3, body: number32(year) }] }, 'expired', 'expired on 2022-01-01'],
    ['and will expire', { hashed: [{ type: 3, body: number32(year * 10) }] }, 'good', 'Signed on'],
  ] as const)('%s is judged', async (_, options, status, sentence) => {
    expect(await check(signatureBy(key, options), certificateFor(key))).toMatchObject([
      { status, sentence: containing(sentence), fingerprint: key.fingerprint },
    ]);
  });

  it('is compared with the expiry of the key: expired since, or already when it signed', async () => {
    const expired = certificateFor(key, { hashed: [flags(3), expiresAfter(2 * year)] });
    expect(await check(signatureBy(key), expired)).toMatchObject([
      { status: 'good', notes: [`the key ${key.fingerprint} has expired since, on 2021-12-31`] },
    ]);
    expect(await check(signatureBy(key, { createdAtMs: signedAt + 2 * year * 1000 }), expired)).toMatchObject([
      { status: 'expired', sentence: containing('after the key') },
    ]);
  });

  it('is compared with the expiry of the subkey', async () => {
    expect(await check(signatureBy(subkey), withSubkey({ expires: 2 * year }))).toMatchObject([
      { status: 'good', notes: [containing('has expired since')] },
    ]);
    expect(await check(signatureBy(subkey, { createdAtMs: signedAt + 2 * year * 1000 }), withSubkey({ expires: 2 * year }))).toMatchObject([
      { status: 'expired' },
    ]);
  });

  it('is compared with the expiry in the newest self-signature', async () => {
    const self = (createdAtMs: number, seconds: number): Uint8Array =>
      forgeSignature(key, overUserId(key, name), {
        type: 0x13,
        createdAtMs,
        hashed: [flags(3), ...(seconds === 0 ? [] : [expiresAfter(seconds)])],
      });
    const parts = (...selfs: Uint8Array[]): CertificateBytes =>
      assemble([packetTag.publicKey, key.body], [packetTag.userId, name], ...selfs.map((body) => [packetTag.signature, body] as const));
    const late = signatureBy(key, { createdAtMs: signedAt + 2 * year * 1000 });
    for (const order of [
      [self(created, year), self(created + 1000, 0)],
      [self(created + 1000, 0), self(created, year)],
    ])
      expect(await check(late, parts(...order))).toMatchObject([{ status: 'good' }]);
    expect(await check(late, parts(self(created, 0), self(created + 1000, year)))).toMatchObject([{ status: 'expired' }]);
  });
});

describe('revocation', () => {
  it.each([
    [0, 'revoked', 'for no stated reason'],
    [1, 'good', 'another key'],
    [2, 'revoked', 'compromised'],
    [3, 'good', 'no longer used'],
    [77, 'revoked', 'for no stated reason'],
  ] as const)('for reason %i, of a key that signed before: %s', async (code, status, words) => {
    const before = await check(signatureBy(subkey), withSubkey({ revocation: code }));
    expect(before).toMatchObject([{ status }]);
    expect(`${before[0]?.sentence} ${before[0]?.notes.join()}`).toContain(words);
    const after = signatureBy(subkey, { createdAtMs: Date.parse('2023-01-01') });
    expect(await check(after, withSubkey({ revocation: code }))).toMatchObject([{ status: 'revoked' }]);
    expect(await check(signatureBy(subkey), withSubkey({ subkeyRevocation: code }))).toMatchObject([{ status }]);
    expect(await check(after, withSubkey({ subkeyRevocation: code }))).toMatchObject([{ status: 'revoked' }]);
  });

  it('by another key is ignored', async () => {
    const foreign = forgeSignature(other, overKey(key), { type: 0x20, createdAtMs: signedAt });
    const self = forgeSignature(key, overUserId(key, name), { type: 0x13, createdAtMs: created, hashed: [flags(3)] });
    const certificate = assemble(
      [packetTag.publicKey, key.body],
      [packetTag.signature, foreign],
      [packetTag.userId, name],
      [packetTag.signature, self],
    );
    expect(await check(signatureBy(key), certificate, certificateFor(other))).toMatchObject([{ status: 'good' }]);
  });

  it('known to only one of two keyrings counts', async () => {
    const revoked = withSubkey({ revocation: 2 });
    for (const copies of [
      [withSubkey(), revoked],
      [revoked, withSubkey()],
    ])
      expect(await check(signatureBy(subkey), ...copies)).toMatchObject([{ status: 'revoked' }]);
  });
});

describe('the capability of a key', () => {
  it.each([
    ['a subkey for encryption', { subkeyFlags: 0x0c }, 'may not sign files'],
    ['a subkey that has not signed the primary key', { backSignature: 'none' }, 'not validly bound'],
    ['a subkey that another key claims', { backSignature: 'wrong' }, 'not validly bound'],
  ] as const)('matters: %s', async (_, options, sentence) => {
    expect(await check(signatureBy(subkey), withSubkey(options))).toMatchObject([
      { status: 'bad', sentence: containing(sentence), signingKey: subkey.fingerprint },
    ]);
  });

  it('does not include signing for a primary key that only certifies', async () => {
    expect(await check(signatureBy(key), withSubkey())).toMatchObject([{ status: 'bad', sentence: containing('may not sign files') }]);
    expect(await check(signatureBy(subkey), withSubkey())).toMatchObject([
      { status: 'good', fingerprint: key.fingerprint, signingKey: subkey.fingerprint },
    ]);
  });

  it.each([16, 20])('does not exist for an ElGamal primary key (algorithm %i), which is not an error in a keyring', async (algorithm) => {
    // As in gpg, which has not let them sign since 2003. The numbers are those of a DSA key; they are never read.
    const dsa = forgeKey('dsa1024', created);
    const body = concatBytes([dsa.body.subarray(0, 5), Uint8Array.of(algorithm), dsa.body.subarray(6)]);
    const { fingerprint, keyId } = parseKeyPacket(body);
    const elgamal: ForgedKey = { ...dsa, body, algorithm, fingerprint, keyId };
    expect(await check(signatureBy(elgamal), certificateFor(elgamal))).toMatchObject([{ status: 'malformed' }]);
    const target = overSubkey(elgamal, subkey);
    const back = forgeSignature(subkey, target, { type: 0x19, createdAtMs: created });
    const binding = forgeSignature(elgamal, target, {
      type: 0x18,
      createdAtMs: created,
      hashed: [flags(2)],
      unhashed: [{ type: 32, body: back }],
    });
    const bound = {
      source: 'old',
      bytes: concatBytes([certificateFor(elgamal).bytes, formatPacket(packetTag.publicSubkey, subkey.body), packetOf.signature(binding)]),
    };
    expect(await check(signatureBy(subkey), bound)).toMatchObject([{ status: 'bad', fingerprint }]);
    // It does no harm next to the true owner of the subkey.
    expect(await check(signatureBy(subkey), bound, withSubkey())).toMatchObject([{ status: 'good', fingerprint: key.fingerprint }]);
  });

  it("cannot be stolen by binding another key's subkey", async () => {
    const binding = forgeSignature(other, overSubkey(other, subkey), { type: 0x18, createdAtMs: created, hashed: [flags(2)] });
    const stolen = concatBytes([
      certificateFor(other).bytes,
      formatPacket(packetTag.publicSubkey, subkey.body),
      packetOf.signature(binding),
    ]);
    expect(await check(signatureBy(subkey), { bytes: stolen, source: 'thief' })).toMatchObject([
      { status: 'bad', fingerprint: other.fingerprint },
    ]);
    // If the true owner is also known, it is believed: both keys are tried.
    const both = await check(signatureBy(subkey), withSubkey(), { bytes: stolen, source: 'thief' });
    expect(both).toMatchObject([{ status: 'good', fingerprint: key.fingerprint }]);
    expect(await check(signatureBy(subkey), { bytes: stolen, source: 'thief' }, withSubkey())).toMatchObject([
      { status: 'good', fingerprint: key.fingerprint },
    ]);
  });

  it('needs a self-signed user ID', async () => {
    const forged = forgeSignature(other, overUserId(key, name), { type: 0x13, createdAtMs: created, hashed: [flags(3)] });
    expect(
      await check(signatureBy(key), assemble([packetTag.publicKey, key.body], [packetTag.userId, name], [packetTag.signature, forged])),
    ).toMatchObject([{ status: 'bad', sentence: containing('no valid signature of its own') }]);
  });

  it('may come from a direct-key signature on a key without user IDs', async () => {
    expect(await check(signatureBy(key), assemble([packetTag.publicKey, key.body]))).toMatchObject([
      { status: 'good', userId: null, fingerprint: key.fingerprint },
    ]);
    const direct = (flag: number): CertificateBytes =>
      assemble(
        [packetTag.publicKey, key.body],
        [
          packetTag.signature,
          forgeSignature(key, overKey(key), { type: 0x1f, createdAtMs: created, hashed: [flags(flag), expiresAfter(2 * year)] }),
        ],
      );
    expect(await check(signatureBy(key), direct(3))).toMatchObject([{ status: 'good', notes: [containing('has expired since')] }]);
    expect(await check(signatureBy(key), direct(1))).toMatchObject([{ status: 'bad' }]);
  });
});

describe('the signing key', () => {
  it.each(['both', 'key-id', 'fingerprint'] as const)('is found when named by %s', async (issuer) => {
    expect(await check(signatureBy(key, { issuer }), certificateFor(other), certificateFor(key))).toMatchObject([
      { status: 'good', keyId: key.keyId },
    ]);
  });

  it("is found by its fingerprint despite another key's ID", async () => {
    const changed = packetOf.signature(
      forgeSignature(key, text, {
        type: 0,
        createdAtMs: signedAt,
        issuer: 'fingerprint',
        unhashed: [{ type: 16, body: Buffer.from(other.keyId, 'hex') }],
      }),
    );
    for (const keys of [[certificateFor(key)], [certificateFor(other), certificateFor(key)]])
      expect(await check(changed, ...keys)).toMatchObject([{ status: 'good', fingerprint: key.fingerprint }]);
    expect(await check(changed, certificateFor(other))).toMatchObject([{ status: 'bad', fingerprint: other.fingerprint }]);
  });

  it('is not found when the signature names no issuer', async () => {
    expect(await check(signatureBy(key, { issuer: 'none' }), certificateFor(key))).toMatchObject([
      { status: 'unknown-key', keyId: null, signingKey: null, sentence: containing('does not say which key') },
    ]);
  });

  it('is told apart from another with the same short ID', async () => {
    const byShortId = new Map<string, ForgedKey>();
    let pair: readonly [ForgedKey, ForgedKey] | null = null;
    // The birthday paradox: 2 in 2^32 after about 2^16 tries; the date of a key can be chosen freely.
    for (let second = 1; pair === null && second < 1_000_000; second++) {
      const candidate = redate(key, created - second * 1000);
      const before = byShortId.get(candidate.keyId.slice(8));
      if (before !== undefined) pair = [before, candidate];
      byShortId.set(candidate.keyId.slice(8), candidate);
    }
    const [a, b] = pair!;
    expect([a.keyId.slice(8) === b.keyId.slice(8), a.fingerprint === b.fingerprint]).toEqual([true, false]);
    expect(await check(signatureBy(b, { issuer: 'key-id' }), certificateFor(a), certificateFor(b))).toMatchObject([
      { status: 'good', fingerprint: b.fingerprint },
    ]);
    expect(await check(signatureBy(b, { issuer: 'key-id' }), certificateFor(a))).toMatchObject([{ status: 'unknown-key' }]);
  });

  it('is shown with terminal escapes and reordered text in its user ID escaped', async () => {
    const userId = '\u001b[31mRoot\u001b]0;owned\u0007 \u202Egro.live@toor\u202C';
    const [finding] = await check(signatureBy(key), certificateFor(key, { userId }));
    expect(finding).toMatchObject({ status: 'good', userId });
    expect(finding?.sentence).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/);
    expect(finding?.sentence).toContain('\\u001b[31mRoot');
  });
});

describe('nested packets', () => {
  it('signatures in the unsigned parts of signatures, fifty deep, are handled', async () => {
    const nest = (depth: number): Uint8Array =>
      forgeSignature(key, text, { type: 0, createdAtMs: signedAt, unhashed: depth === 0 ? [] : [{ type: 32, body: nest(depth - 1) }] });
    expect(await check(packetOf.signature(nest(50)), certificateFor(key))).toMatchObject([{ status: 'good' }]);
    // In place of the subkey's own signature on its primary key.
    const target = overSubkey(key, subkey);
    const binding = forgeSignature(key, target, {
      type: 0x18,
      createdAtMs: created,
      hashed: [flags(2)],
      unhashed: [{ type: 32, body: nest(50) }],
    });
    const self = forgeSignature(key, overUserId(key, name), { type: 0x13, createdAtMs: created, hashed: [flags(1)] });
    const certificate = assemble(
      [packetTag.publicKey, key.body],
      [packetTag.userId, name],
      [packetTag.signature, self],
      [packetTag.publicSubkey, subkey.body],
      [packetTag.signature, binding],
    );
    expect(await check(signatureBy(subkey), certificate)).toMatchObject([{ status: 'bad', sentence: containing('not validly bound') }]);
  });

  it.each([
    ['compressed data', 8],
    ['encrypted data', 9],
    ['literal data', 11],
    ['one-pass signature', 4],
    ['a key', 6],
  ])('a signature in or next to a packet of %s is refused', async (_, tag) => {
    const signature = signatureBy(key);
    // Compressed data: method 0 is uncompressed, so the packets inside are in plain sight.
    const around = formatPacket(tag, concatBytes([Uint8Array.of(0), signature]));
    for (const file of [around, concatBytes([around, signature]), concatBytes([signature, around])])
      expect(await check(file, certificateFor(key))).toMatchObject([{ status: 'malformed' }]);
  });
});

describe('signature files', () => {
  const good = signatureBy(key);
  const bad = signatureBy(key, {}, Buffer.from('something else'));
  const unknown = signatureBy(other);

  it('may hold several signatures, in packets and in armored blocks', async () => {
    const armored = (bytes: Uint8Array): Uint8Array => Buffer.from(encodeArmor('PGP SIGNATURE', bytes));
    const comment = Buffer.from('Some words before.\n');
    for (const file of [
      concatBytes([bad, unknown, good]),
      armored(concatBytes([bad, unknown, good])),
      concatBytes([comment, armored(bad), armored(unknown), comment, armored(good)]),
    ]) {
      const findings = await check(file, certificateFor(key));
      expect(findings.map(({ status }) => status)).toEqual(['bad', 'unknown-key', 'good']);
      const chosen = chooseFinding(findings);
      expect(chosen).toMatchObject({
        status: 'good',
        notes: [containing('another signature in the file is bad'), containing('is unknown-key')],
      });
    }
    expect(chooseFinding(await check(concatBytes([unknown, bad]), certificateFor(key))).status).toBe('bad');
    expect(chooseFinding(await check(unknown, certificateFor(key)))).toMatchObject({ status: 'unknown-key', notes: [] });
  });

  it('with two good signatures give the trusted one', async () => {
    const findings = await check(concatBytes([good, unknown]), certificateFor(key), certificateFor(other));
    expect(chooseFinding(findings).fingerprint).toBe(key.fingerprint);
    expect(chooseFinding(findings, ({ fingerprint }) => fingerprint === other.fingerprint).fingerprint).toBe(other.fingerprint);
  });

  it.each([
    ['nothing', new Uint8Array(0), 'it is empty'],
    ['a web page', Buffer.from('<html>not found</html>'), 'neither OpenPGP packets nor an armored block'],
    ['an armored block without an end', Buffer.from(encodeArmor('PGP SIGNATURE', good).slice(0, -20)), 'does not end'],
    ['an armored block with a wrong checksum', Buffer.from(encodeArmor('PGP SIGNATURE', good).replace(/\n=..../, '\n=AAAA')), 'checksum'],
    ['a key', Buffer.from(encodeArmor('PGP PUBLIC KEY BLOCK', certificateFor(key).bytes)), 'PGP PUBLIC KEY BLOCK'],
    ['a message with its own data', concatBytes([good, formatPacket(11, Buffer.from('b\0\0\0\0\0text'))]), 'not a detached signature'],
    ['a one-pass signature', concatBytes([formatPacket(4, new Uint8Array(13)), good]), 'not a detached signature'],
    ['a truncated packet', good.subarray(0, -3), 'cut off'],
    ['more than 64 KiB', new Uint8Array(65 * 1024).fill(0xc2), 'longer than'],
    ['33 signatures', concatBytes(Array.from({ length: 33 }, () => good)), 'more than 32'],
    ['a partial length', concatBytes([Uint8Array.of(0xc2, 0xe0), good]), 'partial length'],
    ['a version 5 signature', packetOf.signature(concatBytes([Uint8Array.of(5), good.subarray(3)])), 'version 5'],
    ['a certification', signatureBy(key, { type: 0x10 }), 'not for files'],
    ['a timestamp', signatureBy(key, { type: 0x40 }), 'not for files'],
    ['an unknown hash', signatureBy(key, { hash: 99 }), 'hash algorithm 99'],
  ] as const)('are malformed: %s', async (_, file, sentence) => {
    expect(await check(file, certificateFor(key))).toMatchObject([{ status: 'malformed', sentence: containing(sentence) }]);
  });

  it('with an unknown critical subpacket are refused', async () => {
    expect(
      await check(signatureBy(key, { hashed: [{ type: 100, body: Uint8Array.of(1), critical: true }] }), certificateFor(key)),
    ).toMatchObject([{ status: 'bad', sentence: containing('critical') }]);
    expect(await check(signatureBy(key, { hashed: [{ type: 100, body: Uint8Array.of(1) }] }), certificateFor(key))).toMatchObject([
      { status: 'good' },
    ]);
  });
});
