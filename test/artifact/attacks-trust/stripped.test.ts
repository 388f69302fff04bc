/** Signatures taken away, and POMs changed in order to change the dependency graph. */
import { beforeAll, describe, expect } from 'vitest';

import { createFixtureRepository } from '../../support/maven-repository.js';
import { contentOf, coordinate, digest, errorOf, greeter, it, jar, pom } from '../../support/workbench.js';
import { createPerson, type Person, publish, signAll, trust, writeKeyring } from '../signatures/bench.js';

const sound = greeter();
let ada: Person;
let mallory: Person;
let signed: ReadonlyMap<string, Buffer>;
let keyring: string;
beforeAll(async () => {
  [ada, mallory] = await Promise.all([createPerson(), createPerson({ name: 'Mallory' })]);
  signed = await signAll(sound, ada);
});
it.beforeEach(async ({ bench }) => {
  keyring = await writeKeyring(bench, [ada]);
});

const stripped = (files: ReadonlyMap<string, Buffer>): Map<string, Buffer> =>
  new Map([...files].filter(([path]) => !path.endsWith('.asc')));
const forgedJar = contentOf(greeter({ seed: 'forged' }), jar);

describe('a mirror that strips signatures', () => {
  it.for(['require', 'if-present'] as const)('does not keep the canonical signature from being used under %s', async (mode, { bench }) => {
    const canonical = await bench.serve(signed);
    const mirror = await bench.serve(stripped(signed));
    // No hedging: on a busy machine the canonical origin might serve the file as well.
    const client = bench.client(
      { repositories: [{ id: 'r', url: canonical.url, mirrors: [{ url: mirror.url, priority: -1 }] }], ...trust(mode, keyring) },
      { hedgeDelayMs: 10_000 },
    );
    const found = await client.resolveArtifact(coordinate);
    expect(found).toMatchObject({ mirror: mirror.url, verification: { level: 'signed', signature: { status: 'good' } } });
  });

  it.for(['require', 'if-present'] as const)(
    'and serves another jar with matching checksums is bypassed under %s',
    async (mode, { bench }) => {
      const files = stripped(signed);
      publish(files, jar, forgedJar);
      const canonical = await bench.serve(signed);
      const mirror = await bench.serve(files);
      const client = bench.client({
        repositories: [{ id: 'r', url: canonical.url, mirrors: [{ url: mirror.url, priority: -1 }] }],
        ...trust(mode, keyring),
      });
      const found = await client.resolveArtifact(coordinate);
      expect(found).toMatchObject({
        mirror: canonical.url,
        sha256: digest('sha256', contentOf(sound, jar)),
        verification: { level: 'signed' },
      });
    },
  );

  it('and replaces them with a signature by a throwaway key is not believed', async ({ bench }) => {
    const files = await signAll(stripped(signed), mallory);
    publish(files, jar, forgedJar);
    files.set(`${jar}.asc`, await mallory.sign(forgedJar));
    const canonical = await bench.serve(signed);
    const mirror = await bench.serve(files);
    const client = bench.client({
      repositories: [{ id: 'r', url: canonical.url, mirrors: [{ url: mirror.url, priority: -1 }] }],
      ...trust('if-present', keyring),
    });
    const found = await client.resolveArtifact(coordinate);
    expect(found).toMatchObject({
      sha256: digest('sha256', contentOf(sound, jar)),
      verification: { level: 'signed', signature: { fingerprint: ada.fingerprint } },
    });
  });

  it('while the canonical repository is down fails under require, and passes with a warning but without the level signed under if-present', async ({
    bench,
  }) => {
    const dead = await bench.serve(signed, { fault: { status: 503 } });
    const mirror = await bench.serve(stripped(signed));
    const repositories = [{ id: 'r', url: dead.url, mirrors: [{ url: mirror.url, priority: -1 }] }];
    expect(await errorOf(bench.client({ repositories, ...trust('require', keyring) }).resolveArtifact(coordinate))).toMatchObject({
      code: 'ERR_SIGNATURE',
    });
    const found = await bench.client({ repositories, ...trust('if-present', keyring) }).resolveArtifact(coordinate);
    expect(found.verification.level).not.toBe('signed');
    expect(bench.of('signature').some(({ path, decision }) => path === jar && decision === 'warn')).toBe(true);
  });
});

describe('a canonical repository without a signature', () => {
  it('fails when signatures are required', async ({ bench }) => {
    const server = await bench.serve(stripped(signed));
    const error = await errorOf(
      bench.client({ repositories: [{ id: 'r', url: server.url }], ...trust('require', keyring) }).resolveArtifact(coordinate),
    );
    expect([error.code, error.reason]).toEqual(['ERR_SIGNATURE', 'missing']);
  });

  it.for(['require', 'if-present'] as const)('fails under %s when it had one before', async (mode, { bench }) => {
    const first = await bench.serve(signed);
    await bench.client({ repositories: [{ id: 'r', url: first.url }], ...trust('if-present', keyring) }).resolveArtifact(coordinate);
    const { rm } = await import('node:fs/promises');
    await rm(bench.m2, { recursive: true });
    const second = await bench.serve(stripped(signed));
    const error = await errorOf(
      bench.client({ repositories: [{ id: 'r', url: second.url }], ...trust(mode, keyring) }).resolveArtifact(coordinate),
    );
    expect([error.code, error.reason]).toEqual(['ERR_SIGNATURE', 'missing']);
    expect(error.message).toMatch(/signed before/);
  });
});

describe('a POM changed in order to change the graph', () => {
  const closure = createFixtureRepository({
    artifacts: [
      {
        group: 'org.example',
        artifact: 'greeter',
        versions: ['1.0.0'],
        dependencies: [{ group: 'org.example', artifact: 'friend', version: '1.0.0' }],
        size: 500,
      },
      { group: 'org.example', artifact: 'friend', versions: ['1.0.0'], size: 500 },
      { group: 'org.evil', artifact: 'evil', versions: ['6.6.6'], size: 500 },
    ],
  }).files;
  const changedPom = Buffer.from(
    contentOf(closure, pom)
      .toString()
      .replace('<artifactId>friend</artifactId>', '<artifactId>evil</artifactId>')
      .replace('<groupId>org.example</groupId>\n      <artifactId>evil', '<groupId>org.evil</groupId>\n      <artifactId>evil')
      .replace(/(evil<\/artifactId>\s*<version>)1\.0\.0/, '$16.6.6'),
  );

  it('names the other dependency (control)', () => {
    expect(changedPom.toString()).toMatch(/org\.evil<\/groupId>\s*<artifactId>evil<\/artifactId>\s*<version>6\.6\.6/);
  });

  const names = (dependencies: readonly { readonly artifact: string }[]): string[] => dependencies.map(({ artifact }) => artifact).sort();
  const ways: readonly (readonly [string, (files: Map<string, Buffer>) => Promise<void>])[] = [
    ['with the old signature', () => Promise.resolve()],
    ['with the signature stripped', async (files) => void files.delete(`${pom}.asc`)],
    ['signed by a throwaway key', async (files) => void files.set(`${pom}.asc`, await mallory.sign(changedPom))],
    ["with another file's good signature", async (files) => void files.set(`${pom}.asc`, contentOf(files, `${jar}.asc`))],
  ];

  it.for(ways)('does not change the graph when a mirror serves it %s', async ([_name, change], { bench }) => {
    const right = await signAll(closure, ada);
    const files = new Map(right);
    publish(files, pom, changedPom);
    await change(files);
    const canonical = await bench.serve(right);
    const hostile = await bench.serve(files);
    for (const mode of ['require', 'if-present'] as const) {
      const client = bench.client({
        repositories: [{ id: 'r', url: canonical.url, mirrors: [{ url: hostile.url, priority: -1 }] }],
        ...trust(mode, keyring),
      });
      const { dependencies } = await client.resolveDependencies([coordinate]);
      expect(names(dependencies)).toEqual(['friend', 'greeter']);
      expect((await bench.read(pom)).equals(contentOf(closure, pom))).toBe(true);
    }
    expect(hostile.requests.some((request) => request.path === pom)).toBe(true);
  });

  it.for(ways)(
    'is refused, and nothing from it is fetched, when the repository itself serves it %s under require',
    async ([_name, change], { bench }) => {
      const files = await signAll(closure, ada);
      publish(files, pom, changedPom);
      await change(files);
      const server = await bench.serve(files);
      const error = await errorOf(
        bench.client({ repositories: [{ id: 'r', url: server.url }], ...trust('require', keyring) }).resolveDependencies([coordinate]),
      );
      expect(error.code).toBe('ERR_SIGNATURE');
      expect((await bench.placed()).filter((name) => /evil/.test(name) || name === pom)).toEqual([]);
    },
  );
});
