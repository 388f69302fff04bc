import { describe, expect, it } from 'vitest';

import { letters } from '../../interop/gpg-web/compare.js';
import { goldenWebs } from './golden-webs.js';
import { type SmallKey, smallWeb } from './small-web.js';

const me: SmallKey = { trust: 'ultimate' };

describe('validity of keys', () => {
  for (const [name, keys, expected] of goldenWebs) {
    it(name, async () => {
      const validities = await smallWeb(keys).validities();
      expect(
        Object.values(validities)
          .map((validity) => letters[validity])
          .join(' '),
      ).toBe(expected);
    });
  }

  it('follows the configured numbers of introducers and the depth', async () => {
    const keys = {
      me,
      ann: { by: ['me'], trust: 'marginal' },
      ben: { by: ['me'], trust: 'full' },
      bob: { by: ['ann'] },
      cat: { by: ['ben'] },
      dan: { by: ['ben', 'me'] },
    } as const;
    expect(await smallWeb(keys, { marginals: 1 }).validities()).toMatchObject({ bob: 'full' });
    expect(await smallWeb(keys, { completes: 2 }).validities()).toMatchObject({ ben: 'full', cat: 'marginal', dan: 'full' });
    expect(await smallWeb(keys, { depth: 1 }).validities()).toMatchObject({ ben: 'full', cat: 'unknown', dan: 'full' });
  });

  it('is given for each user ID, together with the trust in its owner', async () => {
    const { web, fingerprint } = smallWeb({
      me,
      ann: { by: [{ by: 'me', trust: { depth: 1, amount: 60 } }], also: { email: 'a@example.org', by: [] } },
      bob: { by: ['me'], userIdRevokedOn: 5, also: { email: 'b@example.org', by: ['ann'] } },
    });
    expect(await web.validity(fingerprint('ann'))).toEqual({
      fingerprint: fingerprint('ann'),
      key: 'full',
      beforeItsEnd: 'full',
      userIds: [
        { text: 'ann <ann@example.com>', validity: 'full' },
        { text: 'ann <a@example.org>', validity: 'unknown' },
      ],
      ownertrust: 'marginal',
    });
    expect((await web.validity(fingerprint('bob')))?.userIds.map(({ validity }) => validity)).toEqual(['revoked', 'marginal']);
    expect((await web.all()).map(({ key }) => key)).toEqual(['ultimate', 'full', 'marginal']);
  });

  it('is null for a key that no keyring holds', async () => {
    const { web } = smallWeb({ me });
    expect(await web.validity('0'.repeat(40))).toBeNull();
    expect(await web.explain('0'.repeat(40))).toBeNull();
  });
});
