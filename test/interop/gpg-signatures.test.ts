/**
 * Keys, signatures, expiries and revocations as the real gpg makes them. A signature that gpg calls bad is bad here, and one that it calls
 * good is good here if weak algorithms are accepted. docs/trust.md lists the differences, and so does `expected`.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import type { PublicKey } from '../../src/proof/openpgp/certificate/certificate.js';
import type { CertificateBytes } from '../../src/proof/openpgp/certificate/certificate-source.js';
import { readCertificate } from '../../src/proof/openpgp/certificate/read-certificate.js';
import { documentOf } from '../../src/proof/openpgp/packet/document.js';
import { indexKeys } from '../../src/proof/openpgp/packet/key-index.js';
import { checkSignatures } from '../../src/proof/openpgp/signature/signatures.js';
import type { SignatureFinding } from '../../src/proof/signature-verdict.js';
import { agreesWithGpg, createGpgHome, type GpgHome, type GpgVerdict, runSqv } from './gpg-home.js';
import { missingPrograms, skipUnlessThere } from './programs.js';

const missing = missingPrograms(['gpg', 'gpgconf']);
const document = Buffer.from('first line\r\nsecond line \n\tthird\r and more\r\r\nzero\0in it, \0\r\0at its end\0\r\0\n\0\nno end\0');
const now = '2024-01-01';

const algorithms = [
  'rsa2048',
  'rsa3072',
  'dsa1024',
  'dsa2048',
  'dsa3072',
  'nistp256',
  'nistp384',
  'nistp521',
  'brainpoolP256r1',
  'brainpoolP384r1',
  'brainpoolP512r1',
  'secp256k1',
  'ed25519',
];
const digests = ['MD5', 'SHA1', 'RIPEMD160', 'SHA224', 'SHA256', 'SHA384', 'SHA512'];

function finder(keyring: Uint8Array): (id: string) => Promise<readonly CertificateBytes[]> {
  const entries = indexKeys(keyring);
  return async (id) =>
    entries
      .filter(({ fingerprints, keyIds }) => fingerprints.includes(id) || keyIds.includes(id))
      .map(({ offset, length }) => ({ source: 'gpg', bytes: keyring.subarray(offset, offset + length) }));
}

async function ours(keyring: Uint8Array, signature: Uint8Array, of: Uint8Array, at = now): Promise<readonly SignatureFinding[]> {
  const options = { atMs: Date.parse(`${at}T12:00:00Z`), weak: { policy: 'accept' } } as const;
  return (await checkSignatures(documentOf(of), signature, finder(keyring), options)).findings;
}

/** In a batch, gpg stops at the first bad signature. */
function expectAgreement(what: string, gpg: readonly GpgVerdict[], findings: readonly SignatureFinding[]): void {
  const shown = findings.map(({ status, sentence, notes }) => ({ status, sentence, notes }));
  const same =
    gpg.length === 0
      ? findings.every(({ status }) => status !== 'good')
      : gpg.length <= findings.length && gpg.every((verdict, index) => agreesWithGpg(verdict.status, findings[index]!));
  expect(same, `${what}: gpg ${JSON.stringify(gpg)}, ours ${JSON.stringify(shown)}`).toBe(true);
}

interface Listed {
  readonly key: string;
  readonly state: 'revoked' | 'expired' | 'usable' | 'invalid';
  readonly expiresAtMs: number | null;
  readonly sign: boolean;
  readonly certify: boolean;
}

/** Keys and user IDs from `--with-colons`, in gpg's order. */
function parseListing(listing: string): readonly (Listed | string)[] {
  const rows: (Listed | string)[] = [];
  for (const line of listing.split('\n')) {
    const [kind, letter = '', , , keyId = '', , expires = '', , , name = '', , usage = ''] = line.split(':');
    const state = letter === 'r' ? 'revoked' : letter === 'e' ? 'expired' : letter === 'i' ? 'invalid' : 'usable';
    if (kind === 'uid') rows.push(`${name} ${state}`);
    if (kind === 'pub' || kind === 'sub')
      rows.push({
        key: keyId,
        state,
        expiresAtMs: expires === '' ? null : Number(expires) * 1000,
        sign: usage.includes('s'),
        certify: usage.includes('c'),
      });
  }
  return rows;
}

/** The same as this package reads it. gpg lists the primary user ID first, and applies the state of a key to its user IDs and subkeys. */
async function listed(keyring: Uint8Array, at: string): Promise<readonly (Listed | string)[]> {
  const atMs = Date.parse(`${at}T12:00:00Z`);
  const find = finder(keyring);
  const rows: (Listed | string)[] = [];
  for (const { fingerprint } of indexKeys(keyring)) {
    const [bytes] = await find(fingerprint);
    const certificate = bytes === undefined ? null : await readCertificate(bytes, atMs, find);
    if (certificate === null) throw new Error(`${fingerprint} cannot be read`);
    const stateOf = ({ revocation, expiresAtMs }: Pick<PublicKey, 'revocation' | 'expiresAtMs'>): Listed['state'] =>
      revocation !== null ? 'revoked' : expiresAtMs !== null && expiresAtMs < atMs ? 'expired' : 'usable';
    const own = certificate.valid ? stateOf(certificate) : 'invalid';
    for (const key of [certificate, ...certificate.subkeys]) {
      const state = own === 'usable' ? stateOf(key) : own;
      rows.push({ key: key.keyId, state, expiresAtMs: key.expiresAtMs, sign: key.maySign, certify: key.mayCertify });
      if (key !== certificate) continue;
      const userIds = [...certificate.userIds].sort((a, b) => Number(b.primary) - Number(a.primary));
      for (const userId of userIds) rows.push(`${userId.text} ${own === 'usable' || own === 'invalid' ? stateOf(userId) : own}`);
    }
  }
  return rows;
}

describe('gpg agrees on', () => {
  let gpg: GpgHome;
  beforeEach((context) => skipUnlessThere(context, missing));
  beforeAll(async () => {
    if (missing.length === 0) gpg = await createGpgHome();
  });
  afterAll(async () => {
    if (missing.length === 0) await gpg.close();
  });

  it.each(algorithms)('%s: every digest, binary, text and armored, unchanged and changed', async (algorithm) => {
    const key = await gpg.makeKey('2020-01-01', `plain-${algorithm}`, algorithm, 'cert,sign');
    const keyring = await gpg.export(key);
    let made = 0;
    for (const digest of digests) {
      for (const form of [[], ['--textmode'], ['--armor', '--textmode']]) {
        const signature = await gpg.sign('2021-01-01', key, document, ['--digest-algo', digest, ...form]);
        if (signature === null) continue;
        made++;
        const what = `${algorithm} ${digest} ${form.join(' ')}`;
        expectAgreement(what, await gpg.verify(now, signature, document), await ours(keyring, signature, document));
        const changed = Buffer.concat([document, Buffer.of(1)]);
        expectAgreement(`${what}, changed`, await gpg.verify(now, signature, changed), await ours(keyring, signature, changed));
      }
    }
    expect(made).toBeGreaterThan(2);
  });

  /** Every month from 2019 to 2024: signatures of 2021 and gpg's verdicts on them. */
  async function compareOverTime(what: string, signature: Uint8Array, key: string): Promise<void> {
    const keyring = await gpg.export(key);
    for (const at of ['2020-06-01', '2021-06-01', '2022-06-01', '2023-06-01', '2024-01-01']) {
      const findings = await ours(keyring, signature, document, at);
      if (findings.some(({ sentence }) => sentence.includes('in the future'))) continue; // A difference: see docs/trust.md.
      expectAgreement(`${what} at ${at}`, await gpg.verify(at, signature, document), findings);
    }
  }

  async function signed(at: string, key: string): Promise<Uint8Array> {
    const signature = await gpg.sign(at, key, document);
    expect(signature).not.toBeNull();
    return signature!;
  }

  it('the expiry of a key, and its extension', async () => {
    const key = await gpg.makeKey('2020-01-01', 'expires', 'ed25519', 'cert,sign', '2022-01-01');
    const before = await signed('2021-01-01', key);
    await compareOverTime('expires in 2022', before, key);
    expect(await ours(await gpg.export(key), before, document, '2023-01-01')).toMatchObject([
      { status: 'good', notes: [expect.stringContaining('has expired since, on 2022-01-01')] },
    ]);
    await gpg.must('2021-07-01', ['--quick-set-expire', key, '2023-01-01']);
    await compareOverTime('extended to 2023', before, key);
    const shortened = await gpg.makeKey('2020-01-01', 'shortened', 'rsa2048', 'cert,sign', 'never');
    const late = await signed('2022-01-01', shortened);
    await gpg.must('2022-07-01', ['--quick-set-expire', shortened, '2022-07-02']);
    await compareOverTime('expires after it signed', late, shortened);
  });

  it('the expiry of a signature', async () => {
    const key = await gpg.makeKey('2020-01-01', 'short-lived', 'ed25519', 'cert,sign');
    const signature = await gpg.sign('2021-01-01', key, document, ['--default-sig-expire', '2022-01-01']);
    await compareOverTime('signature expires', signature!, key);
    expect(await ours(await gpg.export(key), signature!, document)).toMatchObject([{ status: 'expired' }]);
  });

  it.each([
    ['unspecified', '0', true],
    ['compromised', '1', true],
    ['superseded', '2', false],
    ['retired', '3', false],
  ] as const)('a key revoked: %s', async (reason, code, hard) => {
    const key = await gpg.makeKey('2020-01-01', `revoked-${reason}`, 'nistp256', 'cert,sign');
    const before = await signed('2021-01-01', key);
    const after = await signed('2023-01-01', key);
    const output = `${gpg.folder}/${reason}.rev`;
    await gpg.must('2022-01-01', ['--output', output, '--gen-revoke', key], ['y', code, 'in my own words', '', 'y']);
    await gpg.must('2022-01-01', ['--import', output]);
    await compareOverTime(`revoked as ${reason}, signed before`, before, key);
    await compareOverTime(`revoked as ${reason}, signed after`, after, key);
    const keyring = await gpg.export(key);
    expect(await ours(keyring, before, document)).toMatchObject([{ status: hard ? 'revoked' : 'good' }]);
    expect(await ours(keyring, after, document)).toMatchObject([{ status: 'revoked' }]);
  });

  it('subkeys: signing, for encryption, expired, revoked', async () => {
    const key = await gpg.makeKey('2020-01-01', 'with-subkeys', 'ed25519', 'cert');
    await gpg.must('2020-01-01', ['--quick-add-key', key, 'rsa2048', 'sign', '2022-01-01']);
    await gpg.must('2020-01-01', ['--quick-add-key', key, 'cv25519', 'encr', 'never']);
    await gpg.must('2020-01-01', ['--quick-add-key', key, 'elg2048', 'encr', 'never']);
    const first = await signed('2021-01-01', key);
    await compareOverTime('signing subkey expires', first, key);
    await gpg.must('2022-02-01', ['--quick-add-key', key, 'ed25519', 'sign', 'never']);
    const second = await signed('2022-06-01', key);
    await compareOverTime('second signing subkey', second, key);
    expect(await ours(await gpg.export(key), second, document)).toMatchObject([{ status: 'good', algorithm: 'Ed25519' }]);
    await gpg.must('2023-01-01', ['--edit-key', key], ['key 4', 'revkey', 'y', '1', 'lost', '', 'y', 'save']);
    await compareOverTime('second signing subkey revoked', second, key);
    expect(await ours(await gpg.export(key), second, document)).toMatchObject([{ status: 'revoked' }]);
    await compareOverTime('first signing subkey, another one revoked', first, key);
  });

  it('user IDs: revoked, several, primary', async () => {
    const key = await gpg.makeKey('2020-01-01', 'names', 'ed25519', 'cert,sign');
    await gpg.must('2020-02-01', ['--quick-add-uid', key, 'Second Name <second@example.org>']);
    await gpg.must('2020-03-01', ['--quick-add-uid', key, 'Third Name <third@example.org>']);
    await gpg.must('2020-04-01', ['--quick-set-primary-uid', key, 'Second Name <second@example.org>']);
    const signature = await signed('2021-01-01', key);
    expect(await ours(await gpg.export(key), signature, document)).toMatchObject([
      { status: 'good', userId: 'Second Name <second@example.org>' },
    ]);
    await gpg.must('2021-02-01', ['--quick-revoke-uid', key, 'Second Name <second@example.org>']);
    await compareOverTime('primary user ID revoked', signature, key);
    expect((await ours(await gpg.export(key), signature, document))[0]?.userId).not.toBe('Second Name <second@example.org>');
  });

  it('a revocation by a designated revoker', async () => {
    const revoker = await gpg.makeKey('2020-01-01', 'revoker', 'rsa2048', 'cert,sign');
    const key = await gpg.makeKey('2020-01-01', 'revocable', 'ed25519', 'cert,sign');
    const signature = await signed('2021-01-01', key);
    await gpg.must('2020-02-01', ['--edit-key', key], ['addrevoker', revoker, 'y', 'save']);
    const both = async (): Promise<Uint8Array> => Buffer.concat([await gpg.export(key), await gpg.export(revoker)]);
    expect(await ours(await both(), signature, document)).toMatchObject([{ status: 'good' }]);
    const output = `${gpg.folder}/designated.rev`;
    await gpg.must('2022-01-01', ['--output', output, '--desig-revoke', key], ['y', '1', '', 'y']);
    await gpg.must('2022-01-01', ['--import', output]);
    expectAgreement('designated revoker', await gpg.verify(now, signature, document), await ours(await both(), signature, document));
    expect(await ours(await both(), signature, document)).toMatchObject([{ status: 'revoked' }]);
  });

  it('several signatures in a file, one of them bad, one by an unknown key', async () => {
    const good = await gpg.makeKey('2020-01-01', 'one-of-three', 'ed25519', 'cert,sign');
    const other = await gpg.makeKey('2020-01-01', 'two-of-three', 'nistp256', 'cert,sign');
    const unknown = await gpg.makeKey('2020-01-01', 'three-of-three', 'ed25519', 'cert,sign');
    const bad = await gpg.sign('2021-01-01', other, Buffer.from('something else'));
    const parts = [await signed('2021-01-01', good), bad!, await signed('2021-01-01', unknown)];
    const stranger = await gpg.export(unknown);
    const secret = await gpg.run(now, ['--delete-secret-and-public-key', unknown]);
    expect([secret.code, stranger.length > 0]).toEqual([0, true]);
    for (const file of [Buffer.concat(parts), Buffer.concat([parts[1]!, parts[0]!]), parts[2]!]) {
      expectAgreement('several', await gpg.verify(now, file, document), await ours(await gpg.export(), file, document));
    }
  });

  it('data that is not a detached signature', async () => {
    const key = await gpg.makeKey('2020-01-01', 'inline', 'ed25519', 'cert,sign');
    const keyring = await gpg.export(key);
    for (const mode of ['--sign', '--clear-sign', '--store']) {
      const { stdout } = await gpg.must('2021-01-01', ['--local-user', key, '--output', '-', mode, `${gpg.folder}/pubring.kbx`]);
      const findings = await ours(keyring, stdout, document);
      expect(findings).toMatchObject([{ status: 'malformed' }]);
    }
  });

  it('every key above: expiry, revocation, usage, user IDs', async () => {
    const keyring = await gpg.export();
    for (const at of ['2019-06-01', '2020-06-01', '2022-06-01', '2023-06-01', now]) {
      const { stdout } = await gpg.run(at, [
        '--with-colons',
        '--fixed-list-mode',
        '--list-options',
        'show-unusable-uids,show-unusable-subkeys',
        '--list-keys',
      ]);
      expect(await listed(keyring, at)).toEqual(parseListing(stdout.toString()));
    }
  });

  it('the keyrings that the system came with', async (context) => {
    const folder = '/usr/share/keyrings';
    const rings = await readdir(folder).then(
      (names) => names.filter((file) => /\.(?:gpg|pgp)$/.test(file)).sort(),
      () => [],
    );
    if (rings.length === 0) context.skip(`SKIPPED: no keyrings in ${folder}`);
    const system = await createGpgHome();
    try {
      for (const ring of rings) await system.run(now, ['--import', join(folder, ring)]);
      const keyring = await system.export();
      for (const at of ['2012-06-01', '2018-06-01', now, '2030-01-01']) {
        const { stdout } = await system.run(at, [
          '--with-colons',
          '--fixed-list-mode',
          '--list-options',
          'show-unusable-uids,show-unusable-subkeys',
          '--list-keys',
        ]);
        expect(await listed(keyring, at)).toEqual(parseListing(stdout.toString()));
      }
    } finally {
      await system.close();
    }
  });

  it('signatures, with sqv as a second opinion', async (context) => {
    skipUnlessThere(context, missingPrograms(['sqv']));
    const differs = new Set<string>();
    for (const algorithm of algorithms) {
      const key = await gpg.makeKey('2020-01-01', `sqv-${algorithm}`, algorithm, 'cert,sign');
      const keyring = await gpg.export(key);
      for (const digest of ['SHA1', 'SHA256', 'SHA512']) {
        const signature = await gpg.sign('2021-01-01', key, document, ['--digest-algo', digest]);
        if (signature === null) continue;
        const options = { atMs: Date.parse(now), weak: { policy: 'fail' } } as const;
        const [finding] = (await checkSignatures(documentOf(document), signature, finder(keyring), options)).findings;
        const sqv = await runSqv(gpg.folder, now, keyring, signature, document);
        if (sqv !== (finding?.status === 'good')) differs.add(`${algorithm}: sqv ${sqv ? 'good' : 'bad'}, ours ${finding?.status}`);
        const changed = await runSqv(gpg.folder, now, keyring, signature, Buffer.concat([document, Buffer.of(1)]));
        expect(changed).toBe(false);
      }
    }
    // Its cryptographic library does not know these curves.
    const unknownToIt = ['brainpoolP256r1', 'brainpoolP384r1', 'brainpoolP512r1', 'secp256k1'];
    expect([...differs]).toEqual(unknownToIt.map((algorithm) => `${algorithm}: sqv bad, ours good`));
  });
});
