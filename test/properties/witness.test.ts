/** One liar among mirrors that redirect to each other at random: it never counts as two witnesses, in any order of arrival. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { Mirror } from '../../src/network/mirrors/repository.js';
import { jointSpeaker, placeOf, speakerOf } from '../../src/network/mirrors/witness.js';
import type { ChecksumClaim } from '../../src/proof/checksum/claim.js';
import { digestOf } from '../../src/proof/checksum/digest.js';
import { checkQuorum } from '../../src/proof/checksum/quorum.js';

const path = 'org/lib/1.0/lib-1.0.jar';
const older = 'org/lib/0.9/lib-0.9.jar';
const published = digestOf('published', ['sha1']);
const forged = digestOf('forged', ['sha1']);

const mirrorAt = (host: string, operator: string | null, more: Partial<Mirror> = {}): Mirror => ({
  url: new URL(`https://${host}/maven/`),
  operator,
  canonical: false,
  trusted: false,
  lastResort: false,
  priority: 1,
  ...more,
});

/** The liar's host, and other names of it; all lead to its address. */
const liarHosts = ['liar.test', 'LIAR.test.', 'liar.test:443', 'alias.test', '10.0.0.99', '[::ffff:10.0.0.99]'];

type Redirect =
  { readonly to: 'none' } | { readonly to: 'liar'; readonly host: string } | { readonly to: 'mirror'; readonly index: number };

const redirect: fc.Arbitrary<Redirect> = fc.oneof(
  fc.constant({ to: 'none' } as const),
  fc.record({ to: fc.constant('liar' as const), host: fc.constantFrom(...liarHosts) }),
  fc.record({ to: fc.constant('mirror' as const), index: fc.nat({ max: 5 }) }),
);

/** One request to one mirror, for a checksum in a header or a file, and where the mirror redirects it. */
const question = fc.record({
  mirror: fc.nat({ max: 5 }),
  file: fc.constantFrom('', '.sha1'),
  redirect,
  /** The liar may redirect to an honest mirror's checksum of another file, which matches the bytes that it serves. */
  another: fc.boolean(),
});

describe('the witness of an answer', () => {
  it('never lets one liar count twice, and never lets it silence two mirrors that answer themselves', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), fc.array(question, { maxLength: 24 }), (honest, questions) => {
        const mirrors = [
          mirrorAt('liar.test', 'liar'),
          ...Array.from({ length: honest }, (_, index) => mirrorAt(`honest${index}.test`, `honest${index}`)),
        ];
        const direct = new Set<string>();
        const claims = questions.flatMap((one): ChecksumClaim[] => {
          const asked = mirrors[one.mirror % mirrors.length];
          if (asked === undefined) return [];
          const isLiar = asked.operator === 'liar';
          const target = one.redirect.to === 'mirror' ? mirrors[one.redirect.index % mirrors.length] : asked;
          const host = one.redirect.to === 'liar' ? one.redirect.host : (target ?? asked).url.host;
          const chosen = isLiar && one.another ? older : path;
          const url = new URL(`https://${host}/maven/${chosen}${one.file}`);
          const lies = one.redirect.to === 'liar' || url.host === 'liar.test' || chosen === older;
          const number = /^honest(\d)/.exec(url.host)?.[1] ?? '99';
          if (!isLiar && url.host === asked.url.host) direct.add(asked.operator ?? '');
          const answer = { url, secure: true, address: { host: `10.0.0.${number}`, port: 443 } };
          return [
            {
              ...speakerOf(asked, `${path}${one.file}`, answer, mirrors),
              algorithm: 'sha1',
              value: (lies ? forged : published).sha1 ?? '',
              source: one.file === '' ? 'header' : 'sidecar',
            },
          ];
        });
        const believed = checkQuorum(claims, forged, 2);
        expect(believed.met).toBe(false);
        expect(checkQuorum([...claims].reverse(), forged, 2)).toEqual(believed);
        // An honest mirror that was redirected as well may contradict itself; the others stand.
        const contradicted = new Set(claims.filter(({ value }) => value === forged.sha1).map(({ operator }) => operator));
        const steadfast = [...direct].filter((operator) => !contradicted.has(operator));
        expect(checkQuorum(claims, published, 2).agreeing.length).toBeGreaterThanOrEqual(steadfast.length);
      }),
      { numRuns: 500 },
    );
  });

  it('is not made trusted by a redirect, in either direction', () => {
    const canonical = mirrorAt('repo.test', 'repo', { canonical: true, trusted: true });
    const stranger = mirrorAt('mirror.test', 'mirror');
    const answeredBy = (asked: Mirror, url: string) =>
      speakerOf(asked, path, { url: new URL(url), secure: true, address: undefined }, [canonical, stranger]);
    expect(answeredBy(canonical, `https://repo.test/maven/${path}`)).toMatchObject({ operator: 'repo', canonical: true, trusted: true });
    expect(answeredBy(canonical, `https://cdn.test/x`)).toMatchObject({ operator: 'repo', canonical: true, trusted: true });
    expect(answeredBy(canonical, `https://mirror.test/maven/${path}`)).toMatchObject({
      operator: 'mirror',
      canonical: false,
      trusted: false,
    });
    expect(answeredBy(canonical, 'https://mirror.test/x')).toMatchObject({ operator: null, canonical: false, trusted: false });
    expect(answeredBy(stranger, `https://repo.test/maven/${path}`)).toMatchObject({ operator: 'repo', canonical: false, trusted: false });
    expect(answeredBy(stranger, `https://repo.test/maven/${older}`)).toMatchObject({ operator: null, canonical: false, trusted: false });
  });

  it('is not only the last mirror when two mirrors sent parts of a body', () => {
    const trusted = mirrorAt('mine.test', 'mine', { trusted: true });
    const stranger = mirrorAt('mirror.test', 'mirror');
    const [first, last] = [stranger, trusted].map((mirror) =>
      speakerOf(mirror, path, { url: new URL(path, mirror.url), secure: true }, []),
    );
    if (first === undefined || last === undefined) throw new Error('two speakers');
    expect(jointSpeaker(first, last)).toMatchObject({ mirror: trusted.url.href, operator: null, trusted: false });
    expect(jointSpeaker(last, last)).toEqual(last);
  });

  it.each([
    ['https://A.example/', 'https://a.example./'],
    ['https://a.example/', 'https://a.example:443/'],
    ['http://a.example/', 'http://a.example:80/'],
    ['https://localhost/', 'https://127.0.0.1/'],
    ['https://127.1/', 'https://[::1]/'],
    ['https://0.0.0.0/', 'https://[::ffff:127.0.0.1]/'],
    ['https://10.0.0.1/', 'https://[::ffff:10.0.0.1]/'],
    ['https://10.0.0.1/', 'https://0xa000001/'],
  ])('is the same for %s and %s', (one, other) => {
    expect(placeOf(new URL(one))).toBe(placeOf(new URL(other)));
  });

  it('is the same for two ports of one host', () => {
    expect(placeOf(new URL('https://a.example/'))).not.toBe(placeOf(new URL('https://a.example:8443/')));
  });
});
