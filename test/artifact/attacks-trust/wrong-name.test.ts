/** A properly signed file served under the wrong name, with right checksums. */
import { beforeAll, describe, expect } from 'vitest';

import { contentOf, coordinate, digest, errorOf, greeter, it, jar, pom } from '../../support/workbench.js';
import { pomProperties, writeJar } from '../jar/jar-writer.js';
import { createPerson, type Person, publish, signAll, trust, writeKeyring } from '../signatures/bench.js';

const sound = greeter();
const ofOthers = greeter({ group: 'org.other' });
const jar11 = 'org/example/greeter/1.1.0/greeter-1.1.0.jar';
const pom11 = 'org/example/greeter/1.1.0/greeter-1.1.0.pom';
const otherJar = 'org/other/greeter/1.0.0/greeter-1.0.0.jar';
const otherPom = 'org/other/greeter/1.0.0/greeter-1.0.0.pom';

let ada: Person;
beforeAll(async () => {
  ada = await createPerson();
});

/** Files signed by Ada, with `content` placed at `path` together with her signature of it and right checksums. */
async function misplaced(path: string, content: Buffer): Promise<Map<string, Buffer>> {
  const files = await signAll(sound, ada);
  publish(files, path, content);
  files.set(`${path}.asc`, await ada.sign(content));
  return files;
}

const cases: readonly (readonly [string, string, Buffer])[] = [
  ["another project's jar", jar, contentOf(ofOthers, otherJar)],
  ['an older release as the newer one', jar11, contentOf(sound, jar)],
  ['a newer release as the older one', jar, contentOf(sound, jar11)],
  ["another project's POM", pom, contentOf(ofOthers, otherPom)],
  ["another release's POM", pom, contentOf(sound, pom11)],
  ['a POM as a jar', jar, contentOf(sound, pom)],
  ['a jar as a POM', pom, contentOf(sound, jar)],
];

describe.each(['require', 'if-present'] as const)('with signatures %s', (mode) => {
  it.for(cases)('refuses %s', async ([_name, path, content], { bench }) => {
    const server = await bench.serve(await misplaced(path, content));
    const client = bench.client({ repositories: [{ id: 'r', url: server.url }], ...trust(mode, await writeKeyring(bench, [ada])) });
    const error = await errorOf(client.resolveArtifact(path === jar11 ? 'org.example:greeter:1.1.0' : coordinate));
    expect([error.code, error.reason]).toEqual(['ERR_SIGNATURE', 'wrong-coordinate']);
    expect(error.hint).toMatch(/wrong name/);
    expect((await bench.placed()).filter((name) => name === path)).toEqual([]);
  });

  it.for(cases)('skips %s and takes the right file from elsewhere', async ([_name, path, content], { bench }) => {
    const canonical = await bench.serve(await signAll(sound, ada));
    const hostile = await bench.serve(await misplaced(path, content));
    const client = bench.client({
      repositories: [{ id: 'r', url: canonical.url, mirrors: [{ url: hostile.url, priority: -1 }] }],
      ...trust(mode, await writeKeyring(bench, [ada])),
    });
    const found = await client.resolveArtifact(path === jar11 ? 'org.example:greeter:1.1.0' : coordinate);
    expect(found.verification).toMatchObject({ level: 'signed', signature: { status: 'good', fingerprint: ada.fingerprint } });
    expect(digest('sha256', await bench.read(path))).toBe(digest('sha256', contentOf(sound, path)));
    expect(hostile.requests.some((request) => request.path === path)).toBe(true);
  });
});

it('rejects the signature of one release next to the jar of another', async ({ bench }) => {
  const files = await signAll(sound, ada);
  files.set(`${jar}.asc`, contentOf(files, `${jar11}.asc`));
  const server = await bench.serve(files);
  const client = bench.client({ repositories: [{ id: 'r', url: server.url }], ...trust('if-present', await writeKeyring(bench, [ada])) });
  expect(await errorOf(client.resolveArtifact(coordinate))).toMatchObject({ code: 'ERR_SIGNATURE', reason: 'bad' });
});

it('accepts a jar made by Gradle that has another artifact packed into it', async ({ bench }) => {
  const packed = writeJar([
    { name: 'META-INF/MANIFEST.MF', content: 'Manifest-Version: 1.0\r\n\r\n' },
    pomProperties('org.jctools', 'jctools-core', '4.0.5'),
  ]);
  const server = await bench.serve(await misplaced(jar, packed));
  const client = bench.client({ repositories: [{ id: 'r', url: server.url }], ...trust('require', await writeKeyring(bench, [ada])) });
  expect((await client.resolveArtifact(coordinate)).verification.level).toBe('signed');
});

it('cannot notice the wrong name without signatures', async ({ bench }) => {
  const server = await bench.serve(await misplaced(jar, contentOf(ofOthers, otherJar)));
  const found = await bench.client({ repositories: [{ id: 'r', url: server.url }] }).resolveArtifact(coordinate);
  expect(found.verification.signature).toBeNull();
});
