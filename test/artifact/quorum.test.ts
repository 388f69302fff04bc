/** `--quorum N` as a minimum: which mirrors are asked, when and how often, and how the result names them. */
import { describe, expect } from 'vitest';

import type { Tuning } from '../../src/app/client/tuning.js';
import type { ClientOptions } from '../../src/local/settings/client-options.js';
import { testCertificates } from '../support/certificate.js';
import type { FaultServer } from '../support/fault-server.js';
import { contentOf, coordinate, digest, errorOf, greeter, it, jar, pom, type Workbench } from '../support/workbench.js';

const files = greeter({ size: 300_000 });
const forged = greeter({ size: 300_000, seed: 'forged' });
const checksum = /\.(sha1|sha256|sha512|md5)$/;

const certificates = await testCertificates();

const https = () => ({ tls: certificates.valid });
const mirror = ({ url }: FaultServer, operator: string, priority = 1) => ({ url, operator, priority, trusted: false });

/** Requests are counted here, and a hedge on a busy machine would add one. */
const patient = { hedgeDelayMs: 20_000 };

/** A client that knows these servers by operator; the first is the canonical URL. */
function client(
  bench: Workbench,
  operators: readonly (readonly [string, FaultServer])[],
  trust: ClientOptions['trust'],
  more: ClientOptions = {},
  tuning: Tuning = {},
) {
  const [first, ...rest] = operators;
  if (first === undefined) throw new Error('no server');
  return bench.client(
    {
      ca: certificates.ca,
      ...(trust ? { trust } : {}),
      repositories: [
        { id: 'r', url: first[1].url, operator: first[0], mirrors: rest.map(([operator, server]) => mirror(server, operator)) },
      ],
      ...more,
    },
    { ...patient, ...tuning },
  );
}

describe('a quorum of untrusted mirrors', () => {
  it.for(['hang', 'black-hole'] as const)('does not wait for a canonical operator in the state %s', async (fault, { bench }) => {
    const primary = await bench.serve(files, { ...https(), fault });
    const [a, b] = [await bench.serve(files, https()), await bench.serve(files, https())];
    const servers = [['o', primary] as const, ['a', a] as const, ['b', b] as const];
    const limits = { hedgeDelayMs: 20, firstByteTimeoutMs: 1000, connectTimeoutMs: 1000 };
    // With the time limit of minutes, the test would not end if anything waited for the operator.
    const found = await client(bench, servers, undefined, {}, limits).resolveArtifact(coordinate);
    expect(found.verification.level).toBe('quorum');
  });
});

describe('an explicit quorum', () => {
  it('is a minimum for the artifact and its POM alike, and the result names the operators', async ({ bench }) => {
    const [c, a, b] = [await bench.serve(files, https()), await bench.serve(files, https()), await bench.serve(files, https())];
    const found = await client(
      bench,
      [
        ['c', c],
        ['a', a],
        ['b', b],
      ],
      { quorum: 3 },
    ).resolveArtifact(coordinate);
    expect(found.verification.level).toBe('quorum');
    expect(found.verification.proofs).toEqual(['quorum:a,b,c', 'origin:sha1', 'transport:sha1']);
    const value = digest('sha1', contentOf(files, jar));
    expect(found.verification.witnesses).toEqual(
      [a, b, c].map(({ url }, index) => ({ operator: 'abc'[index], mirror: url, algorithm: 'sha1', value, agrees: true })),
    );
    expect(bench.of('verified').map(({ level }) => level)).toEqual(['quorum', 'quorum']);
  });

  it('costs one checksum request per file and operator', async ({ bench }) => {
    const [c, a, b] = [await bench.serve(files, https()), await bench.serve(files, https()), await bench.serve(files, https())];
    await client(
      bench,
      [
        ['c', c],
        ['a', a],
        ['b', b],
      ],
      { quorum: 2 },
    ).resolveArtifact(coordinate);
    for (const server of [c, a, b]) {
      expect(server.count(checksum)).toBe(2);
      expect(server.count(`${jar}.sha1`)).toBe(1);
      expect(server.count(`${pom}.sha1`)).toBe(1);
    }
    expect(c.count(jar) + a.count(jar) + b.count(jar)).toBe(1);
  });

  it('asks the witnesses while the body is still arriving', async ({ bench }) => {
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const [c, a] = [
      await bench.serve(files, { ...https(), fault: { fault: 'hang-half-way', match: /\.jar$/ } }),
      await bench.serve(files, https()),
    ];
    const running = client(
      bench,
      [['c', c]],
      { quorum: 2 },
      {
        repositories: [{ id: 'r', url: c.url, operator: 'c', mirrors: [mirror(a, 'a', 9)] }],
        onEvent: (event) => {
          if (event.type === 'bytes' && event.path === jar && event.mirror === c.url) release();
        },
      },
      { stall: { minBytesPerSecond: 1024, windowMs: 2_000 } },
    ).resolveArtifact(coordinate);
    await held;
    // Half of the body has arrived and the rest never comes from c; the witnesses were asked all the same.
    await expect.poll(() => a.count(`${jar}.sha1`)).toBe(1);
    expect((await running).verification.level).toBe('quorum');
    expect(a.count(`${jar}.sha1`)).toBe(1);
  });

  it('is not asked of a repository that lacks the file', async ({ bench }) => {
    const [other, witness, c, a] = [
      await bench.serve(new Map(), https()),
      await bench.serve(new Map(), https()),
      await bench.serve(files, https()),
      await bench.serve(files, https()),
    ];
    await client(
      bench,
      [['c', c]],
      { quorum: 2 },
      {
        repositories: [
          { id: 'first', url: other.url, operator: 'o', mirrors: [mirror(witness, 'w')] },
          { id: 'second', url: c.url, operator: 'c', mirrors: [mirror(a, 'a')] },
        ],
      },
    ).resolveArtifact(coordinate);
    expect(other.count(checksum) + witness.count(checksum)).toBe(0);
    expect(a.count(checksum)).toBe(2);
  });

  it('awaits a slow witness if the others do not suffice', async ({ bench }) => {
    const late = { fault: { delayMs: 900 }, match: checksum };
    const [c, none, a] = [
      await bench.serve(files, https()),
      await bench.serve(files, { ...https(), fault: { fault: { status: 404 }, match: /./ } }),
      await bench.serve(files, { ...https(), fault: late }),
    ];
    const operators = [
      ['c', c],
      ['b', none],
      ['a', a],
    ] as const;
    const found = await client(bench, operators, { quorum: 2 }, {}, { firstByteTimeoutMs: 200 }).resolveArtifact(coordinate);
    expect(found.verification.proofs).toContain('quorum:a,c');
    expect(a.count(`${jar}.sha1`)).toBe(1);
  });

  it('awaits the slow mirror of an operator whose other mirror has nothing', async ({ bench }) => {
    const [c, slow, none] = [
      await bench.serve(files, https()),
      await bench.serve(files, { ...https(), fault: { fault: { delayMs: 900 }, match: checksum } }),
      await bench.serve(new Map(), https()),
    ];
    const operators = [
      ['c', c],
      ['a', slow],
      ['a', none],
    ] as const;
    const found = await client(bench, operators, { quorum: 2 }, {}, { firstByteTimeoutMs: 200 }).resolveArtifact(coordinate);
    expect(found.verification.proofs).toContain('quorum:a,c');
  });

  it('drops a silent witness after the time for a first byte if the others suffice', async ({ bench }) => {
    const [c, a, silent] = [
      await bench.serve(files, https()),
      await bench.serve(files, https()),
      await bench.serve(files, { ...https(), fault: 'hang' }),
    ];
    const operators = [
      ['c', c],
      ['a', a],
      ['b', silent],
    ] as const;
    // If the silent one were awaited, the call would end with its deadline, and a warning would name the one that is awaited.
    const found = await client(bench, operators, { quorum: 2 }, {}, { firstByteTimeoutMs: 300 }).resolveArtifact(coordinate);
    expect(found.verification.proofs).toContain('quorum:a,c');
    expect(silent.count(checksum)).toBeGreaterThan(0);
    expect(bench.of('warning')).toEqual([]);
  });

  it('fails when too few agree, names those who agreed and those that could not be reached, and places nothing', async ({ bench }) => {
    const [c, a] = [await bench.serve(files, https()), await bench.serve(files, { ...https(), fault: 'refuse' })];
    const error = await errorOf(
      client(
        bench,
        [
          ['c', c],
          ['a', a],
        ],
        { quorum: 2 },
      ).resolveArtifact(coordinate),
    );
    expect(error).toMatchObject({ code: 'ERR_QUORUM', reason: 'too-few' });
    expect(error.message).toContain('only c of the 2 operators needed');
    expect(error.attempts.some(({ mirror: asked }) => asked === a.url)).toBe(true);
    expect(await bench.placed()).toEqual([]);
  });

  it('accepts another mirror of the same operator if the first cannot be reached', async ({ bench }) => {
    const [c, dead, alive] = [
      await bench.serve(files, https()),
      await bench.serve(files, { ...https(), fault: 'refuse' }),
      await bench.serve(files, https()),
    ];
    const found = await client(
      bench,
      [
        ['c', c],
        ['a', dead],
        ['a', alive],
      ],
      { quorum: 2 },
    ).resolveArtifact(coordinate);
    expect(found.verification.proofs[0]).toBe('quorum:a,c');
  });

  it.for([
    ['two mirrors of one operator', 'c', true],
    ['a mirror of an unknown operator', null, true],
    ['a mirror over plain http', 'a', false],
  ] as const)('does not count %s as a second witness', async ([_name, operator, secure], { bench }) => {
    const [c, a] = [await bench.serve(files, https()), await bench.serve(files, secure ? https() : {})];
    const mirrors = [operator === null ? { url: a.url, trusted: true } : { url: a.url, operator, trusted: true }];
    const error = await errorOf(
      client(bench, [['c', c]], { quorum: 2 }, { repositories: [{ id: 'r', url: c.url, operator: 'c', mirrors }] }).resolveArtifact(
        coordinate,
      ),
    );
    expect(error).toMatchObject({ code: 'ERR_QUORUM', reason: 'too-few' });
  });

  it('lets the canonical checksum decide a disagreement, but the quorum must still be met', async ({ bench }) => {
    const [c, a, liar] = [await bench.serve(files, https()), await bench.serve(files, https()), await bench.serve(forged, https())];
    const found = await client(
      bench,
      [
        ['c', c],
        ['a', a],
        ['x', liar],
      ],
      { quorum: 2 },
    ).resolveArtifact(coordinate);
    expect(found.sha256).toBe(digest('sha256', contentOf(files, jar)));
    expect(found.verification.witnesses.map(({ operator, agrees }) => [operator, agrees])).toEqual([
      ['a', true],
      ['c', true],
      ['x', false],
    ]);
    expect(bench.of('warning').some(({ message }) => message.includes(liar.url) && message.includes('not believed'))).toBe(true);
    const error = await errorOf(
      client(
        bench,
        [
          ['c', c],
          ['x', liar],
        ],
        { quorum: 2 },
        { localRepository: `${bench.m2}-2` },
      ).resolveArtifact(coordinate),
    );
    expect(error).toMatchObject({ code: 'ERR_QUORUM', reason: 'too-few' });
  });

  it('sends no requests when a pin, which is stronger, decides', async ({ bench }) => {
    const [c, a] = [await bench.serve(files, https()), await bench.serve(files, https())];
    const sums = await bench.write(
      '../sums',
      `${digest('sha256', contentOf(files, jar))}  ${jar}\n${digest('sha256', contentOf(files, pom))}  ${pom}\n`,
    );
    const found = await client(
      bench,
      [
        ['c', c],
        ['a', a],
      ],
      { quorum: 2 },
      { trustedChecksums: [sums] },
    ).resolveArtifact(coordinate);
    expect(found.verification.level).toBe('pinned');
    expect(a.count()).toBe(0);
  });

  it('may be lowered by a rule for some groups', async ({ bench }) => {
    const c = await bench.serve(files, https());
    const found = await client(bench, [['c', c]], { quorum: 2, rules: [{ group: 'org.example', level: 'origin' }] }).resolveArtifact(
      coordinate,
    );
    expect(found.verification.level).toBe('origin');
  });

  it('applies to files that another tool placed, and to files verified under a laxer policy', async ({ bench }) => {
    const [c, a] = [await bench.serve(files, https()), await bench.serve(files, https())];
    const operators = [
      ['c', c],
      ['a', a],
    ] as const;
    expect((await client(bench, operators, undefined).resolveArtifact(coordinate)).verification.level).toBe('origin');
    expect(a.count()).toBe(0);
    const again = await client(bench, operators, { quorum: 2 }).resolveArtifact(coordinate);
    expect(again).toMatchObject({
      mirror: null,
      verification: {
        level: 'quorum',
        witnesses: [
          { operator: 'a', agrees: true },
          { operator: 'c', agrees: true },
        ],
      },
    });
    expect(c.count(jar) + a.count(jar)).toBe(1);
  });
});

it('is not sought without a number: only the serving mirror is asked', async ({ bench }) => {
  const [c, a] = [await bench.serve(files, https()), await bench.serve(files, https())];
  const found = await client(
    bench,
    [
      ['c', c],
      ['a', a],
    ],
    undefined,
  ).resolveArtifact(coordinate);
  expect(found.verification).toMatchObject({ level: 'origin', witnesses: [{ operator: 'c', agrees: true }] });
  expect(a.count()).toBe(0);
});
