import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { ChecksumAlgorithm, ChecksumClaim } from '../../src/proof/checksum/claim.js';
import { digestOf } from '../../src/proof/checksum/digest.js';
import type { Evidence, Server } from '../../src/proof/evidence.js';
import { createPolicy, type TrustPolicy } from '../../src/proof/policy.js';
import { formatProof } from '../../src/proof/proof.js';
import { checkFile } from '../../src/proof/verifier.js';

const body = 'the jar';
const digests = digestOf(body, ['md5', 'sha1', 'sha256', 'sha512']);
const bad = digestOf('another jar', ['md5', 'sha1', 'sha256', 'sha512']);

type Who = Omit<Server, 'secure'>;
const clojars: Who = { mirror: 'https://repo.clojars.test/', operator: 'clojars', canonical: true, trusted: true };
const bucket: Who = { ...clojars, mirror: 'https://bucket.test/' };
const mine: Who = { mirror: 'https://nexus.mine.test/', operator: 'mine', canonical: false, trusted: true };
const tuna: Who = { mirror: 'https://tuna.test/', operator: 'tuna', canonical: false, trusted: false };
const tuna2: Who = { ...tuna, mirror: 'https://tuna2.test/' };
const ustc: Who = { mirror: 'https://ustc.test/', operator: 'ustc', canonical: false, trusted: false };
const evil: Who = { mirror: 'https://evil.test/', operator: 'evil', canonical: false, trusted: false };
const stranger: Who = { mirror: 'https://stranger.test/', operator: null, canonical: false, trusted: false };

function claim(who: Who, algorithm: ChecksumAlgorithm = 'sha1', from = digests, secure = true): ChecksumClaim {
  return { ...who, algorithm, value: from[algorithm] ?? '', secure, source: 'sidecar', places: [] };
}
const wrong = (who: Who, algorithm: ChecksumAlgorithm = 'sha1', secure = true): ChecksumClaim => claim(who, algorithm, bad, secure);

function evidence(who: Who | null, claims: ChecksumClaim[], more: Partial<Evidence> = {}): Evidence {
  return {
    path: 'org/lib/1.0/lib-1.0.jar',
    digests,
    servedBy: who === null ? null : { ...who, secure: true },
    claims,
    canonicalReachable: true,
    ...more,
  };
}
const down = { canonicalReachable: false };
const pin = { algorithm: 'sha256', value: digests.sha256 ?? '', source: 'clojars-fetch.lock' } as const;
const badPin = { ...pin, value: bad.sha256 ?? '' };
const signature = { fingerprint: 'ABCD' };
const accept = { acceptMirrorChecksums: true };

type Row = [name: string, evidence: Evidence, policy: Partial<TrustPolicy>, expected: string];
/** Accepted: `level: proofs`. Refused: `CODE/reason`, then `needs …`. */
function outcome(given: Evidence, policy: Partial<TrustPolicy>): string {
  const verdict = checkFile(given, createPolicy(policy));
  if (verdict.ok) return `${verdict.level}: ${verdict.proofs.map(formatProof).join(' ')}`.trim();
  return `${verdict.code}/${verdict.reason}${verdict.needs === undefined ? '' : ` needs ${verdict.needs.join(' ')}`}`;
}

const rows: Row[] = [
  // the default rule
  ['canonical body and checksum over https', evidence(clojars, [claim(clojars)]), {}, 'origin: origin:sha1 transport:sha1'],
  ['canonical over plain http', evidence(clojars, [claim(clojars, 'sha1', digests, false)]), {}, 'transport: transport:sha1'],
  ['canonical bucket serves, canonical CDN vouches', evidence(bucket, [claim(clojars)]), {}, 'origin: origin:sha1 transport:sha1'],
  ['trusted mirror, its own checksum', evidence(mine, [claim(mine)]), {}, 'transport: transport:sha1'],
  [
    'trusted mirror, canonical checksum too',
    evidence(mine, [claim(mine), claim(clojars)]),
    {},
    'quorum: quorum:clojars,mine origin:sha1 transport:sha1',
  ],
  ['untrusted mirror, its own checksum', evidence(tuna, [claim(tuna)]), {}, 'ERR_CHECKSUM/missing needs canonical-checksum'],
  [
    'untrusted mirror, canonical checksum',
    evidence(tuna, [claim(tuna), claim(clojars)]),
    {},
    'quorum: quorum:clojars,tuna origin:sha1 transport:sha1',
  ],
  ['untrusted mirror, canonical checksum only', evidence(stranger, [claim(clojars)]), {}, 'origin: origin:sha1'],
  [
    'untrusted mirror, canonical checksum over http',
    evidence(tuna, [claim(tuna), claim(clojars, 'sha1', digests, false)]),
    {},
    'ERR_CHECKSUM/missing',
  ],
  ['untrusted mirror, canonical down', evidence(tuna, [claim(tuna)], down), {}, 'ERR_QUORUM/too-few needs other-checksums'],
  [
    'untrusted mirror, canonical down, two operators',
    evidence(tuna, [claim(tuna), claim(ustc)], down),
    {},
    'quorum: quorum:tuna,ustc transport:sha1',
  ],
  ['body of a stranger, two operators', evidence(stranger, [claim(tuna), claim(ustc)], down), {}, 'quorum: quorum:tuna,ustc'],
  ['--accept-mirror-checksums', evidence(tuna, [claim(tuna)], down), accept, 'transport: transport:sha1'],
  ['--accept-mirror-checksums without any checksum', evidence(tuna, [], down), accept, 'ERR_QUORUM/too-few needs other-checksums'],
  ['--accept-mirror-checksums, wrong checksum', evidence(tuna, [wrong(tuna)], down), accept, 'ERR_CHECKSUM/mismatch'],
  // quorum
  [
    'two mirrors of one operator count as one',
    evidence(tuna, [claim(tuna), claim(tuna2)], down),
    {},
    'ERR_QUORUM/too-few needs other-checksums',
  ],
  [
    'an unknown operator does not count as a witness',
    evidence(tuna, [claim(tuna), claim(stranger)], down),
    {},
    'ERR_QUORUM/too-few needs other-checksums',
  ],
  [
    'claims over plain http do not count',
    evidence(tuna, [claim(tuna), claim(ustc, 'sha1', digests, false)], down),
    {},
    'ERR_QUORUM/too-few needs other-checksums',
  ],
  ['md5 does not count', evidence(tuna, [claim(tuna), claim(ustc, 'md5')], down), {}, 'ERR_QUORUM/too-few needs other-checksums'],
  ['quorum of 3', evidence(tuna, [claim(tuna), claim(ustc)], down), { quorum: 3 }, 'ERR_QUORUM/too-few needs other-checksums'],
  ['different algorithms agree', evidence(tuna, [claim(tuna), claim(ustc, 'sha512')], down), {}, 'quorum: quorum:tuna,ustc transport:sha1'],
  [
    'a self-contradicting operator does not count',
    evidence(tuna, [claim(tuna), claim(ustc), wrong(ustc, 'sha256')], down),
    {},
    'ERR_QUORUM/too-few needs other-checksums',
  ],
  ['disagreement', evidence(tuna, [claim(tuna), claim(ustc), wrong(evil)], down), {}, 'ERR_QUORUM/disagreement'],
  [
    'disagreement while the canonical can be asked',
    evidence(tuna, [claim(tuna), wrong(evil)]),
    {},
    'ERR_QUORUM/disagreement needs canonical-checksum',
  ],
  [
    'a canonical checksum decides',
    evidence(tuna, [claim(tuna), claim(clojars), wrong(evil)]),
    {},
    'quorum: quorum:clojars,tuna origin:sha1 transport:sha1',
  ],
  [
    'canonical and another agree',
    evidence(tuna, [claim(tuna), claim(clojars)]),
    { level: 'quorum' },
    'quorum: quorum:clojars,tuna origin:sha1 transport:sha1',
  ],
  [
    'an unknown operator cannot cause a disagreement',
    evidence(tuna, [claim(tuna), claim(ustc), wrong(stranger)], down),
    {},
    'quorum: quorum:tuna,ustc transport:sha1',
  ],
  // mismatch
  ['canonical checksum contradicts a mirror', evidence(tuna, [claim(tuna), wrong(clojars)]), {}, 'ERR_CHECKSUM/mismatch'],
  ['canonical contradicts, others agree', evidence(tuna, [claim(tuna), claim(ustc), wrong(clojars)]), {}, 'ERR_CHECKSUM/mismatch'],
  ['own checksum wrong', evidence(clojars, [wrong(clojars)]), {}, 'ERR_CHECKSUM/mismatch'],
  ['sha1 matches, md5 does not', evidence(mine, [claim(mine), wrong(mine, 'md5')]), {}, 'ERR_CHECKSUM/mismatch'],
  ['own checksum stale, canonical matches', evidence(mine, [wrong(mine), claim(clojars)]), {}, 'origin: origin:sha1'],
  ['canonical over http contradicts', evidence(mine, [claim(mine), wrong(clojars, 'sha1', false)]), {}, 'ERR_CHECKSUM/mismatch'],
  ['a wrong checksum fails under ignore too', evidence(mine, [wrong(mine)]), { checksums: 'ignore' }, 'ERR_CHECKSUM/mismatch'],
  // missing
  ['no checksum from the canonical', evidence(clojars, []), {}, 'ERR_CHECKSUM/missing needs canonical-checksum other-checksums'],
  ['no checksum, warn', evidence(clojars, []), { checksums: 'warn' }, 'none:'],
  ['no checksum, ignore', evidence(mine, []), { checksums: 'ignore' }, 'none:'],
  ['no checksum, ignore, untrusted', evidence(tuna, []), { checksums: 'ignore' }, 'ERR_CHECKSUM/missing needs canonical-checksum'],
  [
    'no checksum, warn, minimum transport',
    evidence(clojars, []),
    { checksums: 'warn', level: 'transport' },
    'ERR_CHECKSUM/missing needs canonical-checksum other-checksums',
  ],
  ['a signature file needs no checksum file', evidence(clojars, [], { checksumFileExempt: true }), { checksums: 'fail' }, 'none:'],
  [
    'a signature file from an untrusted mirror',
    evidence(tuna, [], { checksumFileExempt: true }),
    {},
    'ERR_CHECKSUM/missing needs canonical-checksum',
  ],
  [
    'a signature file below the minimum level',
    evidence(clojars, [], { checksumFileExempt: true }),
    { level: 'origin' },
    'ERR_CHECKSUM/missing needs canonical-checksum',
  ],
  [
    'a signature file below the minimum quorum',
    evidence(clojars, [claim(clojars)], { checksumFileExempt: true }),
    { level: 'quorum' },
    'ERR_QUORUM/too-few needs other-checksums',
  ],
  [
    'a signature file with the canonical checksum',
    evidence(tuna, [claim(clojars)], { checksumFileExempt: true }),
    { level: 'origin' },
    'origin: origin:sha1',
  ],
  ['a signature file with a wrong checksum', evidence(mine, [wrong(mine)], { checksumFileExempt: true }), {}, 'ERR_CHECKSUM/mismatch'],
  // weak
  ['md5 alone from the canonical', evidence(clojars, [claim(clojars, 'md5')]), {}, 'transport: transport:md5'],
  [
    'md5 alone from the canonical, body of a mirror',
    evidence(tuna, [claim(tuna), claim(clojars, 'md5')]),
    {},
    'ERR_CHECKSUM/weak needs other-checksums',
  ],
  ['md5 alone, minimum origin', evidence(clojars, [claim(clojars, 'md5')]), { level: 'origin' }, 'ERR_CHECKSUM/weak needs other-checksums'],
  // pins, first seen, signatures
  ['pinned, from anywhere', evidence(stranger, [], { pin }), {}, 'pinned: pinned:sha256'],
  ['pinned, canonical contradicts', evidence(tuna, [wrong(clojars)], { pin }), {}, 'pinned: pinned:sha256'],
  ['pin mismatch', evidence(clojars, [claim(clojars)], { pin: badPin }), {}, 'ERR_CHECKSUM/mismatch'],
  ['pin mismatch beats a signature', evidence(clojars, [claim(clojars)], { pin: badPin, signature }), {}, 'ERR_CHECKSUM/mismatch'],
  ['pin mismatch of a local file', evidence(null, [], { pin: badPin, local: true }), {}, 'ERR_CHECKSUM/mismatch'],
  [
    'pin in an algorithm that was not computed',
    evidence(clojars, [claim(clojars)], { pin, digests: { sha1: digests.sha1 ?? '' } }),
    {},
    'ERR_CHECKSUM/mismatch',
  ],
  [
    'a sha1 pin must match but proves little',
    evidence(stranger, [], { pin: { ...pin, algorithm: 'sha1', value: digests.sha1 ?? '' } }),
    {},
    'ERR_CHECKSUM/missing needs canonical-checksum',
  ],
  ['minimum pinned', evidence(clojars, [claim(clojars)]), { level: 'pinned' }, 'ERR_CHECKSUM/missing'],
  ['minimum signed', evidence(clojars, [claim(clojars)]), { level: 'signed' }, 'ERR_SIGNATURE/missing needs signature'],
  [
    'signed decides a disagreement',
    evidence(tuna, [claim(tuna), wrong(evil)], { ...down, signature }),
    {},
    'signed: signed:ABCD transport:sha1',
  ],
  [
    'first seen, unchanged',
    evidence(clojars, [claim(clojars)], { firstSeen: digests.sha256 ?? '' }),
    {},
    'origin: origin:sha1 transport:sha1',
  ],
  ['changed since first seen', evidence(clojars, [claim(clojars)], { firstSeen: bad.sha256 ?? '' }), {}, 'ERR_CHECKSUM/changed'],
  [
    'different in another repository',
    evidence(clojars, [claim(clojars)], { firstSeen: bad.sha256 ?? '', moved: { from: 'public', to: 'clojars' } }),
    {},
    'ERR_CHECKSUM/changed',
  ],
  ['changed, signed', evidence(clojars, [claim(clojars)], { firstSeen: bad.sha256 ?? '', signature }), {}, 'ERR_CHECKSUM/changed'],
  [
    'changed, but pinned',
    evidence(clojars, [claim(clojars)], { firstSeen: bad.sha256 ?? '', pin }),
    {},
    'pinned: pinned:sha256 origin:sha1 transport:sha1',
  ],
  [
    'first seen, sha256 not computed',
    evidence(clojars, [claim(clojars)], { firstSeen: bad.sha256 ?? '', digests: { sha1: digests.sha1 ?? '' } }),
    {},
    'ERR_CHECKSUM/changed',
  ],
  // minimum levels, local files
  ['minimum origin, trusted mirror', evidence(mine, [claim(mine)]), { level: 'origin' }, 'ERR_CHECKSUM/missing needs canonical-checksum'],
  ['minimum origin, canonical down', evidence(mine, [claim(mine)], down), { level: 'origin' }, 'ERR_QUORUM/too-few needs other-checksums'],
  ['minimum quorum', evidence(clojars, [claim(clojars)]), { level: 'quorum' }, 'ERR_QUORUM/too-few needs other-checksums'],
  [
    'a low minimum does not loosen the default',
    evidence(tuna, [claim(tuna)]),
    { level: 'none' },
    'ERR_CHECKSUM/missing needs canonical-checksum',
  ],
  ['a local file', evidence(null, [], { local: true }), {}, 'local: local'],
  [
    'a local file, minimum transport',
    evidence(null, [], { local: true }),
    { level: 'transport' },
    'ERR_CHECKSUM/missing needs canonical-checksum other-checksums',
  ],
  [
    'a local file that the canonical vouches for',
    evidence(null, [claim(clojars)], { local: true }),
    { level: 'origin' },
    'origin: origin:sha1 local',
  ],
  ['a local file that the canonical contradicts', evidence(null, [wrong(clojars)], { local: true }), {}, 'ERR_CHECKSUM/mismatch'],
  ['no mirror served it', evidence(null, []), {}, 'ERR_CHECKSUM/missing needs canonical-checksum'],
  [
    'a claim whose digest was not computed proves nothing',
    evidence(clojars, [claim(clojars, 'sha512')], { digests: { sha1: digests.sha1 ?? '' } }),
    {},
    'ERR_CHECKSUM/missing needs canonical-checksum other-checksums',
  ],
];

describe('checkFile', () => {
  it.each(rows)('%s', (_name, given, policy, expected) => {
    expect(outcome(given, policy)).toBe(expected);
  });

  it('names the dissenting mirrors, whether the file is refused or not', () => {
    const refused = checkFile(evidence(tuna, [claim(tuna), claim(ustc), wrong(evil)], down), createPolicy());
    expect(refused).toMatchObject({ ok: false, dissenters: [evil.mirror] });
    const accepted = checkFile(evidence(tuna, [claim(tuna), claim(clojars), wrong(evil)]), createPolicy());
    expect(accepted).toMatchObject({ ok: true, dissenters: [evil.mirror], checksum: { algorithm: 'sha1', source: clojars.mirror } });
    expect(accepted.ok && accepted.warnings.join()).toContain(evil.mirror);
  });

  it('reports the expected and the actual checksum', () => {
    expect(checkFile(evidence(clojars, [wrong(clojars)]), createPolicy())).toMatchObject({
      expected: `sha1 ${bad.sha1}`,
      actual: `sha1 ${digests.sha1}`,
      dissenters: [clojars.mirror],
    });
  });

  it('hints at --accept-mirror-checksums when a quorum is missing', () => {
    const verdict = checkFile(evidence(tuna, [claim(tuna)], down), createPolicy());
    expect(verdict.ok ? '' : verdict.hint).toContain('--accept-mirror-checksums');
  });

  it('warns of a file without a checksum', () => {
    const warned = checkFile(evidence(clojars, []), createPolicy({ checksums: 'warn' }));
    expect(warned.ok && warned.warnings.join()).toContain('not verified');
    expect(checkFile(evidence(clojars, []), createPolicy({ checksums: 'ignore' }))).toMatchObject({ warnings: [] });
  });
});

const algorithms: ChecksumAlgorithm[] = ['md5', 'sha1', 'sha256', 'sha512'];
const anyone = fc.constantFrom(clojars, bucket, mine, tuna, tuna2, ustc, evil, stranger);
const anyClaim = fc
  .record({ who: anyone, algorithm: fc.constantFrom(...algorithms), good: fc.boolean(), secure: fc.boolean() })
  .map(({ who, algorithm, good, secure }) => claim(who, algorithm, good ? digests : bad, secure));
const anyPolicy = fc.record(
  {
    level: fc.constantFrom(null, 'none', 'local', 'transport', 'origin', 'quorum', 'signed', 'pinned'),
    checksums: fc.constantFrom('fail', 'warn', 'ignore'),
    acceptMirrorChecksums: fc.boolean(),
    quorum: fc.integer({ min: 2, max: 3 }),
  },
  { noNullPrototype: true },
);

describe('checkFile, properties', () => {
  it('one flipped bit fails, whatever honest claims there are', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 64 }),
        fc.nat(),
        fc.subarray([clojars, mine, tuna, ustc], { minLength: 1 }),
        fc.constantFrom(...algorithms),
        (bytes, at, who, algorithm) => {
          const honest = digestOf(bytes, algorithms);
          const flipped = bytes.slice();
          const index = at % flipped.length;
          flipped[index] = (flipped[index] ?? 0) ^ (1 << (at % 8));
          for (const server of who) {
            const verdict = checkFile(
              evidence(
                server,
                who.map((one) => claim(one, algorithm, honest)),
                { digests: digestOf(flipped, algorithms) },
              ),
              createPolicy(accept),
            );
            expect(verdict.ok).toBe(false);
          }
        },
      ),
    );
  });

  it('the order of the claims never changes the verdict', () => {
    fc.assert(
      fc.property(
        fc.array(anyClaim, { maxLength: 8 }),
        anyone,
        anyPolicy,
        fc.boolean(),
        fc.infiniteStream(fc.nat()),
        (claims, who, policy, canonicalReachable, random) => {
          const shuffled = claims
            .map((one) => ({ one, key: Number(random.next().value) }))
            .sort((a, b) => a.key - b.key)
            .map(({ one }) => one);
          const verdict = checkFile(evidence(who, claims, { canonicalReachable }), createPolicy(policy));
          expect(checkFile(evidence(who, shuffled, { canonicalReachable }), createPolicy(policy))).toEqual(verdict);
        },
      ),
    );
  });

  it('untrusted mirrors alone never outweigh the canonical checksum', () => {
    const foreign = fc.record({ who: fc.constantFrom(tuna, tuna2, ustc, evil, stranger), algorithm: fc.constantFrom(...algorithms) });
    fc.assert(
      fc.property(fc.array(foreign, { maxLength: 8 }), fc.constantFrom(...algorithms), anyPolicy, (colluders, algorithm, policy) => {
        const claims = [...colluders.map(({ who, algorithm: by }) => claim(who, by)), wrong(clojars, algorithm)];
        expect(checkFile(evidence(evil, claims), createPolicy(policy)).ok).toBe(false);
      }),
    );
  });

  it('an accepted file is at the policy’s level or above', () => {
    fc.assert(
      fc.property(fc.array(anyClaim, { maxLength: 8 }), anyone, anyPolicy, (claims, who, policy) => {
        const verdict = checkFile(evidence(who, claims), createPolicy(policy));
        const order = ['none', 'local', 'transport', 'origin', 'quorum', 'signed', 'pinned'];
        if (verdict.ok && policy.level !== null) expect(order.indexOf(verdict.level)).toBeGreaterThanOrEqual(order.indexOf(policy.level));
      }),
    );
  });
});
