/** Compares the web of trust with that of the real gpg: on every key, user ID, ownertrust and signature of many webs. */
import { describe, expect, it } from 'vitest';

import { goldenWebs } from '../verification/web-of-trust/golden-webs.js';
import { specOf } from '../verification/web-of-trust/small-web.js';
import { compareMadeWeb, compareWeb } from './gpg-web/compare.js';
import { regexpWeb } from './gpg-web/regexp-web.js';
import { joinWebs, randomWeb } from './gpg-web/web.js';
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
    expect([...seen]).toEqual(
      expect.arrayContaining([
        'pub u',
        'pub f',
        'pub m',
        'pub q',
        'pub -',
        'pub r',
        'pub e',
        'uid r',
        'uid e',
        'GOODSIG FULLY',
        'GOODSIG MARGINAL',
        'GOODSIG UNDEFINED',
      ]),
    );
  });

  it('on one ring of hundreds of keys', async (context) => {
    skipUnlessThere(context, missing);
    const [first, ...others] = Array.from({ length: 22 }, (_, index) => randomWeb(2000 + index));
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
      const { disagreements, compared } = await compareMadeWeb(seed, { keys: 7, acts: 30 });
      expect(disagreements).toEqual([]);
      expect(compared).toBeGreaterThan(20);
    }
  });
});
