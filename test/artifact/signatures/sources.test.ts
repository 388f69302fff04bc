/** Where signatures come from, and which servers can take one away. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { beforeAll, describe, expect } from 'vitest';

import { type TestCertificates, testCertificates } from '../../support/certificate.js';
import { createFixtureRepository } from '../../support/maven-repository.js';
import { contentOf, coordinate, errorOf, greeter, it, jar, pom, type Workbench } from '../../support/workbench.js';
import { createPerson, type Person, publish, shortOf, signAll, trust, writeKeyring } from './bench.js';

const files = greeter();
const signatures = [`${jar}.asc`, `${pom}.asc`];
let certificates: TestCertificates;
let ada: Person;
let eve: Person;
let signed: Map<string, Buffer>;
let keyring: string;
beforeAll(async () => {
  [ada, eve, certificates] = await Promise.all([createPerson(), createPerson({ name: 'Eve' }), testCertificates()]);
  signed = await signAll(files, ada);
});
it.beforeEach(async ({ bench }) => {
  keyring = await writeKeyring(bench, [ada, eve]);
});

const secure = () => ({ tls: certificates.valid });
const foreign = (url: string, priority = 1, trusted = false) => ({ url, operator: `op-${priority}`, priority, trusted });
const warnings = (bench: Workbench): string[] =>
  bench
    .of('warning')
    .map(({ warning }) => warning)
    .filter((warning) => warning.startsWith('signature'));

describe('a mirror', () => {
  it.for(['if-present', 'require'] as const)(
    'cannot strip a signature under %s: the canonical operator is asked when the mirror has none',
    async (mode, { bench }) => {
      const canonical = await bench.serve(signed, secure());
      const mirror = await bench.serve(files);
      const found = await bench
        .client({
          ...trust(mode, keyring),
          ca: certificates.ca,
          repositories: [{ id: 'r', url: canonical.url, mirrors: [foreign(mirror.url, -1)] }],
        })
        .resolveArtifact(coordinate);
      expect(shortOf(found.verification.signature)).toBe(`good ${ada.fingerprint}`);
      expect(warnings(bench)).toEqual([]);
      for (const path of signatures) expect(canonical.count(path)).toBe(1);
    },
  );

  it('cannot replace a signature with a throwaway one', async ({ bench }) => {
    const stranger = await createPerson({ name: 'Nobody' });
    const canonical = await bench.serve(signed, secure());
    const mirror = await bench.serve(await signAll(files, stranger));
    const found = await bench
      .client({
        ...trust('if-present', keyring),
        ca: certificates.ca,
        repositories: [{ id: 'r', url: canonical.url, mirrors: [foreign(mirror.url, -1)] }],
      })
      .resolveArtifact(coordinate);
    expect(shortOf(found.verification.signature)).toBe(`good ${ada.fingerprint}`);
  });

  it('cannot invent a bad signature for an unsigned file', async ({ bench }) => {
    const canonical = await bench.serve(files, secure());
    const invented = new Map(files);
    for (const path of signatures) invented.set(path, await ada.sign(Buffer.from('another file')));
    const mirror = await bench.serve(invented);
    const found = await bench
      .client({
        ...trust('if-present', keyring),
        ca: certificates.ca,
        repositories: [{ id: 'r', url: canonical.url, mirrors: [foreign(mirror.url, -1)] }],
      })
      .resolveArtifact(coordinate);
    expect(shortOf(found.verification.signature)).toBe('missing');
    expect(warnings(bench)).toEqual(['signature-missing', 'signature-missing']);
  });

  it('cannot hide whether a file is signed while the canonical operator is down: if-present warns and looks again later, require fails', async ({
    bench,
  }) => {
    const live = new Map(files);
    const canonical = await bench.serve(signed, { fault: { status: 503 } });
    const mirror = await bench.serve(live);
    const repositories = [{ id: 'r', url: canonical.url, mirrors: [foreign(mirror.url, 1, true)] }];
    const refused = await errorOf(
      bench
        .client({ ...trust('require', keyring), repositories, localRepository: join(bench.folder, 'other') })
        .resolveArtifact(coordinate),
    );
    expect(refused).toMatchObject({ code: 'ERR_SIGNATURE', reason: 'unreachable' });
    expect(refused.message).toContain('not known');
    bench.events.length = 0;
    const found = await bench.client({ ...trust('if-present', keyring), repositories }).resolveArtifact(coordinate);
    expect(found.verification.signature).toBeNull();
    expect(warnings(bench)).toEqual(['signature-unknown', 'signature-unknown']);
    expect(bench.of('signature').map(({ status, decision }) => [status, decision])).toEqual([
      ['unknown', 'warn'],
      ['unknown', 'warn'],
    ]);
    canonical.setFault(null);
    const later = await bench
      .client({ ...trust('if-present', keyring), repositories, cacheFolder: join(bench.folder, 'fresh') })
      .resolveArtifact(coordinate);
    expect(shortOf(later.verification.signature)).toBe(`good ${ada.fingerprint}`);
  });

  it('cannot have an unproven answer of its own remembered', async ({ bench }) => {
    const stranger = await createPerson({ name: 'Nobody' });
    const canonical = await bench.serve(signed, { fault: { status: 503 } });
    const mirror = await bench.serve(await signAll(files, stranger));
    const options = {
      ...trust('if-present', keyring),
      repositories: [{ id: 'r', url: canonical.url, mirrors: [foreign(mirror.url, 1, true)] }],
    };
    expect((await bench.client(options).resolveArtifact(coordinate)).verification.signature?.status).toBe('unknown-key');
    expect((await bench.placed()).filter((name) => name.endsWith('.asc'))).toEqual([]);
    canonical.setFault(null);
    const later = await bench.client({ ...options, repositories: [{ id: 'r', url: canonical.url }] }).resolveArtifact(coordinate);
    expect(shortOf(later.verification.signature)).toBe(`good ${ada.fingerprint}`);
  });

  it.for(['refuse', 'black-hole'] as const)('may serve a good signature, whichever operator is down: %s', async (fault, { bench }) => {
    const canonical = await bench.serve(signed, { fault });
    const mirror = await bench.serve(signed);
    const found = await bench
      .client({ ...trust('require', keyring), repositories: [{ id: 'r', url: canonical.url, mirrors: [foreign(mirror.url, 1)] }] })
      .resolveArtifact(coordinate);
    expect(found.verification).toMatchObject({ level: 'signed', signature: { status: 'good' } });
  });

  it('is not held up by a black-holed canonical operator again and again under if-present', async ({ bench }) => {
    const [canonical, mirror] = [await bench.serve(files, { fault: 'black-hole' }), await bench.serve(files)];
    const client = bench.client({
      ...trust('if-present', keyring),
      repositories: [{ id: 'r', url: canonical.url, mirrors: [foreign(mirror.url, 1, true)] }],
    });
    await client.resolveArtifact(coordinate);
    bench.events.length = 0;
    expect((await client.resolveArtifact('org.example:greeter:1.1.0')).verification.signature).toBeNull();
    // It is not even asked for the signature: it was late a moment ago.
    expect(bench.of('attempt-started').filter((event) => event.mirror === canonical.url)).toEqual([]);
  });

  it.for(['if-present', 'require'] as const)(
    'cannot be blamed under %s when a file that was signed before is now unsigned: it fails, even if the canonical operator says so',
    async (mode, { bench }) => {
      const live = new Map(signed);
      const server = await bench.serve(live, secure());
      const options = { ...trust(mode, keyring), ca: certificates.ca, repositories: [{ id: 'r', url: server.url }] };
      await bench.client(options).resolveArtifact(coordinate);
      for (const path of signatures) live.delete(path);
      const error = await errorOf(bench.client({ ...options, localRepository: join(bench.folder, 'other') }).resolveArtifact(coordinate));
      expect(error).toMatchObject({ code: 'ERR_SIGNATURE', reason: 'missing' });
      expect(error.message).toContain(ada.fingerprint);
    },
  );

  it.for(['if-present', 'require'] as const)(
    'cannot pass off an unsigned release of a signed library under %s: the library has lost its signer',
    async (mode, { bench }) => {
      const live = new Map(signed);
      for (const path of [...live.keys()]) if (path.includes('1.1.0') && path.endsWith('.asc')) live.delete(path);
      const server = await bench.serve(live);
      const repositories = [{ id: 'r', url: server.url }];
      const client = bench.client({ ...trust(mode, keyring), repositories });
      await client.resolveArtifact(coordinate);
      const error = await errorOf(client.resolveArtifact('org.example:greeter:1.1.0'));
      expect(error).toMatchObject({ code: 'ERR_SIGNATURE', reason: 'signer-lost' });
      expect(error.message).toContain(ada.fingerprint);
      expect(error.hint).toContain('--accept-signer org.example:greeter=none');
      const { trust: own, ...rest } = trust(mode, keyring);
      if (mode === 'require') return;
      const accepting = bench.client({ ...rest, trust: { ...own, acceptSigners: { 'org.example:greeter': 'none' } }, repositories });
      expect((await accepting.resolveArtifact('org.example:greeter:1.1.0')).verification.signature).toMatchObject({ status: 'missing' });
    },
  );
});

describe('bad signatures', () => {
  it("in a mirror's signature file: the one of another mirror is used", async ({ bench }) => {
    const bad = new Map(files);
    for (const path of signatures) bad.set(path, await ada.sign(Buffer.from('another file')));
    const [canonical, mirror] = [await bench.serve(bad), await bench.serve(signed)];
    const found = await bench
      .client({ ...trust('require', keyring), repositories: [{ id: 'r', url: canonical.url, mirrors: [foreign(mirror.url, 1, true)] }] })
      .resolveArtifact(coordinate);
    expect(shortOf(found.verification.signature)).toBe(`good ${ada.fingerprint}`);
    expect(found.mirror).toBe(canonical.url);
  });

  it("caused by a mirror's bad body with matching checksums: the body of another mirror is used", async ({ bench }) => {
    const forged = new Map(signed);
    publish(forged, jar, Buffer.from('PK forged'));
    const [canonical, mirror] = [await bench.serve(signed), await bench.serve(forged)];
    const found = await bench
      .client({
        ...trust('if-present', keyring),
        repositories: [{ id: 'r', url: canonical.url, mirrors: [foreign(mirror.url, -1, true)] }],
      })
      .resolveArtifact(coordinate);
    expect(found.mirror).toBe(canonical.url);
    expect(found.verification.level).toBe('signed');
    // Refused, or dropped as too slow: in either case its bytes were not used.
    expect(
      bench.of('attempt-ended').filter((event) => event.path === jar && event.mirror === mirror.url && event.outcome === 'ok'),
    ).toEqual([]);
  });

  it('on every mirror give an error that names the attempts', async ({ bench }) => {
    const bad = new Map(signed);
    publish(bad, jar, Buffer.from('PK forged'));
    const [canonical, mirror] = [await bench.serve(bad), await bench.serve(bad)];
    const error = await errorOf(
      bench
        .client({
          ...trust('if-present', keyring),
          repositories: [{ id: 'r', url: canonical.url, mirrors: [foreign(mirror.url, 1, true)] }],
        })
        .resolveArtifact(coordinate),
    );
    expect(error).toMatchObject({ code: 'ERR_SIGNATURE', reason: 'bad' });
    expect(error.attempts.filter(({ outcome }) => outcome === 'signature-refused').map(({ mirror: url }) => url)).toEqual([
      canonical.url,
      mirror.url,
    ]);
  });

  it('next to a good one by a trusted key are reported, and the good one is enough', async ({ bench }) => {
    const both = new Map(signed);
    both.set(`${jar}.asc`, Buffer.concat([await eve.sign(Buffer.from('another file')), await ada.sign(contentOf(files, jar))]));
    const server = await bench.serve(both);
    const found = await bench
      .client({ ...trust('require', keyring), repositories: [{ id: 'r', url: server.url }] })
      .resolveArtifact(coordinate);
    expect(shortOf(found.verification.signature)).toBe(`good ${ada.fingerprint}`);
    expect(warnings(bench)).toEqual(['signature-beside']);
  });
});

describe('a signature store', () => {
  it('signs an old release after the fact: from a URL, or from a folder', async ({ bench }) => {
    const server = await bench.serve(files);
    const store = await bench.serve(new Map([...signed].filter(([path]) => path.endsWith('.asc'))));
    const found = await bench
      .client({ ...trust('require', keyring, { signatureStores: [store.url] }), repositories: [{ id: 'r', url: server.url }] })
      .resolveArtifact(coordinate);
    expect(shortOf(found.verification.signature)).toBe(`good ${ada.fingerprint}`);
    expect(signatures.map((path) => [server.count(path), store.count(path)])).toEqual([
      [1, 1],
      [1, 1],
    ]);

    const folder = join(bench.folder, 'store');
    for (const path of signatures) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), contentOf(signed, path));
    }
    const second = await bench
      .client({
        ...trust('require', keyring, { signatureStores: [folder] }),
        localRepository: join(bench.folder, 'other'),
        repositories: [{ id: 'r', url: server.url }],
      })
      .resolveArtifact(coordinate);
    expect(second.verification.level).toBe('signed');
  });

  it('is believed: a signature from it that does not match fails', async ({ bench }) => {
    const server = await bench.serve(files);
    const store = await bench.serve(new Map([[`${jar}.asc`, await ada.sign(Buffer.from('another file'))]]));
    const error = await errorOf(
      bench
        .client({ ...trust('if-present', keyring, { signatureStores: [store.url] }), repositories: [{ id: 'r', url: server.url }] })
        .resolveArtifact(coordinate),
    );
    expect(error).toMatchObject({ code: 'ERR_SIGNATURE', reason: 'bad' });
  });

  it('is not asked if the repository has a good signature', async ({ bench }) => {
    const [server, store] = [await bench.serve(signed), await bench.serve(signed)];
    await bench
      .client({ ...trust('require', keyring, { signatureStores: [store.url] }), repositories: [{ id: 'r', url: server.url }] })
      .resolveArtifact(coordinate);
    expect(store.count()).toBe(0);
  });
});

describe('requests', () => {
  it('for signatures are not sent when signatures are off', async ({ bench }) => {
    const server = await bench.serve(signed);
    const found = await bench.client({ repositories: [{ id: 'r', url: server.url }] }).resolveArtifact(coordinate);
    expect(found.verification.signature).toBeNull();
    expect(server.count(/\.asc/)).toBe(0);
  });

  it("for signatures are sent once per file, and the canonical operator's 404 is asked for once", async ({ bench }) => {
    const server = await bench.serve(files, secure());
    await bench
      .client({
        ...trust('require', keyring, { rules: [{ group: 'org.example', signatures: 'if-present' }] }),
        ca: certificates.ca,
        repositories: [{ id: 'r', url: server.url }],
      })
      .resolveArtifact(coordinate);
    for (const path of signatures) expect(server.count(path)).toBe(1);
  });

  it('for an endless signature file are cut off at the limit', async ({ bench }) => {
    const huge = new Map(signed);
    huge.set(`${jar}.asc`, Buffer.alloc(1 << 20, 'A'));
    const server = await bench.serve(huge);
    const error = await errorOf(
      bench.client({ ...trust('require', keyring), repositories: [{ id: 'r', url: server.url }] }).resolveArtifact(coordinate),
    );
    expect(error).toMatchObject({ code: 'ERR_SIGNATURE' });
    expect(error.attempts.some(({ outcome }) => outcome === 'too-large')).toBe(true);
  });
});

describe('expectations about a repository', () => {
  it('that signs everything: no checksum is requested along with a good signature, but one is if the signature is missing', async ({
    bench,
  }) => {
    const names = Array.from({ length: 8 }, (_, index) => `lib${index}`);
    const many = createFixtureRepository({
      artifacts: [...names, 'last', 'bare'].map((artifact) => ({ group: 'org.example', artifact, versions: ['1'] })),
    }).files;
    const served = await signAll(many, ada);
    for (const path of [...served.keys()]) if (path.includes('/bare/') && path.endsWith('.asc')) served.delete(path);
    const server = await bench.serve(served, secure());
    const client = bench.client({ ...trust('if-present', keyring), ca: certificates.ca, repositories: [{ id: 'r', url: server.url }] });
    for (const name of names) await client.resolveArtifact(`org.example:${name}:1`);
    server.clear();
    expect((await client.resolveArtifact('org.example:last:1')).verification).toMatchObject({
      level: 'signed',
      proofs: [`signed:${ada.fingerprint}`],
    });
    expect(server.count(/last.*\.sha1$/)).toBe(0);
    expect((await client.resolveArtifact('org.example:bare:1')).verification).toMatchObject({
      level: 'origin',
      proofs: ['origin:sha1', 'transport:sha1'],
      signature: { status: 'missing' },
    });
  });
});
