/** Locked files in Gradle's verification-metadata.xml. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { beforeAll, expect } from 'vitest';

import { writeVerificationMetadata } from '../../src/app/lock/gradle-metadata.js';
import { parseVerificationMetadata } from '../../src/proof/key-map/format/parse-verification-metadata.js';
import { createPerson, type Person, signAll, writeKeyring } from '../artifact/signatures/bench.js';
import { createFixtureRepository } from '../support/maven-repository.js';
import { digest, errorOf } from '../support/workbench.js';
import { it, type LockBench } from './stage.js';

const { files } = createFixtureRepository({
  artifacts: [
    {
      group: 'org.example',
      artifact: 'app',
      versions: ['1'],
      dependencies: [{ group: 'org.example', artifact: 'web', version: '1' }],
      size: 300,
    },
    { group: 'org.example', artifact: 'web', versions: ['1'], size: 300 },
  ],
});
const jarOf = (artifact: string): string => `org/example/${artifact}/1/${artifact}-1.jar`;
const sha256 = (artifact: string): string => digest('sha256', files.get(jarOf(artifact)) ?? Buffer.alloc(0));

let ada: Person;
beforeAll(async () => {
  ada = await createPerson();
});
let file: string;
it.beforeEach(async ({ bench }) => {
  file = join(bench.folder, 'verification-metadata.xml');
});

async function locked(bench: LockBench, signed = false) {
  const server = await bench.serve(signed ? await signAll(files, ada) : files);
  return bench.lock(['org.example:app:1'], {
    repositories: [{ id: 'r', url: server.url }],
    ...(signed ? { trust: { signatures: 'require', model: 'keyring', keyrings: [await writeKeyring(bench, [ada])] } } : {}),
  });
}

it('a new file has every locked file, sorted, and does not change when written again', async ({ bench }) => {
  const report = await locked(bench);
  expect(await writeVerificationMetadata(report, file)).toEqual({ file, locked: 4, newKeys: 0 });
  const text = await readFile(file, 'utf8');
  expect(text).toContain('<verify-metadata>true</verify-metadata>');
  expect(text).toContain(
    `<component group="org.example" name="app" version="1">\n         <artifact name="app-1.jar">\n            <sha256 value="${sha256('app')}" origin="clojars-fetch, transport"/>`,
  );
  const { components } = parseVerificationMetadata(text, file);
  expect(components.flatMap(({ artifacts }) => artifacts.map(({ name }) => name))).toEqual([
    'app-1.jar',
    'app-1.pom',
    'web-1.jar',
    'web-1.pom',
  ]);
  await writeVerificationMetadata(report, file);
  expect(await readFile(file, 'utf8')).toBe(text);
});

it('the keys of good signatures are added once, and not where they are already trusted', async ({ bench }) => {
  const report = await locked(bench, true);
  expect(report.lockfile.files.map(({ signer }) => signer)).toEqual(Array<string>(4).fill(ada.fingerprint));
  expect(await writeVerificationMetadata(report, file)).toMatchObject({ newKeys: 4 });
  expect(parseVerificationMetadata(await readFile(file), file).components[0]?.artifacts[0]?.pgp).toEqual([
    { id: ada.fingerprint, origin: null, reason: null },
  ]);
  expect(await writeVerificationMetadata(report, file)).toMatchObject({ newKeys: 0 });
  await writeFile(
    file,
    `<verification-metadata><configuration><verify-signatures>true</verify-signatures><trusted-keys><trusted-key id="${ada.fingerprint}" group="org.example"/></trusted-keys></configuration></verification-metadata>`,
  );
  expect(await writeVerificationMetadata(report, file)).toMatchObject({ locked: 4, newKeys: 0 });
  expect(await readFile(file, 'utf8')).not.toContain('<pgp');
});

it('existing entries stay; a different checksum of the same file is an error, and nothing is written', async ({ bench }) => {
  const report = await locked(bench);
  const known = (value: string): string =>
    `<!-- by hand --><verification-metadata><configuration><trusted-artifacts><trust group="acme"/></trusted-artifacts></configuration><components><component group="org.example" name="web" version="1"><artifact name="web-1.jar"><sha256 value="${value}" origin="by hand"/></artifact></component></components></verification-metadata>`;
  await writeFile(file, known(sha256('web')));
  await writeVerificationMetadata(report, file);
  const text = await readFile(file, 'utf8');
  for (const kept of ['<!-- by hand -->', '<trust group="acme"/>', `<sha256 value="${sha256('web')}" origin="by hand"/>`])
    expect(text).toContain(kept);
  await writeFile(file, known('0'.repeat(64)));
  const error = await errorOf(writeVerificationMetadata(report, file));
  expect([error.code, error.reason, error.path]).toEqual(['ERR_LOCKFILE', 'mismatch', file]);
  expect(await readFile(file, 'utf8')).toBe(known('0'.repeat(64)));
});

it('an unsupported regular expression stays, and the key is added for the file itself', async ({ bench }) => {
  const report = await locked(bench, true);
  const trusting = `<trusted-key id="${ada.fingerprint}" group="(?=org)org[.]example" regex="true"/>`;
  await writeFile(
    file,
    `<verification-metadata><configuration><trusted-artifacts><trust file="(?!a).*" regex="true"/></trusted-artifacts><trusted-keys>${trusting}</trusted-keys></configuration></verification-metadata>`,
  );
  expect(await writeVerificationMetadata(report, file)).toMatchObject({ locked: 4, newKeys: 4 });
  const text = await readFile(file, 'utf8');
  for (const kept of [trusting, '<trust file="(?!a).*" regex="true"/>', `<pgp value="${ada.fingerprint}"/>`]) expect(text).toContain(kept);
});

it('a file in another format is refused', async ({ bench }) => {
  const report = await locked(bench);
  await writeFile(file, '<project/>');
  expect(await errorOf(writeVerificationMetadata(report, file))).toMatchObject({ code: 'ERR_CONFIG', reason: 'bad-value' });
});
