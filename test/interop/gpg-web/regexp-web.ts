/** Webs that test what the expressions of trust signatures match. */
import { createChance } from '../../support/chance.js';
import type { Web } from './web.js';

const day = 86_400;
const start = 1_700_000_000;

/** One introducer for each expression, and keys of many names that all of them have certified. */
export function regexpWeb(seed: number): Web {
  const chance = createChance(seed);
  const piece = (): string =>
    chance.pick([
      'a',
      'b',
      'example',
      '.',
      '\\.',
      '@',
      '>',
      '<',
      '*',
      '+',
      '?',
      '{2}',
      '(',
      ')',
      '|',
      '[ab]',
      '^',
      '$',
      '-',
      ']',
      '}',
      '\\*',
      '\\@',
      ' ',
      '/',
      'é',
    ]);
  const text = (): string => Array.from({ length: 1 + chance.below(4) }, piece).join('');
  const expressions = Array.from({ length: 40 }, (_, index) => (index % 2 === 0 ? text() : `<[^>]+[@.]${text()}>$`));
  const emails = [
    'a@b',
    'a@example.a',
    'x.example@a.b',
    'B@A',
    'a*b@example+a',
    'aa@b-a',
    'x@a.example',
    'é@é',
    'a(b)@a|b',
    'x@ab',
    'a>b@a',
    'a@b> x',
    'x@[ab]',
    '{2}@}]',
    '^a$@a/b',
    '@a',
  ];
  const introducer = (regexp: string, number: number): Web['keys'][number] => ({
    name: `introducer ${number}`,
    createdAt: start,
    ownertrust: 'unknown',
    userIds: [
      {
        text: `introducer ${number}`,
        at: start,
        hash: 'sha256',
        certifications: [{ by: 0, revokes: false, type: 0x10, at: start + day, hash: 'sha256', trust: { depth: 1, amount: 120, regexp } }],
      },
    ],
  });
  const keys: Web['keys'][number][] = [
    { name: 'me', createdAt: start, ownertrust: 'ultimate', userIds: [{ text: 'me', at: start, hash: 'sha256', certifications: [] }] },
    ...expressions.map(introducer),
  ];
  // Each key is certified by one introducer, so that its validity shows whether that introducer's expression matches.
  for (let by = 1; by <= expressions.length; by += 1) {
    for (let number = 0; number < 6; number += 1) {
      const email = chance.pick(['a@b', ...emails]);
      keys.push({
        name: `${by} ${number}`,
        createdAt: start,
        ownertrust: 'unknown',
        userIds: [
          {
            text: chance.happens(0.2) ? email : `name ${text()} <${email}>`,
            at: start,
            hash: 'sha256',
            certifications: [{ by, revokes: false, type: 0x10, at: start + day, hash: 'sha256' }],
          },
        ],
      });
    }
  }
  return { seed, keys, at: [start + 1000 * day], limits: {} };
}
