/**
 * One mirror serves a bad jar with matching checksums to this client only, so no crawler sees it. Every proof that is stronger than the
 * mirror's own word catches it: origin, quorum, pin, signature, and the first-seen record.
 */
import { createHash } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { createMessage, generateKey, readPrivateKey, sign } from 'openpgp';
import { expect } from 'vitest';

import type { ClientOptions } from '../../../src/local/settings/client-options.js';
import { testCertificates } from '../../support/certificate.js';
import { contentOf, coordinate, digest, errorOf, greeter, it, jar, pom, type Workbench } from '../../support/workbench.js';
import { crawl, type Liar, startLiar } from './liar.js';

const truth = greeter({ size: 20_000 });
/** Another jar and another POM, with matching checksum files. */
const lie = withOtherPom(greeter({ size: 20_000, seed: 'forged' }));
const good = digest('sha256', contentOf(truth, jar));

function withOtherPom(files: ReadonlyMap<string, Buffer>): Map<string, Buffer> {
  const content = Buffer.concat([contentOf(files, pom), Buffer.from('<!-- another -->\n')]);
  const sums = ['sha1', 'md5', 'sha256', 'sha512'].filter((algorithm) => files.has(`${pom}.${algorithm}`));
  return new Map([
    ...files,
    [pom, content],
    ...sums.map((algorithm): [string, Buffer] => [`${pom}.${algorithm}`, Buffer.from(digest(algorithm, content))]),
  ]);
}

const certificates = await testCertificates();

const honest = (bench: Workbench, files: ReadonlyMap<string, Buffer> = truth) => bench.serve(files, { tls: certificates.valid });
async function liar(
  bench: Workbench,
  ...rest: [lies?: ReadonlyMap<string, Buffer>, from?: 'the start' | 'later', told?: ReadonlyMap<string, Buffer>]
): Promise<Liar> {
  const [lies = lie, from = 'the start', told = truth] = rest;
  const started = await startLiar(told, lies, certificates.valid, from);
  bench.atEnd(() => started.close());
  return started;
}
const resolve = (bench: Workbench, options: ClientOptions) => bench.client({ ca: certificates.ca, ...options }).resolveArtifact(coordinate);

/** The lie is consistent in itself, and a crawler sees nothing of it. */
async function expectUnseen({ url }: Liar): Promise<void> {
  expect((await crawl(url, jar, certificates.ca)).equals(contentOf(truth, jar))).toBe(true);
  expect((await crawl(url, `${jar}.sha1`, certificates.ca)).equals(contentOf(truth, `${jar}.sha1`))).toBe(true);
  expect(contentOf(lie, `${jar}.sha1`).toString()).toBe(createHash('sha1').update(contentOf(lie, jar)).digest('hex'));
}

/** Control: the attack works when nothing stops it. */
it('without a stronger proof: a client that believes the mirror alone accepts the lie', async ({ bench }) => {
  const mirror = await liar(bench);
  await expectUnseen(mirror);
  const found = await resolve(bench, { repositories: [{ id: 'r', url: mirror.url }] });
  expect(found.sha256).toBe(digest('sha256', contentOf(lie, jar)));
  expect(mirror.lies).toContain(`${jar}.sha1`);
});

it("origin: the canonical operator's checksum decides, whichever mirror serves the body", async ({ bench }) => {
  const [canonical, mirror] = [await honest(bench), await liar(bench)];
  await expectUnseen(mirror);
  const found = await resolve(bench, {
    repositories: [
      { id: 'r', url: canonical.url, operator: 'c', mirrors: [{ url: mirror.url, operator: 'm', priority: -1, trusted: false }] },
    ],
  });
  expect(found).toMatchObject({ sha256: good, mirror: canonical.url, verification: { level: 'origin' } });
  expect(mirror.lies).toContain(jar);
  expect((await bench.read(jar)).equals(contentOf(truth, jar))).toBe(true);
});

it('quorum: a lie of the canonical operator to this client is contradicted by the others', async ({ bench }) => {
  const [canonical, a, b] = [await liar(bench), await honest(bench), await honest(bench)];
  await expectUnseen(canonical);
  const repositories = [
    {
      id: 'r',
      url: canonical.url,
      operator: 'c',
      mirrors: [
        { url: a.url, operator: 'a' },
        { url: b.url, operator: 'b' },
      ],
    },
  ];
  const error = await errorOf(resolve(bench, { repositories, trust: { quorum: 2 } }));
  expect(['ERR_QUORUM', 'ERR_CHECKSUM']).toContain(error.code);
  expect(canonical.lies).toContain(jar);
  expect(await bench.placed()).toEqual([]);
});

it('quorum: a mirror that lies while the canonical operator is down cannot win, and is contradicted', async ({ bench }) => {
  const [mirror, a, b] = [await liar(bench), await honest(bench), await honest(bench)];
  await expectUnseen(mirror);
  const dead = await bench.serve(truth, { fault: 'refuse' });
  const repositories = [
    {
      id: 'r',
      url: dead.url,
      operator: 'c',
      mirrors: [
        [mirror.url, 'm'],
        [a.url, 'a'],
        [b.url, 'b'],
      ].map(([url = '', operator = '']) => ({ url, operator, trusted: false })),
    },
  ];
  const error = await errorOf(resolve(bench, { repositories, trust: { quorum: 2 } }));
  expect(error).toMatchObject({ code: 'ERR_QUORUM', reason: 'disagreement' });
  expect(error.message).toContain('m');
  expect(await bench.placed()).toEqual([]);
});

it('pin: the sha256 that the user wrote down decides, and another mirror has the file', async ({ bench }) => {
  const [canonical, other] = [await liar(bench), await honest(bench)];
  await expectUnseen(canonical);
  const sums = join(bench.folder, 'sums');
  await writeFile(sums, [jar, pom].map((path) => `${digest('sha256', contentOf(truth, path))}  ${path}\n`).join(''));
  const found = await resolve(bench, { repositories: [{ id: 'r', url: canonical.url, mirrors: [other.url] }], trustedChecksums: [sums] });
  expect(found).toMatchObject({ sha256: good, mirror: other.url, verification: { level: 'pinned' } });
  expect(canonical.lies).toContain(jar);
});

it('signature: only the author can sign the file', async ({ bench }) => {
  const make = async (name: string) => {
    const { privateKey, publicKey } = await generateKey({ type: 'ecc', curve: 'ed25519Legacy', userIDs: [{ name }], format: 'armored' });
    return { key: await readPrivateKey({ armoredKey: privateKey }), publicKey };
  };
  const [author, attacker] = [await make('The author'), await make('The author')];
  const signed = async (files: ReadonlyMap<string, Buffer>, { key }: typeof author): Promise<Map<string, Buffer>> => {
    const result = new Map(files);
    for (const path of [jar, pom]) {
      const asc: unknown = await sign({
        message: await createMessage({ binary: new Uint8Array(contentOf(files, path)) }),
        signingKeys: key,
        detached: true,
        format: 'armored',
      });
      result.set(`${path}.asc`, Buffer.from(String(asc)));
    }
    return result;
  };
  const ring = join(bench.folder, 'ring.asc');
  await writeFile(ring, author.publicKey);
  const trust = { signatures: 'require', model: 'keyring', keyrings: [ring] } as const;
  const real = await signed(truth, author);
  // The mirror signs its lie with a key that bears the author's name; it strips the signature; it keeps the author's.
  const lies = [await signed(lie, attacker), lie, new Map([...lie, ...[...real].filter(([path]) => path.endsWith('.asc'))])];
  for (const [index, told] of lies.entries()) {
    const mirror = await liar(bench, told, 'the start', real);
    expect((await crawl(mirror.url, `${jar}.asc`, certificates.ca)).equals(contentOf(real, `${jar}.asc`))).toBe(true);
    const error = await errorOf(resolve(bench, { repositories: [{ id: 'r', url: mirror.url }], trust }));
    expect([index, error.code, error.reason]).toEqual([index, 'ERR_SIGNATURE', ['unknown-key', 'missing', 'bad'][index]]);
    expect(await bench.placed()).toEqual([]);
  }
  const server = await honest(bench, real);
  expect((await resolve(bench, { repositories: [{ id: 'r', url: server.url }], trust })).verification).toMatchObject({
    level: 'signed',
    signature: { status: 'good' },
  });
});

it('first-seen record: a release that differs from the one seen before is refused', async ({ bench }) => {
  const mirror = await liar(bench, lie, 'later');
  const repositories = [{ id: 'r', url: mirror.url }];
  expect((await resolve(bench, { repositories })).sha256).toBe(good);
  mirror.begin();
  await expectUnseen(mirror);
  await rm(bench.m2, { recursive: true });
  await rm(join(bench.folder, 'cache'), { recursive: true });
  const error = await errorOf(resolve(bench, { repositories }));
  expect(error).toMatchObject({ code: 'ERR_CHECKSUM', reason: 'changed' });
  expect(mirror.lies).toContain(jar);
  expect(await bench.placed()).toEqual([]);
});
