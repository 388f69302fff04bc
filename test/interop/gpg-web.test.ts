/** Our web of trust beside the real gpg's: on every key, user ID, ownertrust and signature of many webs. */
import { describe, expect, it } from 'vitest';
import { openKeyrings } from '../../src/keys/open-keyrings.js';
import { readCertificate } from '../../src/verification/pgp/read-certificate.js';
import { createWebOfTrust } from '../../src/verification/pgp/web-of-trust.js';
import { goldenWebs } from '../verification/web-of-trust/golden-webs.js';
import { specOf, start, day, today } from '../verification/web-of-trust/small-web.js';
import { compareKeys, compareWeb } from './gpg-web/compare.js';
import { createGpgHome } from './gpg-web/gpg.js';
import { closeMade, makeWebByGpg } from './gpg-web/made-by-gpg.js';
import { createChance } from './gpg-web/random.js';
import { joinWebs, randomWeb, type Web } from './gpg-web/web.js';
import { missingPrograms, skipUnlessThere } from './programs.js';

const missing = missingPrograms(['gpg', 'gpgconf']);

describe('the web of trust agrees with gpg', () => {
  it('on the golden webs', async (context) => {
    skipUnlessThere(context, missing);
    const [first, ...others] = goldenWebs.map(([, keys]) => specOf(keys));
    if (first === undefined) throw new Error('no golden webs');
    const { disagreements, compared } = await compareWeb(joinWebs([first, ...others]));
    expect(disagreements).toEqual([]);
    expect(compared).toBeGreaterThan(300);
  });

  it('on random webs', async (context) => {
    skipUnlessThere(context, missing);
    const disagreements: string[] = [];
    const seen = new Set<string>();
    for (let seed = 1001; seed <= 1006; seed += 1) {
      const comparison = await compareWeb(randomWeb(seed));
      disagreements.push(...comparison.disagreements);
      for (const answer of comparison.seen.keys()) seen.add(answer);
    }
    expect(disagreements).toEqual([]);
    expect([...seen]).toEqual(expect.arrayContaining(['pub u', 'pub f', 'pub m', 'pub q', 'pub -', 'pub r', 'pub e', 'uid r', 'uid e', 'GOODSIG FULLY', 'GOODSIG MARGINAL', 'GOODSIG UNDEFINED']));
  });

  it('on one ring of hundreds of keys', async (context) => {
    skipUnlessThere(context, missing);
    const [first, ...others] = Array.from({ length: 20 }, (_, index) => randomWeb(2000 + index));
    if (first === undefined) throw new Error('no webs');
    const web = joinWebs([{ ...first, at: first.at.slice(0, 2), limits: {} }, ...others]);
    expect(web.keys.length).toBeGreaterThan(200);
    expect((await compareWeb(web)).disagreements).toEqual([]);
  });

  it('on the regular expressions of trust signatures', async (context) => {
    skipUnlessThere(context, missing);
    expect((await compareWeb(regexpWeb(7))).disagreements).toEqual([]);
  });

  it('on webs made wholly by gpg, read from its own keybox and trust database', async (context) => {
    skipUnlessThere(context, missing);
    for (const seed of [1, 2]) {
      const home = createGpgHome([], { agent: true });
      try {
        const { endsAt, log } = await makeWebByGpg(home, seed, { keys: 7, acts: 30 });
        for (const at of [endsAt, endsAt + 300 * day]) {
          const theirs = home.list(at);
          const source = await openKeyrings({ keyrings: [home.folder], keyStoreFolder: home.folder, env: {}, homeFolder: home.folder });
          const web = createWebOfTrust({ source, readCertificate, atMs: at * 1000 });
          const ours = await Promise.all(theirs.map(({ fingerprint }) => web.validity(fingerprint)));
          expect(compareKeys(theirs, ours, `web ${seed} at ${at}`), log.join('\n')).toEqual([]);
        }
      } finally {
        closeMade(home);
      }
    }
  });
});

/** One introducer for each expression, and keys of many names that all of them have certified. */
function regexpWeb(seed: number): Web {
  const chance = createChance(seed);
  const piece = (): string => chance.pick(['a', 'b', 'example', '.', '\\.', '@', '>', '<', '*', '+', '?', '{2}', '(', ')', '|', '[ab]', '^', '$', '-', ']', '}', '\\*', '\\@', ' ', '/', 'é']);
  const text = (): string => Array.from({ length: 1 + chance.below(4) }, piece).join('');
  const expressions = Array.from({ length: 40 }, (_, index) => (index % 2 === 0 ? text() : `<[^>]+[@.]${text()}>$`));
  const emails = ['a@b', 'a@example.a', 'x.example@a.b', 'B@A', 'a*b@example+a', 'aa@b-a', 'x@a.example', 'é@é', 'a(b)@a|b', 'x@ab', 'a>b@a', 'a@b> x', 'x@[ab]', '{2}@}]', '^a$@a/b', '@a'];
  const introducer = (regexp: string, number: number): Web['keys'][number] => ({ name: `introducer ${number}`, createdAt: start, ownertrust: 'unknown', userIds: [{ text: `introducer ${number}`, at: start, hash: 'sha256', certifications: [{ by: 0, revokes: false, type: 0x10, at: start + day, hash: 'sha256', trust: { depth: 1, amount: 120, regexp } }] }] });
  const keys: Web['keys'][number][] = [{ name: 'me', createdAt: start, ownertrust: 'ultimate', userIds: [{ text: 'me', at: start, hash: 'sha256', certifications: [] }] }, ...expressions.map(introducer)];
  // Each key is certified by one introducer, so that its validity says whether that one's expression matches.
  for (let by = 1; by <= expressions.length; by += 1) {
    for (let number = 0; number < 6; number += 1) {
      const email = chance.pick(['a@b', ...emails]);
      keys.push({ name: `${by} ${number}`, createdAt: start, ownertrust: 'unknown', userIds: [{ text: chance.happens(0.2) ? email : `name ${text()} <${email}>`, at: start, hash: 'sha256', certifications: [{ by, revokes: false, type: 0x10, at: start + day, hash: 'sha256' }] }] });
    }
  }
  return { seed, keys, at: [today], limits: {} };
}
