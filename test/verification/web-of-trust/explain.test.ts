import { describe, expect, it } from 'vitest';

import { type SmallKey, smallWeb } from './small-web.js';

const me: SmallKey = { trust: 'ultimate' };

async function sentencesFor(name: string, keys: Readonly<Record<string, SmallKey>>): Promise<string> {
  const { web, fingerprint } = smallWeb(keys);
  return ((await web.explain(fingerprint(name)))?.sentences ?? []).join('\n').replaceAll(/ \([0-9A-F]{16}\)/g, '');
}

describe('explanations', () => {
  it('show the chains from an ultimate key', async () => {
    const { web, fingerprint } = smallWeb({
      me,
      ann: { by: ['me'], trust: 'full' },
      ben: { by: ['ann'], trust: 'full' },
      bob: { by: ['ben', 'ann'] },
    });
    const explanation = await web.explain(fingerprint('bob'));
    expect(explanation?.valid).toBe(true);
    const chains = explanation?.paths.map((path) => path.map(({ byUserId }) => byUserId?.split(' ')[0]).join(' > '));
    expect(chains).toEqual(expect.arrayContaining(['me > ann']));
    expect(explanation?.paths[0]?.at(-1)).toMatchObject({
      certified: fingerprint('bob'),
      userId: 'bob <bob@example.com>',
      weight: 'full',
      trustDepth: 0,
    });
    expect(explanation?.sentences[0]).toMatch(
      /^ann <ann@example\.com> \([0-9A-F]{16}\) has certified 'bob <bob@example\.com>', and you trust its owner to certify\.$/,
    );
  });

  it('name the shortfall of marginal certifications', async () => {
    expect(
      await sentencesFor('bob', {
        me,
        ann: { by: ['me'], trust: 'marginal' },
        ben: { by: ['me'], trust: 'marginal' },
        bob: { by: ['ann', 'ben'] },
      }),
    ).toBe(
      "'bob <bob@example.com>' needs one more certification by a fully trusted key, or one more by a marginally trusted key: ann <ann@example.com> and ben <ben@example.com> (marginally trusted) have certified it.",
    );
  });

  it.each<readonly [string, Readonly<Record<string, SmallKey>>, RegExp]>([
    [
      'the owner is not trusted',
      { me, ann: { by: ['me'] }, bob: { by: ['ann'] } },
      /^ann <.*> has certified it and is valid, but you have not said that you trust its owner/,
    ],
    [
      'the certifier is not valid',
      { me, ann: { trust: 'full' }, bob: { by: ['ann'] } },
      /^You trust the owner of ann <.*>, who seems to have certified it, but no person whom you trust has certified that key\.$/,
    ],
    [
      'the certifier is unknown',
      { me, ann: {}, bob: { by: ['ann'] } },
      /^ann <.*> seems to have certified it, but no person whom you trust has certified that key\.$/,
    ],
    [
      'the certifier is missing from the keyring',
      { me, ann: { missing: true }, bob: { by: ['ann'] } },
      /^One certification is by a key that is not in your keyrings\.$/,
    ],
    ['the key has no certifications', { me, bob: {} }, /^Only its owner has certified the key\./],
    [
      'the certification has expired',
      { me, bob: { by: [{ by: 'me', expiresIn: 86_400 }] } },
      /^The certification by me <.*> has expired\.$/,
    ],
    ['the certification was revoked', { me, bob: { by: ['me', { by: 'me', on: 200, revokes: true }] } }, /was revoked\.$/],
    ['the certification is weak', { me, bob: { by: [{ by: 'me', hash: 'sha1' }] } }, /SHA-1/],
    ['the certification is forged', { me, bob: { by: [{ by: 'me', broken: true }] } }, /is not what it claims to be\.$/],
    [
      'the certifier is limited',
      { me, ann: { by: [{ by: 'me', trust: { depth: 1, amount: 120, regexp: '<[^>]+[@.]example\\.org>$' } }] }, bob: { by: ['ann'] } },
      /limits that key to other user IDs\.$/,
    ],
    [
      'the certifier is revoked',
      { me, ann: { by: ['me'], trust: 'full', revokedOn: 500 }, bob: { by: ['ann'] } },
      /^ann <.*> has certified it, but is revoked\.$/,
    ],
    ['the key is revoked', { me, bob: { by: ['me'], revokedOn: 500 } }, /^The key was revoked on 2025-03-28/],
    ['the key has expired', { me, bob: { by: ['me'], expiresOn: 500 } }, /^The key expired on 2025-03-28/],
    ['the user ID is revoked', { me, bob: { by: ['me'], userIdRevokedOn: 500 } }, /^Each user ID of the key is revoked/],
    ['there is no ultimate key', { ann: { trust: 'full' }, bob: { by: ['ann'] } }, /^No key of your keyrings has ultimate ownertrust/],
    ['it is ultimate', { bob: me }, /^You trust this key ultimately/],
  ])('say when %s', async (_, keys, expected) => {
    expect(await sentencesFor('bob', keys)).toMatch(expected);
  });

  it('escape text written by strangers', async () => {
    expect(await sentencesFor('bob', { me, ann: { by: ['me'], email: '\u001b[31mann@example.com' }, bob: { by: ['ann'] } })).toContain(
      '\\u001b[31mann',
    );
  });
});
