/** Gradle's verification-metadata.xml as a file of trusted checksums. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect } from 'vitest';

import { contentOf, coordinate, digest, errorOf, greeter, it, jar, pom, type Workbench } from '../support/workbench.js';

const files = greeter();
const sha256 = (path: string): string => digest('sha256', contentOf(files, path));

async function client(bench: Workbench, checksums: string, configuration = '') {
  const file = join(bench.folder, 'verification-metadata.xml');
  await writeFile(
    file,
    `<?xml version="1.0"?>\n<verification-metadata><configuration>${configuration}</configuration><components><component group="org.example" name="greeter" version="1.0.0"><artifact name="greeter-1.0.0.jar">${checksums}</artifact><artifact name="greeter-1.0.0.pom"><sha512 value="${digest('sha512', contentOf(files, pom))}"/></artifact></component></components></verification-metadata>`,
  );
  const server = await bench.serve(files);
  return bench.client({ repositories: [{ id: 'r', url: server.url }], trustedChecksums: [file], trust: { level: 'pinned' } });
}

it('pins the files that it names', async ({ bench }) => {
  const found = await (await client(bench, `<sha256 value="${sha256(jar)}"/>`)).resolveArtifact(coordinate);
  expect(found.verification).toMatchObject({ level: 'pinned', proofs: expect.arrayContaining(['pinned:sha256']) as unknown });
});

it('accepts each of several trusted checksums, also for a file that is already present', async ({ bench }) => {
  const opened = await client(bench, `<sha256 value="${'0'.repeat(64)}"><also-trust value="${sha256(jar)}"/></sha256>`);
  expect((await opened.resolveArtifact(coordinate)).verification.level).toBe('pinned');
  expect((await opened.resolveArtifact(coordinate)).verification.level).toBe('pinned');
});

it('refuses another file', async ({ bench }) => {
  const error = await errorOf(
    (await client(bench, `<sha256 value="${'0'.repeat(64)}"><also-trust value="${'1'.repeat(64)}"/></sha256>`)).resolveArtifact(coordinate),
  );
  expect([error.code, error.reason]).toEqual(['ERR_CHECKSUM', 'mismatch']);
});

it.for([
  ['an ignored key', '<ignored-keys><ignored-key id="D3DBC823BE4819ED"/></ignored-keys>', ''],
  ['a trusted key', '<trusted-keys><trusted-key id="379CE192D401AB61" group="org.other"/></trusted-keys>', ''],
  ['a trusted key, eight digits', '<trusted-keys><trusted-key id="0xD401AB61" group="org.other"/></trusted-keys>', ''],
  ['the key of a file', '', '<pgp value="379ce192d401ab61"/>'],
] as const)('a key ID does not replace the checksums: %s', async ([_name, configuration, pgp], { bench }) => {
  const found = await (await client(bench, `${pgp}<sha256 value="${sha256(jar)}"/>`, configuration)).resolveArtifact(coordinate);
  expect(found.verification.level).toBe('pinned');
});

it('SHA-1 pins nothing', async ({ bench }) => {
  const error = await errorOf(
    (await client(bench, `<sha1 value="${digest('sha1', contentOf(files, jar))}"/>`)).resolveArtifact(coordinate),
  );
  expect([error.code, error.reason]).toEqual(['ERR_CHECKSUM', 'missing']);
});

it('a broken file is a configuration error', async ({ bench }) => {
  expect(await errorOf((await client(bench, '<sha256 value="12"/>')).resolveArtifact(coordinate))).toMatchObject({
    code: 'ERR_CONFIG',
    reason: 'bad-value',
  });
});
