/**
 * Keys, signatures, expiries and revocations as the real gpg makes them; what it calls bad is bad here, what it calls
 * good is good here where weak algorithms are accepted. docs/trust.md lists the differences, and so does `expected`.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { CertificateBytes } from '../../src/verification/pgp/certificate-source.js';
import { documentOf } from '../../src/verification/pgp/document.js';
import { indexKeys } from '../../src/verification/pgp/key-index.js';
import { checkSignatures } from '../../src/verification/pgp/signatures.js';
import type { SignatureFinding } from '../../src/verification/pgp/signature-verdict.js';
import type { GpgHome, GpgVerdict } from './gpg-home.js';
import { createGpgHome } from './gpg-home.js';
import { missingPrograms, skipUnlessThere } from './programs.js';

const missing = missingPrograms(['gpg', 'gpgconf']);
const document = Buffer.from('first line\r\nsecond line \n\tthird\r and more\r\r\nno end');
const now = '2024-01-01';

const algorithms = ['rsa2048', 'rsa3072', 'dsa1024', 'dsa2048', 'dsa3072', 'nistp256', 'nistp384', 'nistp521', 'brainpoolP256r1', 'brainpoolP384r1', 'brainpoolP512r1', 'secp256k1', 'ed25519'];
const digests = ['MD5', 'SHA1', 'RIPEMD160', 'SHA224', 'SHA256', 'SHA384', 'SHA512'];

function finder(keyring: Uint8Array): (id: string) => Promise<readonly CertificateBytes[]> {
  const entries = indexKeys(keyring);
  return async (id) => entries
    .filter(({ fingerprints, keyIds }) => fingerprints.includes(id) || keyIds.includes(id))
    .map(({ offset, length }) => ({ source: 'gpg', bytes: keyring.subarray(offset, offset + length) }));
}

async function ours(keyring: Uint8Array, signature: Uint8Array, of: Uint8Array, at = now): Promise<readonly SignatureFinding[]> {
  const options = { atMs: Date.parse(`${at}T12:00:00Z`), weak: { policy: 'accept' } } as const;
  return (await checkSignatures(documentOf(of), signature, finder(keyring), options)).findings;
}

/** Our verdicts that agree with gpg's. Good with a note, where gpg says that the key has expired or was revoked since. */
function agrees(gpg: GpgVerdict, finding: SignatureFinding): boolean {
  switch (gpg.status) {
    case 'GOODSIG':
      return finding.status === 'good';
    case 'BADSIG':
      return finding.status === 'bad';
    case 'ERRSIG':
      return finding.status !== 'good' && finding.status !== 'expired';
    case 'EXPSIG':
      return finding.status === 'expired';
    case 'EXPKEYSIG':
      return finding.status === 'expired' || (finding.status === 'good' && finding.notes.some((note) => note.includes('expired since')));
    case 'REVKEYSIG':
      return finding.status === 'revoked' || (finding.status === 'good' && finding.notes.some((note) => note.includes('revoked')));
  }
}

function expectAgreement(what: string, gpg: readonly GpgVerdict[], findings: readonly SignatureFinding[]): void {
  const shown = findings.map(({ status, sentence, notes }) => ({ status, sentence, notes }));
  const same = gpg.length === 0 ? findings.every(({ status }) => status !== 'good') : gpg.length === findings.length && gpg.every((verdict, index) => agrees(verdict, findings[index]!));
  expect(same, `${what}: gpg ${JSON.stringify(gpg)}, ours ${JSON.stringify(shown)}`).toBe(true);
}

describe('gpg', () => {
  let gpg: GpgHome;
  beforeEach((context) => skipUnlessThere(context, missing));
  beforeAll(async () => {
    if (missing.length === 0) gpg = await createGpgHome();
  });
  afterAll(async () => {
    if (missing.length === 0) await gpg.close();
  });

  it.each(algorithms)('%s: every digest, binary, text and armored, changed and not', async (algorithm) => {
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
});
