import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';

import { expect, it } from 'vitest';

import { createFixtureRepository, type FixtureOptions } from './maven-repository.js';

const options: FixtureOptions = {
  artifacts: [
    {
      group: 'org.example',
      artifact: 'greeter',
      versions: ['1.0.0', '1.1.0', '2.0-SNAPSHOT'],
      classifiers: ['sources'],
      dependencies: [{ group: 'g', artifact: 'a', version: '1', scope: 'test', optional: true }],
    },
    { group: 'org.example', artifact: 'parent', versions: ['1'], packaging: 'pom', pomElements: '<properties><x>1</x></properties>' },
  ],
  checksums: ['sha1', 'md5', 'sha256', 'sha512'],
};
const read = (files: ReadonlyMap<string, Buffer>, path: string): Buffer => {
  const content = files.get(path);
  if (content === undefined) throw new Error(`not made: ${path}`);
  return content;
};

/** Reads by the central directory and compares each entry's CRC. */
function readStoredZip(zip: Buffer): Map<string, Buffer> {
  const entries = new Map<string, Buffer>();
  const end = zip.length - 22;
  expect(zip.readUInt32LE(end)).toBe(0x06054b50);
  let at = zip.readUInt32LE(end + 16);
  expect(at + zip.readUInt32LE(end + 12)).toBe(end);
  for (let i = 0; i < zip.readUInt16LE(end + 10); i += 1) {
    expect(zip.readUInt32LE(at)).toBe(0x02014b50);
    const [size, nameLength, local] = [zip.readUInt32LE(at + 24), zip.readUInt16LE(at + 28), zip.readUInt32LE(at + 42)];
    const name = zip.toString('utf8', at + 46, at + 46 + nameLength);
    expect(zip.readUInt32LE(local)).toBe(0x04034b50);
    expect(zip.toString('utf8', local + 30, local + 30 + nameLength)).toBe(name);
    const content = zip.subarray(local + 30 + nameLength, local + 30 + nameLength + size);
    expect(crc32(content)).toBe(zip.readUInt32LE(at + 16));
    entries.set(name, content);
    at += 46 + nameLength;
  }
  return entries;
}

it('is deterministic, and another seed gives other jars but the same POMs', () => {
  const [first, second, other] = [
    createFixtureRepository(options),
    createFixtureRepository(options),
    createFixtureRepository({ ...options, seed: 2 }),
  ];
  expect([...first.files]).toEqual([...second.files]);
  const base = 'org/example/greeter/1.0.0/greeter-1.0.0';
  expect(read(first.files, `${base}.jar`).equals(read(other.files, `${base}.jar`))).toBe(false);
  expect(read(first.files, `${base}.pom`).equals(read(other.files, `${base}.pom`))).toBe(true);
});

it('has a right checksum file for every file', () => {
  const { files } = createFixtureRepository(options);
  for (const [path, content] of files) {
    if (/\.(sha1|md5|sha256|sha512)$/.test(path)) continue;
    for (const algorithm of ['sha1', 'md5', 'sha256', 'sha512']) {
      expect(read(files, `${path}.${algorithm}`).toString()).toBe(createHash(algorithm).update(content).digest('hex'));
    }
  }
});

it('makes jars that are stored zips with their coordinate inside', () => {
  const { files } = createFixtureRepository(options);
  const entries = readStoredZip(read(files, 'org/example/greeter/1.0.0/greeter-1.0.0.jar'));
  expect([...entries.keys()]).toEqual(['META-INF/MANIFEST.MF', 'META-INF/maven/org.example/greeter/pom.properties', 'greeter/data.bin']);
  expect(entries.get('META-INF/maven/org.example/greeter/pom.properties')?.toString()).toBe(
    'groupId=org.example\nartifactId=greeter\nversion=1.0.0\n',
  );
});

it('lists releases and snapshots in the metadata', () => {
  const { files } = createFixtureRepository(options);
  const metadata = read(files, 'org/example/greeter/maven-metadata.xml').toString();
  expect(metadata).toContain('<latest>2.0-SNAPSHOT</latest>');
  expect(metadata).toContain('<release>1.1.0</release>');
  const snapshot = read(files, 'org/example/greeter/2.0-SNAPSHOT/maven-metadata.xml').toString();
  expect(snapshot).toContain('<timestamp>20240102.030405</timestamp><buildNumber>1</buildNumber>');
  expect(snapshot).toContain('<classifier>sources</classifier>');
  expect(files.has('org/example/greeter/2.0-SNAPSHOT/greeter-2.0-20240102.030405-1-sources.jar')).toBe(true);
  expect(files.has('org/example/parent/1/parent-1.jar')).toBe(false);
  expect(read(files, 'org/example/parent/1/parent-1.pom').toString()).toContain('<properties><x>1</x></properties>');
});

it('writes the same to a folder', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'clojars-fetch-fixture-'));
  try {
    const repository = createFixtureRepository(options);
    await repository.writeTo(folder);
    for (const [path, content] of repository.files) expect((await readFile(join(folder, path))).equals(content)).toBe(true);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
