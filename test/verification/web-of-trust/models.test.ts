import { describe, expect, it } from 'vitest';

import type { Certificate } from '../../../src/proof/openpgp/certificate/certificate.js';
import { readCertificate } from '../../../src/proof/openpgp/certificate/read-certificate.js';
import { createTrustModels, type TrustModels } from '../../../src/proof/openpgp/web-of-trust/web-of-trust-models.js';
import { sourceOf } from '../../interop/gpg-web/compare.js';
import { writeWeb } from '../../interop/gpg-web/ring.js';
import { type SmallKey, specOf, today } from './small-web.js';

const subject = { group: 'org.example', artifact: 'a', version: '1', extension: 'jar', classifier: '' };

function modelsOf(keys: Readonly<Record<string, SmallKey>>): {
  readonly models: TrustModels;
  readonly read: (name: string) => Promise<Certificate>;
} {
  const spec = specOf(keys);
  const written = writeWeb(spec);
  const source = sourceOf(spec, written);
  return {
    models: createTrustModels({ source, readCertificate, atMs: today * 1000 }),
    async read(name) {
      // Reads a certificate, even for a key that the source does not hold.
      const everyKey = sourceOf(spec, writeWeb({ ...spec, keys: spec.keys.map(({ missing: _, ...key }) => key) }));
      const [bytes] = await everyKey.find(written.keys[Object.keys(keys).indexOf(name)]?.fingerprint ?? '');
      const certificate = bytes === undefined ? null : await readCertificate(bytes, today * 1000);
      if (certificate === null) throw new Error(`no key ${name}`);
      return certificate;
    },
  };
}

const keys: Readonly<Record<string, SmallKey>> = {
  me: { trust: 'ultimate' },
  ann: { by: ['me'], trust: 'marginal' },
  bob: { by: ['ann'] },
  cat: {},
  dan: { by: ['me'], missing: true },
  eve: { by: ['me'], revokedOn: 900 },
  retired: { by: ['me'], revokedOn: 900, reason: 3 },
  stolen: { by: ['me'], revokedOn: 900, reason: 2 },
  old: { by: ['me'], expiresOn: 900 },
  gone: { by: ['ann'], expiresOn: 900 },
};

describe('trust models', () => {
  it('keyring: any key in a keyring', async () => {
    const { models, read } = modelsOf(keys);
    expect(await models.keyring.judge(await read('cat'), subject)).toEqual({
      trusted: true,
      sentence: 'The key is in your keyring (memory).',
    });
    expect(await models.keyring.judge(await read('dan'), subject)).toEqual({
      trusted: false,
      sentence: 'The key is not in your keyrings.',
    });
  });

  it.each([
    ['me', true, /^The key has ultimate validity in your web of trust\./],
    ['ann', true, /^The key has full validity in your web of trust\. me <me@example\.com> \([0-9A-F]{16}\) has certified 'ann/],
    [
      'bob',
      false,
      /^The key is only marginally valid in your web of trust\. 'bob <.*>' needs one more certification by a fully trusted key, or 2 more by marginally trusted keys: ann/,
    ],
    ['cat', false, /^The key is not valid in your web of trust\. Only its owner has certified the key\./],
    ['dan', false, /^The key is not in your keyrings/],
    ['old', true, /^The key had full validity in your web of trust before it expired\. The key expired on/],
    ['gone', false, /^The key has expired in your web of trust\./],
    ['retired', true, /^The key had full validity in your web of trust before it was revoked\. The key was revoked on/],
    ['stolen', false, /^The key is revoked in your web of trust\./],
    ['eve', false, /^The key is revoked in your web of trust\. The key was revoked on/],
  ] as const)('web of trust: %s', async (name, trusted, sentence) => {
    const { models, read } = modelsOf(keys);
    const judged = await models.webOfTrust.judge(await read(name), subject);
    expect(judged.trusted).toBe(trusted);
    expect(judged.sentence).toMatch(sentence);
  });

  it('differ by keyrings, limits and time', () => {
    const source = sourceOf(specOf(keys), writeWeb(specOf(keys)));
    const identities = [{}, { marginals: 2 }, { completes: 2 }, { depth: 1 }, { atMs: 0 }].map(
      (options) => createTrustModels({ source, readCertificate, atMs: today * 1000, ...options }).webOfTrust.identity,
    );
    expect(new Set(identities).size).toBe(5);
  });
});
