import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { readCertificate } from '../../../src/proof/openpgp/certificate/read-certificate.js';
import type { KeyValidity, Validity } from '../../../src/proof/openpgp/web-of-trust/validity.js';
import { createWebOfTrust } from '../../../src/proof/openpgp/web-of-trust/web-of-trust.js';
import { sourceOf } from '../../interop/gpg-web/compare.js';
import { writeWeb } from '../../interop/gpg-web/ring.js';
import { randomWeb, type Web, type WebCertification } from '../../interop/gpg-web/web.js';
import { createChance } from '../../support/chance.js';

const seeds = fc.integer({ min: 1, max: 1_000_000 });

async function validitiesOf(web: Web, order: (index: number) => number = (index) => index): Promise<readonly KeyValidity[]> {
  const written = writeWeb(web);
  const certificates = [...written.certificates].sort((one, other) => order(one.index) - order(other.index));
  const trust = createWebOfTrust({
    source: sourceOf(web, { ...written, certificates }),
    readCertificate,
    atMs: (web.at[0] ?? 0) * 1000,
    ...web.limits,
  });
  return [...(await trust.all())].sort((one, other) => one.fingerprint.localeCompare(other.fingerprint));
}

const rank = (validity: Validity | 'invalid' | undefined): number =>
  ['unknown', 'undefined', 'marginal', 'full', 'ultimate'].indexOf(validity ?? 'unknown');

describe('any web', () => {
  it('gives the same answers whatever the order of its certificates', async () => {
    await fc.assert(
      fc.asyncProperty(seeds, async (seed) => {
        const web = randomWeb(seed);
        const chance = createChance(seed);
        const places = web.keys.map(() => chance.below(1000));
        expect(await validitiesOf(web, (index) => places[index] ?? 0)).toEqual(await validitiesOf(web));
      }),
      { numRuns: 6 },
    );
  });

  it('gives the same answer about one key as about all of them', async () => {
    await fc.assert(
      fc.asyncProperty(seeds, async (seed) => {
        const web = randomWeb(seed);
        const written = writeWeb(web);
        for (const expected of await validitiesOf(web)) {
          const alone = createWebOfTrust({ source: sourceOf(web, written), readCertificate, atMs: (web.at[0] ?? 0) * 1000, ...web.limits });
          expect(await alone.validity(expected.fingerprint)).toEqual(expected);
        }
      }),
      { numRuns: 3 },
    );
  });

  // With trust signatures it may: the last of several counts, and when that is revoked, one that gives more may become the last.
  it('without trust signatures never gains validity by a revocation', async () => {
    await fc.assert(
      fc.asyncProperty(seeds, async (seed) => {
        const plain = (certification: WebCertification): WebCertification => {
          const { trust: _, ...rest } = certification;
          return rest;
        };
        const random = randomWeb(seed);
        const web: Web = {
          ...random,
          keys: random.keys.map((key) => ({
            ...key,
            userIds: key.userIds.map((userId) => ({ ...userId, certifications: userId.certifications.map(plain) })),
          })),
        };
        const chance = createChance(seed);
        const victim = chance.below(web.keys.length);
        const by = chance.below(web.keys.length);
        const revocation: WebCertification = { by, revokes: true, type: 0x10, at: 1_700_000_000, hash: 'sha256' };
        const revoked: Web = {
          ...web,
          keys: web.keys.map((key, index) =>
            index === victim
              ? { ...key, userIds: key.userIds.map((userId) => ({ ...userId, certifications: [...userId.certifications, revocation] })) }
              : key,
          ),
        };
        const before = await validitiesOf(web);
        const after = await validitiesOf(revoked);
        for (const [index, key] of after.entries()) {
          for (const [number, { validity }] of key.userIds.entries())
            expect(rank(validity)).toBeLessThanOrEqual(rank(before[index]?.userIds[number]?.validity));
        }
      }),
      { numRuns: 6 },
    );
  });
});
