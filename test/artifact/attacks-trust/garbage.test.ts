/** Garbage served in place of a signature: only the canonical repository can make a file count as unsigned or be refused. */
import { beforeAll, describe, expect } from 'vitest';

import type { Client } from '../../../src/app/client/client.js';
import type { ArtifactVerification } from '../../../src/fetch/artifact.js';
import { contentOf, coordinate, errorOf, greeter, it, jar, pom, type Workbench } from '../../support/workbench.js';
import { createPerson, type Person, signAll, trust, writeKeyring } from '../signatures/bench.js';

const files = greeter();
let ada: Person;
let signed: ReadonlyMap<string, Buffer>;
beforeAll(async () => {
  ada = await createPerson();
  signed = await signAll(files, ada);
});

/** On a busy machine the canonical operator may be late, and `if-present` does not wait for it: the next call looks again. */
async function judged(client: Client): Promise<ArtifactVerification> {
  for (;;) {
    const { verification } = await client.resolveArtifact(coordinate);
    if (verification.signature !== null) return verification;
  }
}

const armor = (body: string, kind = 'SIGNATURE'): Buffer =>
  Buffer.from(`-----BEGIN PGP ${kind}-----\n\n${body}\n-----END PGP ${kind}-----\n`);
const garbage: readonly (readonly [string, () => Buffer | Promise<Buffer>])[] = [
  ['nothing at all', () => Buffer.alloc(0)],
  ['a page', () => Buffer.from('<!DOCTYPE html><html><body>Sign in to the hotel network</body></html>')],
  ['zeros', () => Buffer.alloc(5000)],
  ['ones', () => Buffer.alloc(5000, 0xff)],
  ['more bytes than a signature file may have', () => Buffer.alloc(200_000, 0x41)],
  ['armor around nothing', () => armor('')],
  ['armor around something other than a signature', () => armor(Buffer.from('hello, world').toString('base64'))],
  ['a public key', () => Buffer.from(ada.publicKey)],
  ['a checksum', () => Buffer.from('da39a3ee5e6b4b0d3255bfef95601890afd80709')],
  ['the file itself', () => contentOf(files, jar)],
  ['half of the right one', () => contentOf(signed, `${jar}.asc`).subarray(0, 120)],
  [
    'an inline-signed message with its own text',
    async () => {
      const { createMessage, generateKey, sign } = await import('openpgp');
      const { privateKey } = await generateKey({ userIDs: [{ name: 'x' }], format: 'object' });
      return Buffer.from(await sign({ message: await createMessage({ text: 'anything' }), signingKeys: privateKey }));
    },
  ],
  ['a signature of another file', () => contentOf(signed, `${pom}.asc`)],
  ['thirty signatures of other files', () => Buffer.concat(Array.from({ length: 30 }, () => contentOf(signed, `${pom}.asc`)))],
];

describe.each(garbage)('%s in place of a signature', (_name, make) => {
  const withGarbage = async (base: ReadonlyMap<string, Buffer>): Promise<Map<string, Buffer>> =>
    new Map(base).set(`${jar}.asc`, await make());

  it('from a mirror does not replace the good signature of the canonical repository', async ({ bench }) => {
    const canonical = await bench.serve(signed);
    const mirror = await bench.serve(await withGarbage(signed));
    for (const mode of ['require', 'if-present'] as const) {
      const client = bench.client({
        localRepository: `${bench.m2}-${mode}`,
        repositories: [{ id: 'r', url: canonical.url, mirrors: [{ url: mirror.url, priority: -1 }] }],
        ...trust(mode, await writeKeyring(bench, [ada])),
      });
      expect(await judged(client)).toMatchObject({ level: 'signed', signature: { status: 'good' } });
    }
  });

  it('from a mirror leaves the file unsigned when the canonical repository has no signature', async ({ bench }) => {
    const canonical = await bench.serve(files);
    const mirror = await bench.serve(await withGarbage(files));
    const client = bench.client({
      repositories: [{ id: 'r', url: canonical.url, mirrors: [{ url: mirror.url, priority: -1 }] }],
      ...trust('if-present', await writeKeyring(bench, [ada])),
    });
    expect((await judged(client)).signature).toMatchObject({ status: 'missing' });
  });

  it('from the canonical repository fails when signatures are required, and never counts as good', async ({ bench }) => {
    const server = await bench.serve(await withGarbage(signed));
    const keyring = await writeKeyring(bench, [ada]);
    const error = await errorOf(
      bench.client({ repositories: [{ id: 'r', url: server.url }], ...trust('require', keyring) }).resolveArtifact(coordinate),
    );
    expect(error.code).toMatch(/^ERR_(?:SIGNATURE|UNREACHABLE)$/);
    const found = await bench
      .client({ repositories: [{ id: 'r', url: server.url }], ...trust('if-present', keyring) })
      .resolveArtifact(coordinate)
      .catch((reason: unknown) => reason);
    if (found instanceof Error) expect(found).toMatchObject({ code: 'ERR_SIGNATURE' });
    else expect(found).not.toMatchObject({ verification: { level: 'signed' } });
  });
});

/** A client that has just found the canonical repository out of reach: it is not waited for. */
async function clientAfterOutage(bench: Workbench, published: ReadonlyMap<string, Buffer>): Promise<Client> {
  const canonical = await bench.serve(published, { fault: { status: 503 } });
  const page = Buffer.from('<!DOCTYPE html><html><body>Sign in to the hotel network</body></html>');
  const mirror = await bench.serve(new Map(published).set(`${jar}.asc`, page));
  const client = bench.client({
    repositories: [{ id: 'r', url: canonical.url, mirrors: [{ url: mirror.url, priority: -1 }] }],
    ...trust('if-present', await writeKeyring(bench, [ada])),
  });
  const [failed] = await Promise.allSettled([client.resolveArtifact(coordinate)]);
  expect(failed).toMatchObject({ status: 'rejected', reason: { code: 'ERR_SIGNATURE' } });
  canonical.setFault(null);
  return client;
}

describe('a page in place of a signature, from a mirror, while the canonical repository counts as down', () => {
  it('does not refuse a file that has a good signature there', async ({ bench }) => {
    const client = await clientAfterOutage(bench, signed);
    expect((await client.resolveArtifact(coordinate)).verification).toMatchObject({ level: 'signed', signature: { status: 'good' } });
  });

  it('does not refuse a file that has none there', async ({ bench }) => {
    const client = await clientAfterOutage(bench, files);
    expect((await client.resolveArtifact(coordinate)).verification.signature).toMatchObject({ status: 'missing' });
  });
});
