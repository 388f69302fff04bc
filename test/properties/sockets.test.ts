/** The property of schedule.ts on a small scale, over real sockets and the public API. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import fc from 'fast-check';
import { expect, it } from 'vitest';

import { createClient } from '../../src/app/client/client.js';
import { isClojarsFetchError } from '../../src/base/error.js';
import { testCertificates } from '../support/certificate.js';
import { type Behaviour, startFaultServer } from '../support/fault-server.js';
import { createTemporaryFolder } from '../support/folder.js';
import { createFixtureRepository } from '../support/maven-repository.js';

const { files } = createFixtureRepository({ artifacts: [{ group: 'org.example', artifact: 'lib', versions: ['1.0'], size: 5_000 }] });
const jar = 'org/example/lib/1.0/lib-1.0.jar';

/** Accidents that end by themselves within the time of a test. */
const accidents: readonly (Behaviour | null)[] = [
  null,
  null,
  null,
  'reset',
  'reset-half-way',
  'truncate',
  'truncate-chunked',
  'truncate-until-close',
  'wrong-length',
  'surplus',
  'html',
  'corrupt',
  'corrupt-checksum',
  'checksum-with-name',
  'redirect-loop',
  'gzip',
  { status: 503 },
  { status: 404 },
  { status: 429, retryAfter: 1 },
  { delayMs: 20 },
  { delayMs: 400 },
];
const accident = fc.array(fc.constantFrom(...accidents), { minLength: 1, maxLength: 5 });

/** All liars of this run tell the same lie, so they share one operator or have none: see schedule.ts. */
const mirror = fc.oneof(
  fc.record({ kind: fc.constantFrom('trusted', 'untrusted'), script: accident, operator: fc.constantFrom('honest-0', 'honest-1') }),
  fc.record({
    kind: fc.constant('liar'),
    script: fc.array(
      fc.constantFrom<Behaviour | null>('corrupt-with-checksums', 'corrupt-with-checksums', null, 'corrupt', { status: 503 }),
      { minLength: 1, maxLength: 4 },
    ),
    operator: fc.constantFrom('liar', undefined),
  }),
);

const certificates = await testCertificates();

it('over real sockets, too, a schedule ends in the same bytes or an error', async () => {
  let resolved = 0;
  await fc.assert(
    fc.asyncProperty(accident, fc.boolean(), fc.array(mirror, { maxLength: 4 }), async (canonicalScript, isFirst, mirrors) => {
      const { path: folder, remove } = await createTemporaryFolder();
      const start = async (script: readonly (Behaviour | null)[]) =>
        startFaultServer({ files, tls: certificates.valid, fault: (_path, index) => script[index % script.length] ?? null });
      const canonical = await start(canonicalScript);
      const others = await Promise.all(mirrors.map(({ script }) => start(script)));
      const client = createClient({
        repositories: [
          {
            id: 'tests',
            url: canonical.url,
            mirrors: mirrors.map(({ kind, operator }, index) => ({
              url: others[index]?.url ?? '',
              trusted: kind === 'trusted',
              priority: isFirst ? 1 : -1,
              ...(operator === undefined ? {} : { operator }),
            })),
          },
        ],
        localRepository: join(folder, 'm2'),
        cacheFolder: join(folder, 'cache'),
        stateFolder: join(folder, 'state'),
        ca: certificates.ca,
        settings: false,
        timeoutMs: 15_000,
      });
      try {
        const { path } = await client.resolveArtifact('org.example:lib:1.0');
        expect((await readFile(path)).equals(files.get(jar) ?? Buffer.alloc(0))).toBe(true);
        resolved += 1;
      } catch (error) {
        if (!isClojarsFetchError(error)) throw error;
        expect(['ERR_UNREACHABLE', 'ERR_CHECKSUM', 'ERR_QUORUM', 'ERR_NOT_FOUND', 'ERR_LIMIT']).toContain(error.code);
      } finally {
        await client.close();
        await Promise.all([canonical, ...others].map((server) => server.close()));
        await remove();
      }
    }),
    // The first schedule is sound: most others are made to fail.
    { numRuns: 5, endOnFailure: true, examples: [[[null], false, []]] },
  );
  // One that succeeds shows that the property covers more than errors.
  expect(resolved).toBeGreaterThan(0);
}, 240_000);
