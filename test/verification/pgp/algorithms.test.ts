/** Every algorithm in which openpgp can make keys, verified by this package; every altered byte is refused. */
import type { PrivateKey } from 'openpgp';
import { describe, expect, it } from 'vitest';

import { documentOf } from '../../../src/proof/openpgp/packet/document.js';
import type { SignedDocument } from '../../../src/proof/openpgp/packet/signed-document.js';
import type { WeakAlgorithms } from '../../../src/proof/openpgp/signature/judge-signature.js';
import { checkSignatures } from '../../../src/proof/openpgp/signature/signatures.js';
import { certificateFor, type ForgedKind, forgeKey, forgeSignature, packetOf } from './forge.js';
import { finder, fingerprintOf, keyDate, makeKey, nowMs, signDate, signDetached, type TestKeyOptions } from './keys.js';

const text = Buffer.from('a jar, or so it says\n');
const options = { atMs: nowMs, weak: { policy: 'fail' } } as const;

const kinds: readonly { readonly name: string; readonly algorithm: string; readonly key: TestKeyOptions }[] = [
  { name: 'RSA 2048', algorithm: 'RSA 2048', key: { type: 'rsa', rsaBits: 2048 } },
  { name: 'Ed25519, version 4', algorithm: 'Ed25519', key: {} },
  { name: 'P-256', algorithm: 'ECDSA P-256', key: { curve: 'nistP256' } },
  { name: 'P-384', algorithm: 'ECDSA P-384', key: { curve: 'nistP384' } },
  { name: 'P-521', algorithm: 'ECDSA P-521', key: { curve: 'nistP521' } },
  { name: 'version 6, Ed25519', algorithm: 'Ed25519', key: { type: 'curve25519', config: { v6Keys: true } } },
  { name: 'version 6, Ed448', algorithm: 'Ed448', key: { type: 'curve448', config: { v6Keys: true } } },
  { name: 'version 6, RSA', algorithm: 'RSA 2048', key: { type: 'rsa', rsaBits: 2048, config: { v6Keys: true } } },
  { name: 'version 4, new Ed25519', algorithm: 'Ed25519', key: { type: 'curve25519' } },
  { name: 'a signing subkey', algorithm: 'Ed25519', key: { subkeys: [{ sign: true }] } },
  {
    name: 'a signing subkey, version 6',
    algorithm: 'Ed25519',
    key: { type: 'curve25519', subkeys: [{ sign: true }], config: { v6Keys: true } },
  },
];

describe('algorithms', () => {
  it.each(kinds)('$name: good, and bad for another file', async ({ algorithm, key: keyOptions }) => {
    const key: PrivateKey = await makeKey(keyOptions);
    const signature = await signDetached(key, text);
    const find = finder(key);
    const { findings, certificates } = await checkSignatures(documentOf(text), signature, find, options);
    expect(findings).toMatchObject([
      { status: 'good', fingerprint: fingerprintOf(key), algorithm, userId: 'Ada Example <ada@example.org>', notes: [] },
    ]);
    expect(certificates.get(fingerprintOf(key))?.valid).toBe(true);

    // For a large document only the digest is used, and openpgp if node:crypto needs more.
    const large = (bytes: Uint8Array): SignedDocument => ({ ...documentOf(bytes), size: 2 ** 30 });
    expect((await checkSignatures(large(text), signature, find, options)).findings).toEqual(findings);
    expect((await checkSignatures(large(Buffer.from('another\n')), signature, find, options)).findings).toMatchObject([{ status: 'bad' }]);

    const other = await checkSignatures(documentOf(Buffer.from('another\n')), signature, find, options);
    expect(other.findings).toMatchObject([{ status: 'bad', fingerprint: fingerprintOf(key) }]);
    const unknown = await checkSignatures(documentOf(text), signature, finder(), options);
    expect(unknown.findings).toMatchObject([{ status: 'unknown-key', fingerprint: null, signingKey: findings[0]?.signingKey }]);
  });

  const forgedKinds: readonly ForgedKind[] = [
    'rsa',
    'dsa2048',
    'ed25519',
    'P-256',
    'P-521',
    'secp256k1',
    'brainpoolP256r1',
    'brainpoolP384r1',
    'brainpoolP512r1',
  ];
  it.each(forgedKinds)('%s by node:crypto', async (kind) => {
    const key = forgeKey(kind, keyDate.getTime());
    const signature = packetOf.signature(forgeSignature(key, text, { type: 0, createdAtMs: signDate.getTime() }));
    const find = finder(certificateFor(key));
    expect((await checkSignatures(documentOf(text), signature, find, options)).findings).toMatchObject([
      { status: 'good', fingerprint: key.fingerprint },
    ]);
    expect((await checkSignatures(documentOf(Buffer.from('other')), signature, find, options)).findings).toMatchObject([{ status: 'bad' }]);
    const large: SignedDocument = { ...documentOf(text), size: 2 ** 30 };
    expect((await checkSignatures(large, signature, find, options)).findings).toMatchObject([{ status: 'good' }]);
    // Text: the same bytes with other line endings.
    const canonical = Buffer.from('a jar, or so it says\r\n');
    const asText = packetOf.signature(forgeSignature(key, canonical, { type: 1, createdAtMs: signDate.getTime() }));
    for (const document of [text, canonical])
      expect((await checkSignatures(documentOf(document), asText, find, options)).findings).toMatchObject([{ status: 'good' }]);
    const old = packetOf.signature(forgeSignature(key, text, { type: 0, createdAtMs: signDate.getTime(), version: 3 }));
    expect((await checkSignatures(documentOf(text), old, find, options)).findings).toMatchObject([{ status: 'good' }]);
  });

  it.each([
    ['SHA-1', 2],
    ['RIPEMD-160', 3],
    ['MD5', 1],
  ] as const)('%s is weak', async (name, hash) => {
    const key = forgeKey('rsa', keyDate.getTime());
    const signature = packetOf.signature(forgeSignature(key, text, { type: 0, createdAtMs: signDate.getTime(), hash }));
    const find = finder(certificateFor(key));
    const check = async (weak: WeakAlgorithms): Promise<string | undefined> =>
      (await checkSignatures(documentOf(text), signature, find, { atMs: nowMs, weak })).findings[0]?.status;
    expect((await checkSignatures(documentOf(text), signature, find, options)).findings).toMatchObject([{ hash: name }]);
    const accepted = name === 'MD5' ? 'weak' : 'good';
    expect([await check({ policy: 'fail' }), await check({ policy: 'warn' }), await check({ policy: 'accept' })]).toEqual([
      'weak',
      'weak',
      accepted,
    ]);
    expect([await check({ policy: 'fail', until: nowMs }), await check({ policy: 'fail', until: 0 })]).toEqual([accepted, 'weak']);
  });

  it('DSA 1024 is weak, and a hash shorter than the group is refused', async () => {
    const key = forgeKey('dsa1024', keyDate.getTime());
    const find = finder(certificateFor(key));
    const signature = packetOf.signature(forgeSignature(key, text, { type: 0, createdAtMs: signDate.getTime() }));
    expect((await checkSignatures(documentOf(text), signature, find, options)).findings).toMatchObject([
      { status: 'weak', algorithm: 'DSA 1024' },
    ]);
    const curve = forgeKey('P-256', keyDate.getTime());
    const short = packetOf.signature(forgeSignature(curve, text, { type: 0, createdAtMs: signDate.getTime(), hash: 2 }));
    expect((await checkSignatures(documentOf(text), short, finder(certificateFor(curve)), options)).findings).toMatchObject([
      { status: 'bad' },
    ]);
  });

  it('an RSA key of 1024 bits is weak', async () => {
    const key = await makeKey({ type: 'rsa', rsaBits: 1024 });
    const signature = await signDetached(key, text);
    expect((await checkSignatures(documentOf(text), signature, finder(key), options)).findings).toMatchObject([
      { status: 'weak', algorithm: 'RSA 1024' },
    ]);
    const accepted = await checkSignatures(documentOf(text), signature, finder(key), { atMs: nowMs, weak: { policy: 'accept' } });
    expect(accepted.findings).toMatchObject([{ status: 'good', notes: ['it uses a key of RSA 1024, which is weak'] }]);
  });
});
