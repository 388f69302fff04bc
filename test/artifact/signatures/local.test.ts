/** Signatures of files already in the local repository, and the rules about who may sign. */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { beforeAll, describe, expect } from 'vitest';

import { createSignerRecord } from '../../../src/local/ledger/signers.js';
import type { TrustOptions } from '../../../src/local/settings/client-options.js';
import { contentOf, coordinate, digest, errorOf, greeter, it, jar, pom, type Workbench } from '../../support/workbench.js';
import { writeJar } from '../jar/jar-writer.js';
import { createPerson, type Person, publish, shortOf, signAll, trust, writeKeyring } from './bench.js';

const files = greeter();
let ada: Person;
let eve: Person;
let signed: Map<string, Buffer>;
let keyring: string;
beforeAll(async () => {
  [ada, eve] = await Promise.all([createPerson(), createPerson({ name: 'Eve' })]);
  signed = await signAll(files, ada);
});
it.beforeEach(async ({ bench }) => {
  keyring = await writeKeyring(bench, [ada, eve]);
});

/** As another tool leaves them: without tracking files. */
async function putLocally(bench: Workbench, served: ReadonlyMap<string, Buffer>): Promise<void> {
  for (const path of [jar, pom, `${jar}.asc`, `${pom}.asc`]) {
    const content = served.get(path);
    if (content) await bench.write(path, content);
  }
}

describe('a file that is already in the local repository', () => {
  it('is judged by the signature next to it, without any request', async ({ bench }) => {
    const server = await bench.serve(signed);
    await putLocally(bench, signed);
    const found = await bench
      .client({ ...trust('require', keyring), repositories: [{ id: 'r', url: server.url }] })
      .resolveArtifact(coordinate);
    expect(found.verification).toMatchObject({ level: 'signed', proofs: [`signed:${ada.fingerprint}`, 'local'] });
    expect(server.count()).toBe(0);
  });

  it('has its signature fetched and kept if it is missing', async ({ bench }) => {
    const server = await bench.serve(signed);
    await putLocally(bench, files);
    const found = await bench
      .client({ ...trust('require', keyring), repositories: [{ id: 'r', url: server.url }] })
      .resolveArtifact(coordinate);
    expect(shortOf(found.verification.signature)).toBe(`good ${ada.fingerprint}`);
    expect([server.count(jar), server.count(`${jar}.asc`)]).toEqual([0, 1]);
    expect((await bench.read(`${jar}.asc`)).equals(contentOf(signed, `${jar}.asc`))).toBe(true);
  });

  it.for(['if-present', 'require'] as const)('that was modified is refused and not overwritten: %s', async (mode, { bench }) => {
    const server = await bench.serve(signed);
    await putLocally(bench, signed);
    const changed = Buffer.from('PK changed');
    await bench.write(jar, changed);
    const error = await errorOf(
      bench.client({ ...trust(mode, keyring), repositories: [{ id: 'r', url: server.url }] }).resolveArtifact(coordinate),
    );
    expect(error).toMatchObject({ code: 'ERR_SIGNATURE', reason: 'bad', path: join(bench.m2, jar) });
    expect((await bench.read(jar)).equals(changed)).toBe(true);
  });

  it('is judged offline by the signature next to it; without one, require fails and if-present warns', async ({ bench }) => {
    const server = await bench.serve(signed);
    const repositories = [{ id: 'r', url: server.url }];
    await putLocally(bench, signed);
    expect(
      (await bench.client({ ...trust('require', keyring), repositories, offline: true }).resolveArtifact(coordinate)).verification.level,
    ).toBe('signed');
    for (const path of [jar, pom]) await rm(join(bench.m2, `${path}.asc`));
    const fresh = { cacheFolder: join(bench.folder, 'fresh') };
    expect(
      await errorOf(bench.client({ ...trust('require', keyring), repositories, offline: true, ...fresh }).resolveArtifact(coordinate)),
    ).toMatchObject({ code: 'ERR_SIGNATURE', reason: 'unreachable' });
    const found = await bench
      .client({ ...trust('if-present', keyring), repositories, offline: true, ...fresh })
      .resolveArtifact(coordinate);
    expect(found.verification.signature).toBeNull();
    expect(server.count()).toBe(0);
  });

  it('that was built and installed here is not looked up under its name', async ({ bench }) => {
    const server = await bench.serve(signed);
    await putLocally(bench, files);
    const folder = jar.slice(0, jar.lastIndexOf('/'));
    await bench.write(`${folder}/_remote.repositories`, `greeter-1.0.0.jar>=\ngreeter-1.0.0.pom>=\n`);
    await bench.client({ ...trust('if-present', keyring), repositories: [{ id: 'r', url: server.url }] }).resolveArtifact(coordinate);
    expect(server.count()).toBe(0);
  });

  it('is judged again under another keyring or another policy, but not under the same one', async ({ bench }) => {
    const server = await bench.serve(signed);
    const repositories = [{ id: 'r', url: server.url }];
    const status = async (file: string, mode: 'if-present' | 'require' = 'if-present'): Promise<string> =>
      shortOf((await bench.client({ ...trust(mode, file), repositories }).resolveArtifact(coordinate)).verification.signature);
    const strangers = await writeKeyring(bench, [eve], 'strangers.asc');
    expect(await status(strangers)).toBe('unknown-key');
    expect(await status(keyring)).toBe(`good ${ada.fingerprint}`);
    expect(await errorOf(bench.client({ ...trust('require', strangers), repositories }).resolveArtifact(coordinate))).toMatchObject({
      reason: 'unknown-key',
    });
    // The keyring file changes: verdicts remembered under the old one do not count.
    await writeFile(strangers, ada.publicKey);
    expect(await status(strangers, 'require')).toBe(`good ${ada.fingerprint}`);
    // Even with its signature gone: the verdict is remembered, and only the file's metadata is read.
    for (const path of [jar, pom]) await rm(join(bench.m2, `${path}.asc`));
    server.clear();
    expect(await status(strangers, 'require')).toBe(`good ${ada.fingerprint}`);
    expect(server.count()).toBe(0);
  });
});

describe('a file that an earlier run proved, when keys or the trust model change', () => {
  const proven = (found: { readonly verification: { readonly level: string; readonly proofs: readonly string[] } }): readonly string[] => [
    found.verification.level,
    ...found.verification.proofs,
  ];
  const keys = (bench: Workbench, person: Person, name: string): Promise<string> => writeKeyring(bench, [person], name);

  it('keeps its other proofs when the signature does not count', async ({ bench }) => {
    const server = await bench.serve(signed);
    const repositories = [{ id: 'r', url: server.url }];
    const strangers = await keys(bench, eve, 'strangers.asc');
    const first = await bench.client({ ...trust('if-present', strangers), repositories }).resolveArtifact(coordinate);
    expect(proven(first)).toEqual(['transport', 'transport:sha1']);
    server.clear();
    // Another model, other keys, signatures off: each affects the signature alone.
    const webOfTrust = await bench
      .client({ ...trust('if-present', keyring, { model: 'web-of-trust' }), repositories })
      .resolveArtifact(coordinate);
    expect([...proven(webOfTrust), webOfTrust.verification.signature?.status]).toEqual(['transport', 'transport:sha1', 'untrusted']);
    const known = await bench.client({ ...trust('if-present', keyring), repositories }).resolveArtifact(coordinate);
    expect(proven(known)).toEqual(['signed', `signed:${ada.fingerprint}`, 'transport:sha1']);
    expect(proven(await bench.client({ ...trust('off', keyring), repositories }).resolveArtifact(coordinate))).toEqual([
      'transport',
      'transport:sha1',
    ]);
    expect([server.count(jar), server.count(`${jar}.sha1`), server.count(pom)]).toEqual([0, 0, 0]);
    expect([known.repository, webOfTrust.repository]).toEqual(['r', 'r']);
  });

  it('keeps its other proofs when signatures are checked for the first time', async ({ bench }) => {
    const server = await bench.serve(signed);
    const repositories = [{ id: 'r', url: server.url }];
    await bench.client({ ...trust('off', keyring), repositories }).resolveArtifact(coordinate);
    server.clear();
    const found = await bench.client({ ...trust('require', keyring), repositories }).resolveArtifact(coordinate);
    expect(proven(found)).toEqual(['signed', `signed:${ada.fingerprint}`, 'transport:sha1']);
    expect(server.count(jar)).toBe(0);
  });

  it('keeps its other proofs when no source could tell whether it is signed', async ({ bench }) => {
    const server = await bench.serve(files, { fault: { fault: { status: 503 }, match: /\.asc$/ } });
    const options = { ...trust('if-present', keyring), repositories: [{ id: 'r', url: server.url }] };
    for (const offline of [false, true])
      expect(proven(await bench.client({ ...options, offline }).resolveArtifact(coordinate))).toEqual(['transport', 'transport:sha1']);
  });

  it('stays pinned, and is judged again without the pin', async ({ bench }) => {
    const server = await bench.serve(signed);
    const pins = join(bench.folder, 'pins.sha256');
    await writeFile(pins, [jar, pom].map((path) => `${digest('sha256', contentOf(files, path))}  ${path}\n`).join(''));
    const options = (ring: string, trustedChecksums: readonly string[]) => ({
      ...trust('if-present', ring, { trustedChecksums: [...trustedChecksums] }),
      repositories: [{ id: 'r', url: server.url }],
    });
    const strangers = await keys(bench, eve, 'strangers.asc');
    const others = await keys(bench, await createPerson({ name: 'Bob' }), 'others.asc');
    const first = await bench.client(options(strangers, [pins])).resolveArtifact(coordinate);
    expect(first.verification.level).toBe('pinned');
    expect(proven(await bench.client(options(others, [pins])).resolveArtifact(coordinate))).toEqual(proven(first));
    expect(proven(await bench.client(options(others, [])).resolveArtifact(coordinate))[0]).not.toBe('pinned');
  });

  it('loses a proof that only the signature made acceptable', async ({ bench }) => {
    // The canonical checksum is wrong: without the signature the file is refused, so none of it may stay.
    const odd = new Map(signed);
    odd.set(`${jar}.sha1`, Buffer.from(digest('sha1', Buffer.from('another'))));
    const server = await bench.serve(odd);
    const repositories = [{ id: 'r', url: server.url }];
    await bench.client({ ...trust('require', keyring), repositories }).resolveArtifact(coordinate);
    const found = await bench.client({ ...trust('off', keyring), repositories }).resolveArtifact(coordinate);
    expect(found.verification.level).toBe('local');
  });

  it('does not pass on its proofs to other bytes', async ({ bench }) => {
    const server = await bench.serve(files);
    const repositories = [{ id: 'r', url: server.url }];
    const found = await bench.client({ ...trust('off', keyring), repositories }).resolveArtifact(coordinate);
    await writeFile(found.path, 'PK changed');
    expect(await errorOf(bench.client({ ...trust('if-present', keyring), repositories }).resolveArtifact(coordinate))).toMatchObject({
      code: 'ERR_LOCAL_REPOSITORY',
      reason: 'corrupt',
    });
  });
});

describe('--paranoid', () => {
  it('judges a present file again, without fetching it again', async ({ bench }) => {
    const server = await bench.serve(signed);
    const options = { ...trust('require', keyring), repositories: [{ id: 'r', url: server.url }] };
    const first = await bench.client(options).resolveArtifact(coordinate);
    server.clear();
    const again = await bench.client({ ...options, paranoid: true }).resolveArtifact(coordinate);
    expect(again.verification).toMatchObject({ level: 'signed', signature: { status: 'good', fingerprint: ada.fingerprint } });
    expect(server.count(jar)).toBe(0);
    // The signature next to it is read again, too.
    await bench.write(`${jar}.asc`, await ada.sign(Buffer.from('something else')));
    expect((await bench.client(options).resolveArtifact(coordinate)).sha256).toBe(first.sha256);
    expect(await errorOf(bench.client({ ...options, paranoid: true, offline: true }).resolveArtifact(coordinate))).toMatchObject({
      code: 'ERR_SIGNATURE',
      reason: 'bad',
    });
  });
});

describe('the level signed', () => {
  it('has signatures checked, and refuses a file that has none', async ({ bench }) => {
    const server = await bench.serve(signed);
    const bare = await bench.serve(files);
    const options = trust(undefined, keyring, { level: 'signed' });
    expect(
      (await bench.client({ ...options, repositories: [{ id: 'r', url: server.url }] }).resolveArtifact(coordinate)).verification.level,
    ).toBe('signed');
    const error = await errorOf(
      bench
        .client({
          ...options,
          localRepository: join(bench.folder, 'b'),
          stateFolder: join(bench.folder, 's'),
          repositories: [{ id: 'r', url: bare.url }],
        })
        .resolveArtifact(coordinate),
    );
    expect(error).toMatchObject({ code: 'ERR_SIGNATURE', reason: 'missing' });
  });

  it('accepts a pin instead', async ({ bench }) => {
    const bare = await bench.serve(files);
    const pins = join(bench.folder, 'pins.txt');
    await writeFile(pins, [jar, pom].map((path) => `${digest('sha256', contentOf(files, path))}  ${path}\n`).join(''));
    const found = await bench
      .client({ ...trust(undefined, keyring, { level: 'signed', trustedChecksums: [pins] }), repositories: [{ id: 'r', url: bare.url }] })
      .resolveArtifact(coordinate);
    expect(found.verification).toMatchObject({ level: 'pinned', signature: { status: 'missing' } });
  });

  it('prefers a signature to the canonical checksum', async ({ bench }) => {
    const odd = new Map(signed);
    odd.set(`${jar}.sha1`, Buffer.from(digest('sha1', Buffer.from('another'))));
    const server = await bench.serve(odd);
    const found = await bench
      .client({ ...trust('require', keyring), repositories: [{ id: 'r', url: server.url }] })
      .resolveArtifact(coordinate);
    expect(found.verification.level).toBe('signed');
  });
});

describe('signers', () => {
  it('may not change until the change is accepted, and are then remembered', async ({ bench }) => {
    const live = new Map(signed);
    const server = await bench.serve(live);
    const options = { ...trust('require', keyring), repositories: [{ id: 'r', url: server.url }] };
    await bench.client(options).resolveArtifact(coordinate);
    for (const [path, content] of await signAll(new Map([...files].filter(([name]) => name.includes('1.1.0'))), eve))
      live.set(path, content);
    const next = 'org.example:greeter:1.1.0';
    const error = await errorOf(bench.client(options).resolveArtifact(next));
    expect(error).toMatchObject({ code: 'ERR_SIGNATURE', reason: 'signer-changed' });
    expect(error.hint).toContain(`--accept-signer org.example:greeter=${eve.fingerprint}`);
    const accepting = { ...options, ...trust('require', keyring, { acceptSigners: { 'org.example:greeter': eve.fingerprint } }) };
    expect(shortOf((await bench.client(accepting).resolveArtifact(next)).verification.signature)).toBe(`good ${eve.fingerprint}`);
    // From now on both may sign, without being accepted again.
    const folder = { localRepository: join(bench.folder, 'other') };
    expect((await bench.client({ ...options, ...folder }).resolveArtifact(next)).verification.level).toBe('signed');
    expect((await bench.client({ ...options, ...folder }).resolveArtifact(coordinate)).verification.level).toBe('signed');
  });

  it('may not change under web-of-trust, though both are valid', async ({ bench }) => {
    const live = new Map(signed);
    const server = await bench.serve(live);
    const folder = join(bench.folder, 'ring');
    await mkdir(folder);
    await writeFile(join(folder, 'keys.asc'), [ada.publicKey, eve.publicKey].join('\n'));
    await writeFile(join(folder, 'ownertrust.txt'), `${ada.fingerprint}:6:\n${eve.fingerprint}:6:\n`);
    const options = (more: TrustOptions = {}) => ({
      ...trust('require', folder, { model: 'web-of-trust', ...more }),
      repositories: [{ id: 'r', url: server.url }],
    });
    await bench.client(options()).resolveArtifact(coordinate);
    for (const [path, content] of await signAll(new Map([...files].filter(([name]) => name.includes('1.1.0'))), eve))
      live.set(path, content);
    const next = 'org.example:greeter:1.1.0';
    expect(await errorOf(bench.client(options()).resolveArtifact(next))).toMatchObject({ code: 'ERR_SIGNATURE', reason: 'signer-changed' });
    expect(
      (await bench.client(options({ acceptSigners: { 'org.example:greeter': eve.fingerprint } })).resolveArtifact(next)).verification.level,
    ).toBe('signed');
  });

  it('recorded by two processes at once: the first is kept', async ({ bench }) => {
    const [one, two] = [createSignerRecord(bench.folder), createSignerRecord(bench.folder)];
    const standing = await Promise.all([one.record('g:a', ada.fingerprint), two.record('g:a', eve.fingerprint)]);
    const known = await createSignerRecord(bench.folder).signersOf('g:a');
    expect(known).toHaveLength(1);
    expect(standing).toEqual([known, known]);
    await Promise.all([one.accept('g:a', ada.fingerprint), two.accept('g:a', eve.fingerprint)]);
    expect([...((await createSignerRecord(bench.folder).signersOf('g:a')) ?? [])].sort()).toEqual(
      [ada.fingerprint, eve.fingerprint].sort(),
    );
  });

  it('are named by rules for a group, whatever the trust model says; the signer is not remembered then', async ({ bench }) => {
    const server = await bench.serve(signed);
    const options = { repositories: [{ id: 'r', url: server.url }] };
    const rule = (person: Person) =>
      trust('require', keyring, { model: 'web-of-trust', rules: [{ group: 'org.example', signers: [person.fingerprint.toLowerCase()] }] });
    expect(await errorOf(bench.client({ ...rule(eve), ...options }).resolveArtifact(coordinate))).toMatchObject({ reason: 'untrusted' });
    expect((await bench.client({ ...rule(ada), ...options }).resolveArtifact(coordinate)).verification.level).toBe('signed');
    expect(await createSignerRecord(join(bench.folder, 'state')).signersOf('org.example:greeter')).toBeNull();
  });

  it('whose key is in the keyring but not certified are untrusted under web-of-trust', async ({ bench }) => {
    const server = await bench.serve(signed);
    const options = { ...trust('require', keyring, { model: 'web-of-trust' }), repositories: [{ id: 'r', url: server.url }] };
    expect(await errorOf(bench.client(options).resolveArtifact(coordinate))).toMatchObject({ code: 'ERR_SIGNATURE', reason: 'untrusted' });
  });

  it('certified by a trusted key count under web-of-trust', async ({ bench }) => {
    const server = await bench.serve(signed);
    const folder = join(bench.folder, 'ring');
    await mkdir(folder);
    await writeFile(join(folder, 'keys.asc'), [eve.publicKey, await eve.certify(ada)].join('\n'));
    const options = { ...trust('require', folder, { model: 'web-of-trust' }), repositories: [{ id: 'r', url: server.url }] };
    expect(await errorOf(bench.client(options).resolveArtifact(coordinate))).toMatchObject({ reason: 'untrusted' });
    // 6: ultimate, as `gpg --export-ownertrust` writes it.
    await writeFile(join(folder, 'ownertrust.txt'), `${eve.fingerprint}:6:\n`);
    expect((await bench.client(options).resolveArtifact(coordinate)).verification).toMatchObject({
      level: 'signed',
      signature: { fingerprint: ada.fingerprint },
    });
  });

  it('need a configurable number of introducers under web-of-trust', async ({ bench }) => {
    const root = await createPerson({ name: 'Root' });
    const server = await bench.serve(signed);
    const folder = join(bench.folder, 'ring');
    await mkdir(folder);
    // The root certified Eve and Bob, whom it trusts marginally, and both certified Ada.
    const bob = await createPerson({ name: 'Bob' });
    await writeFile(
      join(folder, 'keys.asc'),
      [root.publicKey, await root.certify(eve), await root.certify(bob), await eve.certify(ada), await bob.certify(ada)].join('\n'),
    );
    await writeFile(join(folder, 'ownertrust.txt'), `${root.fingerprint}:6:\n${eve.fingerprint}:4:\n${bob.fingerprint}:4:\n`);
    const resolve = (webOfTrust: TrustOptions['webOfTrust'] = {}) =>
      bench
        .client({ ...trust('require', folder, { model: 'web-of-trust', webOfTrust }), repositories: [{ id: 'r', url: server.url }] })
        .resolveArtifact(coordinate);
    expect(await errorOf(resolve())).toMatchObject({ reason: 'untrusted' });
    expect((await resolve({ marginals: 2 })).verification).toMatchObject({ level: 'signed', signature: { fingerprint: ada.fingerprint } });
    // Verdicts made under other numbers are judged again.
    expect(await errorOf(resolve({ marginals: 2, depth: 1 }))).toMatchObject({ reason: 'untrusted' });
  });

  it('listed for the group count under key-map', async ({ bench }) => {
    const server = await bench.serve(signed);
    const map = join(bench.folder, 'keys.list');
    const options = { ...trust('require', keyring, { model: 'key-map', keyMaps: [map] }), repositories: [{ id: 'r', url: server.url }] };
    await writeFile(map, `org.example = 0x${eve.fingerprint}\n`);
    expect(await errorOf(bench.client(options).resolveArtifact(coordinate))).toMatchObject({ reason: 'untrusted' });
    await writeFile(map, `org.example = 0x${ada.fingerprint}\n`);
    expect((await bench.client(options).resolveArtifact(coordinate)).verification.level).toBe('signed');
  });

  it('are not proven where a key map lets a file pass without a signature', async ({ bench }) => {
    const server = await bench.serve(files);
    const map = join(bench.folder, 'keys.list');
    await writeFile(map, 'org.example = noSig\n');
    const found = await bench
      .client({ ...trust('require', keyring, { model: 'key-map', keyMaps: [map] }), repositories: [{ id: 'r', url: server.url }] })
      .resolveArtifact(coordinate);
    expect(found.verification).toMatchObject({ level: 'transport', signature: { status: 'missing' } });
  });
});

describe('a signature', () => {
  it.for([
    ['over text', async () => ({ person: ada, text: true })],
    ['of version 6', async () => ({ person: await createPerson({ name: 'Six', v6: true }), text: false })],
  ] as const)('counts if it is one %s', async ([_name, make], { bench }) => {
    const { person, text } = await make();
    const served = new Map(files);
    // Text may end its lines in different ways: an empty jar with a comment can be signed as text, too.
    publish(served, jar, writeJar([], { comment: Buffer.from('one\ntwo\r\nthree') }));
    for (const path of [jar, pom]) served.set(`${path}.asc`, await person.sign(contentOf(served, path), { text: text && path === jar }));
    const server = await bench.serve(served);
    const ring = await writeKeyring(bench, [person], 'own.asc');
    const found = await bench
      .client({ ...trust('require', ring), repositories: [{ id: 'r', url: server.url }] })
      .resolveArtifact(coordinate);
    expect(shortOf(found.verification.signature)).toBe(`good ${person.fingerprint}`);
  });

  it('by a key that has expired since is good, with a note', async ({ bench }) => {
    const date = new Date(Date.now() - 86_400_000);
    const old = await createPerson({ name: 'Old', date, expiresIn: 3600 });
    const served = new Map(files);
    for (const path of [jar, pom])
      served.set(`${path}.asc`, await old.sign(contentOf(files, path), { date: new Date(date.getTime() + 60_000) }));
    const server = await bench.serve(served);
    const found = await bench
      .client({ ...trust('require', await writeKeyring(bench, [old], 'old.asc')), repositories: [{ id: 'r', url: server.url }] })
      .resolveArtifact(coordinate);
    expect(found.verification.signature).toMatchObject({
      status: 'good',
      signedAt: expect.stringContaining('T') as string,
      userId: 'Old <old@example.org>',
    });
    expect(found.verification.signature?.sentence).toMatch(/expired/);
  });

  it('of a file that is served under the name of another is refused along with the file', async ({ bench }) => {
    const served = new Map(signed);
    for (const path of [jar, pom]) {
      const other = path.replaceAll('1.0.0', '1.1.0');
      publish(served, path, contentOf(signed, other));
      served.set(`${path}.asc`, contentOf(signed, `${other}.asc`));
    }
    const server = await bench.serve(served);
    const error = await errorOf(
      bench.client({ ...trust('if-present', keyring), repositories: [{ id: 'r', url: server.url }] }).resolveArtifact(coordinate),
    );
    expect(error).toMatchObject({ code: 'ERR_SIGNATURE', reason: 'wrong-coordinate' });
    expect(error.message).toContain('org.example:greeter:1.1.0');
  });
});

it('of a large body needs no second reading: the body is hashed on another thread as it arrives', async ({ bench }) => {
  const body = writeJar([{ name: 'data', content: Buffer.alloc((16 << 20) + 12345, 'clojars'), method: 'stored' }]);
  const served = new Map(files);
  publish(served, jar, body);
  for (const path of [jar, pom]) served.set(`${path}.asc`, await ada.sign(contentOf(served, path)));
  const server = await bench.serve(served);
  const found = await bench
    .client({ ...trust('require', keyring), repositories: [{ id: 'r', url: server.url }] })
    .resolveArtifact(coordinate);
  expect(shortOf(found.verification.signature)).toBe(`good ${ada.fingerprint}`);
  expect(found.sha256).toBe(digest('sha256', await readFile(found.path)));
});
