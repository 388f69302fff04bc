/** Small webs with the answer of gpg 2.2.40, which test/interop/gpg-web.test.ts asks for. */
import type { SmallKey } from './small-web.js';

const me: SmallKey = { trust: 'ultimate' };

/** The validity of each key of the web, in the letters of `--with-colons`. */
export const goldenWebs: readonly (readonly [string, Readonly<Record<string, SmallKey>>, string])[] = [
  ['no key is ultimate', { ann: { trust: 'full' }, bob: { by: ['ann'] } }, '- -'],
  ['an ultimate key certifies', { me, ann: { by: ['me'] }, bob: {} }, 'u f -'],
  ['a full introducer', { me, ann: { by: ['me'], trust: 'full' }, bob: { by: ['ann'] } }, 'u f f'],
  ['a valid key whose owner is not trusted', { me, ann: { by: ['me'] }, bob: { by: ['ann'] } }, 'u f q'],
  ['an owner who is never trusted', { me, ann: { by: ['me'], trust: 'never' }, bob: { by: ['ann'] } }, 'u f q'],
  ['a trusted owner whose key is not valid', { me, ann: { trust: 'full' }, bob: { by: ['ann'] } }, 'u - -'],
  ['one marginal introducer', { me, ann: { by: ['me'], trust: 'marginal' }, bob: { by: ['ann'] } }, 'u f m'],
  [
    'three marginal introducers',
    {
      me,
      ann: { by: ['me'], trust: 'marginal' },
      ben: { by: ['me'], trust: 'marginal' },
      cat: { by: ['me'], trust: 'marginal' },
      bob: { by: ['ann', 'ben', 'cat'] },
    },
    'u f f f f',
  ],
  [
    'two marginal introducers are too few',
    { me, ann: { by: ['me'], trust: 'marginal' }, ben: { by: ['me'], trust: 'marginal' }, bob: { by: ['ann', 'ben'] } },
    'u f f m',
  ],
  [
    'certifications on two user IDs do not add up',
    {
      me,
      ann: { by: ['me'], trust: 'marginal' },
      ben: { by: ['me'], trust: 'marginal' },
      cat: { by: ['me'], trust: 'marginal' },
      bob: { by: ['ann', 'ben'], also: { email: 'b@example.org', by: ['cat'] } },
    },
    'u f f f m',
  ],
  [
    'marginal ones from different rounds add up',
    {
      me,
      ann: { by: ['me'], trust: 'marginal' },
      ben: { by: ['me'], trust: 'marginal' },
      dan: { by: ['me'], trust: 'full' },
      cat: { by: ['dan'], trust: 'marginal' },
      bob: { by: ['ann', 'ben', 'cat'] },
    },
    'u f f f f f',
  ],
  [
    'a chain of five ends',
    {
      me,
      a: { by: ['me'], trust: 'full' },
      b: { by: ['a'], trust: 'full' },
      c: { by: ['b'], trust: 'full' },
      d: { by: ['c'], trust: 'full' },
      e: { by: ['d'], trust: 'full' },
      f: { by: ['e'] },
    },
    'u f f f f f -',
  ],
  ['a circle is not valid by itself', { me, ann: { by: ['bob'], trust: 'full' }, bob: { by: ['ann'], trust: 'full' } }, 'u - -'],
  ['a key certified by itself', { me, ann: { by: ['ann'], trust: 'full' } }, 'u -'],
  ['a revoked introducer', { me, ann: { by: ['me'], trust: 'full', revokedOn: 900 }, bob: { by: ['ann'] } }, 'u r -'],
  ['an expired introducer', { me, ann: { by: ['me'], trust: 'full', expiresOn: 900 }, bob: { by: ['ann'] } }, 'u e -'],
  ['an expired ultimate key', { me: { trust: 'ultimate', expiresOn: 900 }, bob: { by: ['me'] } }, 'e -'],
  ['a revoked ultimate key', { me: { trust: 'ultimate', revokedOn: 900 }, bob: { by: ['me'] } }, 'r -'],
  ['an introducer whose key is missing', { me, ann: { by: ['me'], trust: 'full', missing: true }, bob: { by: ['ann'] } }, 'u -'],
  ['an ultimate key that is missing', { me: { trust: 'ultimate', missing: true }, bob: { by: ['me'] } }, '-'],
  ['a user ID that is revoked', { me, bob: { by: ['me'], userIdRevokedOn: 900 } }, 'u -'],
  ['a user ID that has expired', { me, bob: { by: ['me'], userIdExpiresOn: 900 } }, 'u -'],
  [
    'the other user ID makes it valid',
    { me, bob: { by: ['me'], userIdRevokedOn: 900, also: { email: 'b@example.org', by: ['me'] } } },
    'u f',
  ],
  ['an expired certification', { me, bob: { by: [{ by: 'me', expiresIn: 86_400 }] } }, 'u -'],
  ['a certification with a lifetime of zero', { me, bob: { by: [{ by: 'me', expiresIn: 0 }] } }, 'u -'],
  [
    'an older one does not count again when the newest has expired',
    { me, bob: { by: ['me', { by: 'me', on: 200, expiresIn: 86_400 }] } },
    'u -',
  ],
  ['a revoked certification', { me, bob: { by: ['me', { by: 'me', on: 200, revokes: true }] } }, 'u -'],
  ['certified again after that', { me, bob: { by: ['me', { by: 'me', on: 200, revokes: true }, { by: 'me', on: 300 }] } }, 'u f'],
  [
    'revoked and certified in the same second: the later packet counts',
    { me, bob: { by: [{ by: 'me', revokes: true }, 'me'] }, cat: { by: ['me', { by: 'me', revokes: true }] } },
    'u f -',
  ],
  [
    'one that cannot be revoked',
    {
      me,
      bob: {
        by: [
          { by: 'me', irrevocable: true },
          { by: 'me', on: 200, revokes: true },
        ],
      },
    },
    'u f',
  ],
  ['a revocation by another key', { me, ann: { by: ['me'] }, bob: { by: ['me', { by: 'ann', on: 200, revokes: true }] } }, 'u f f'],
  ['a forged certification', { me, bob: { by: [{ by: 'me', broken: true }] } }, 'u -'],
  ['a forged revocation', { me, bob: { by: ['me', { by: 'me', on: 200, revokes: true, broken: true }] } }, 'u f'],
  ['a certification by a subkey', { me, bob: { by: [{ by: 'me', bySubkey: true }] } }, 'u -'],
  ['an unknown critical subpacket', { me, bob: { by: [{ by: 'me', critical: true }] } }, 'u -'],
  ['a local certification', { me, bob: { by: [{ by: 'me', local: true }] } }, 'u f'],
  [
    'a persona certification',
    { me, a: { by: [{ by: 'me', type: 0x11 }] }, b: { by: [{ by: 'me', type: 0x12 }] }, c: { by: [{ by: 'me', type: 0x13 }] } },
    'u - f f',
  ],
  ['SHA-1 and MD5', { me, a: { by: [{ by: 'me', hash: 'sha1' }] }, b: { by: [{ by: 'me', hash: 'md5' }] } }, 'u - -'],
  ['a certification older than the key', { me, bob: { by: [{ by: 'me', on: -1 }] } }, 'u -'],
  ['a certification from the future', { me, bob: { by: [{ by: 'me', on: 1100 }] } }, 'u f'],
  [
    'a trust signature',
    { me, ann: { by: [{ by: 'me', trust: { depth: 1, amount: 120 } }] }, bob: { by: ['ann'] }, cat: { by: ['bob'] } },
    'u f f q',
  ],
  [
    'a trust signature of marginal trust',
    { me, ann: { by: [{ by: 'me', trust: { depth: 1, amount: 60 } }] }, bob: { by: ['ann'] } },
    'u f m',
  ],
  [
    'a trust signature of little trust',
    { me, ann: { by: [{ by: 'me', trust: { depth: 1, amount: 59 } }] }, bob: { by: ['ann'] } },
    'u f q',
  ],
  [
    'trust signatures over two levels',
    {
      me,
      ann: { by: [{ by: 'me', trust: { depth: 2, amount: 120 } }] },
      bob: { by: [{ by: 'ann', trust: { depth: 3, amount: 120 } }] },
      cat: { by: [{ by: 'bob', trust: { depth: 3, amount: 120 } }] },
      dan: { by: ['cat'] },
    },
    'u f f f q',
  ],
  [
    'a trust signature by a key that may not pass trust on',
    { me, ann: { by: ['me'], trust: 'full' }, bob: { by: [{ by: 'ann', trust: { depth: 1, amount: 120 } }] }, cat: { by: ['bob'] } },
    'u f f q',
  ],
  [
    'a trust signature overrules NEVER, as in GnuPG',
    { me, ann: { by: [{ by: 'me', trust: { depth: 1, amount: 120 } }], trust: 'never' }, bob: { by: ['ann'] } },
    'u f f',
  ],
  [
    'a trust signature for a domain',
    {
      me,
      ann: { by: [{ by: 'me', trust: { depth: 1, amount: 120, regexp: '<[^>]+[@.]example\\.com>$' } }] },
      bob: { by: ['ann'] },
      cat: { by: ['ann'], email: 'cat@sub.example.com' },
      dan: { by: ['ann'], email: 'dan@example.org' },
      eve: { by: ['ann'], email: 'eve@example.com.evil.net' },
    },
    'u f f f - -',
  ],
];
