import { execFileSync } from 'node:child_process';
import { truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';

import { digestFile } from '../../../src/fetch/digest-file.js';
import { type JarReading, readPomProperties } from '../../../src/fetch/jar/pom-properties.js';
import { createTemporaryFolder } from '../../support/folder.js';
import { type JarFile, type JarOptions, pomProperties, writeJar } from './jar-writer.js';

let folder: string;
beforeAll(async () => {
  const { path, remove } = await createTemporaryFolder();
  folder = path;
  return remove;
});

let count = 0;
async function readBytes(bytes: Buffer): Promise<JarReading> {
  const file = join(folder, `${count++}.jar`);
  await writeFile(file, bytes);
  return readPomProperties(file);
}
const readJar = (files: readonly JarFile[], options?: JarOptions): Promise<JarReading> => readBytes(writeJar(files, options));

const own = pomProperties('org', 'lib', '1.0');
const found = {
  status: 'read',
  hasOwn: false,
  entries: [{ group: 'org', artifact: 'lib', version: '1.0', entry: 'META-INF/maven/org/lib/pom.properties' }],
};
const other: JarFile = { name: 'org/lib/core.clj', content: '(ns org.lib.core)'.repeat(50) };

describe('pom.properties in jars as tools make them', () => {
  it.each<[string, readonly JarFile[], JarOptions]>([
    ['packed', [other, own], {}],
    ['stored', [other, { ...own, method: 'stored' }], {}],
    ['with a comment', [own, other], { comment: Buffer.from('made by hand') }],
    [
      'with a comment that quotes an end record',
      [own, other],
      { comment: Buffer.concat([Buffer.from('x'), writeJar([]), Buffer.from('and more')]) },
    ],
    ['with a start script before it', [own, other], { prefix: Buffer.from('#!/bin/sh\nexec java -jar "$0" "$@"\n') }],
    ['with 64-bit fields', [other, own], { zip64: true }],
    ['with 64-bit fields and a comment', [other, own], { zip64: true, comment: Buffer.from('large') }],
    ['with the longest comment', [own], { comment: Buffer.alloc(0xffff, 0x20) }],
    ['with a folder entry', [{ name: 'META-INF/maven/org/lib/', content: '', method: 'stored' }, own], {}],
  ])('is found in a jar %s', async (_name, files, options) => {
    expect(await readJar(files, options)).toEqual(found);
    // Small jars are read in one go, large ones in parts.
    expect(await readJar([{ name: 'large.bin', content: Buffer.alloc(300 * 1024), method: 'stored' }, ...files], options)).toEqual(found);
  });

  it('is null if the jar has none', async () => {
    expect(await readJar([other])).toEqual({ status: 'read', hasOwn: false, entries: [] });
    expect(await readJar([])).toEqual({ status: 'read', hasOwn: false, entries: [] });
  });

  it('is returned once per entry of a shaded jar, in order and with repeated names', async () => {
    const reading = await readJar([pomProperties('a', 'b', '1'), own, pomProperties('a', 'b', '2')]);
    expect(reading.status === 'read' && reading.entries.map((entry) => `${entry.group}:${entry.artifact}:${entry.version}`)).toEqual([
      'a:b:1',
      'org:lib:1.0',
      'a:b:2',
    ]);
  });

  it("is read as Java does: order, blanks, escapes, continuation lines; a missing property is ''", async () => {
    const content = '!comment\r\nversion : 1.0\\\r\n   -beta\rartifactId lib\ngroupId = \\u006Frg\n';
    expect(await readJar([{ name: own.name, content }])).toMatchObject({
      entries: [{ group: 'org', artifact: 'lib', version: '1.0-beta' }],
    });
    expect(await readJar([{ name: own.name, content: '' }])).toMatchObject({ entries: [{ group: '', artifact: '', version: '' }] });
  });

  it('is ignored under names that Java never looks up, and under similar ones', async () => {
    const names = [
      'META-INF/maven/../maven/org/lib/pom.properties',
      'META-INF/maven//org/pom.properties',
      'meta-inf/maven/org/lib/pom.properties',
      'x/META-INF/maven/org/lib/pom.properties',
      'META-INF/maven/org/lib/pom.properties.bak',
      'META-INF/maven/org/lib/xpom.properties',
      'META-INF/maven\\..\\pom.properties',
    ];
    expect(await readJar(names.map((name) => ({ name, content: 'groupId=evil' })))).toEqual({ status: 'read', hasOwn: false, entries: [] });
  });

  it('is found in a jar of any size by reading only the directory and the entry', async () => {
    const jar = writeJar([own]);
    const file = join(folder, 'large.jar');
    await writeFile(file, '');
    await truncate(file, 3 * 1024 ** 3);
    const { appendFile } = await import('node:fs/promises');
    await appendFile(file, jar);
    expect(await readPomProperties(file)).toEqual(found);
  });
});

describe('the tool that made a jar', () => {
  const manifest = (...lines: string[]): JarFile => ({
    name: 'META-INF/MANIFEST.MF',
    content: ['Manifest-Version: 1.0', ...lines, '', 'Name: x.class', 'Created-By: another tool', ''].join('\r\n'),
  });
  it.each<[string, string[], boolean]>([
    ['Maven 3', ['Created-By: Maven JAR Plugin 3.4.1', 'Build-Jdk-Spec: 17'], true],
    ['Maven 2', ['Built-By: joe', 'Build-Jdk: 1.6.0_65', 'Created-By: Apache Maven'], true],
    ['Leiningen', ['Created-By: Leiningen 2.11.2', 'Built-By: joe', 'Build-Jdk: 21'], true],
    ['tools.build', ['Created-By: org.clojure/tools.build', 'Build-Jdk-Spec: 21'], true],
    ['Gradle', [], false],
    ['Gradle with bnd', ['Created-By: 17.0.2 (Eclipse Adoptium)', 'Tool: Bnd-6.3.1'], false],
    ['the jar tool', ['Created-By: 21.0.1 (Oracle Corporation)'], false],
    ['Ant', ['Ant-Version: Apache Ant 1.10.14', 'Created-By: 1.8.0_392-b08 (Temurin)'], false],
  ])('is recognised: %s', async (_name, lines, hasOwn) => {
    expect(await readJar([manifest(...lines), own])).toMatchObject({ status: 'read', hasOwn });
  });

  it('is unknown if the manifest is a decompression bomb', async () => {
    expect(await readJar([{ name: 'META-INF/MANIFEST.MF', content: Buffer.alloc(50_000_000, 0x20) }, own])).toMatchObject({
      status: 'unreadable',
    });
    expect(await readJar([{ name: 'META-INF/MANIFEST.MF', content: Buffer.alloc(50_000_000, 0x20) }, other])).toMatchObject({
      status: 'read',
      entries: [],
    });
  });
});

describe('a file that is not a jar, or a jar that lies', () => {
  it.each<[string, Buffer, RegExp]>([
    ['an empty file', Buffer.alloc(0), /too short/],
    ['a page', Buffer.from('<html>'.repeat(100)), /no zip file/],
    ['a jar cut in the middle', writeJar([other, own]).subarray(0, 200), /no zip file/],
    ['a directory longer than the file', writeJar([own], { claim: { directoryLength: 1_000_000 } }), /not there/],
    ['a directory of 4 GiB', writeJar([own], { claim: { directoryLength: 0xfffffff0 } }), /not there/],
    ['a directory of 2 EiB', writeJar([own], { zip64: true, claim: { directoryLength: 2 ** 61 } }), /larger than any file/],
    ['a directory elsewhere', writeJar([own], { claim: { directoryOffset: 1_000_000 } }), /not there/],
    ['a shorter directory', writeJar([own, other], { claim: { directoryLength: 60 } }), /directory is broken|beyond the directory/],
    ['an entry beyond the file', writeJar([{ ...own, claim: { offset: 0xfffffffe } }]), /beyond the end/],
    ['an entry that is not at its offset', writeJar([other, { ...own, claim: { offset: 3 } }]), /no entry at byte 3/],
    ['a packed size beyond the file', writeJar([{ ...own, claim: { compressedSize: 60_000 } }]), /beyond the end/],
    ['a false size', writeJar([{ ...own, claim: { size: 5 } }]), /central directory says 5/],
    ['a size that is far too large', writeJar([{ ...own, claim: { size: 1e9 } }]), /more than 65536/],
    ['a bomb', writeJar([{ name: own.name, content: Buffer.alloc(50_000_000), claim: { size: 1000 } }]), /does not unpack/],
    ['an unknown method', writeJar([{ ...own, claim: { method: 12 } }]), /method 12/],
    ['encrypted entries', writeJar([{ ...own, claim: { flags: 1 } }]), /encrypted/],
    ['bytes that cannot be unpacked', writeJar([{ ...own, method: 'stored', claim: { method: 8 } }]), /does not unpack/],
    [
      'an end record whose comment is longer than the file',
      writeJar([own], { claim: { commentLength: 500, directoryLength: 0 } }),
      /no zip file/,
    ],
    ['64-bit fields that are missing', writeJar([{ ...own, claim: { size: 0xffffffff } }]), /lacks its 64-bit/],
    [
      'more pom.properties than any real jar has',
      writeJar(Array.from({ length: 1001 }, (_, index) => pomProperties('g', `a${index}`, '1'))),
      /1001 pom.properties/,
    ],
  ])('is refused: %s', async (_name, bytes, reason) => {
    const reading = await readBytes(bytes);
    expect(reading.status).toBe('unreadable');
    if (reading.status === 'unreadable') expect(reading.reason).toMatch(reason);
  });

  it('refuses a pipe without waiting for a writer', async () => {
    const pipe = join(folder, 'pipe.jar');
    execFileSync('mkfifo', [pipe]);
    await expect(readPomProperties(pipe)).rejects.toThrow('is not a regular file');
    await expect(digestFile(pipe, ['sha256'])).rejects.toMatchObject({ code: 'ERR_LOCAL_REPOSITORY', reason: 'corrupt' });
  });

  it("rejects with the file system's error if the file is missing", async () => {
    await expect(readPomProperties(join(folder, 'absent.jar'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('always gives an answer for a jar with random damage', async () => {
    const jars = [
      writeJar([other, own]),
      writeJar([own, pomProperties('a', 'b', '1')], { zip64: true, comment: Buffer.from('PK\x05\x06 comment') }),
    ];
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...jars),
        fc.array(fc.tuple(fc.nat(2000), fc.nat(255)), { minLength: 1, maxLength: 6 }),
        fc.nat(2000),
        async (jar, flips, cut) => {
          const damaged = Buffer.from(jar);
          for (const [at, value] of flips) damaged[at % damaged.length] = value;
          const reading = await readBytes(cut < 300 ? damaged.subarray(0, damaged.length - cut) : damaged);
          expect(['read', 'unreadable']).toContain(reading.status);
        },
      ),
      { numRuns: 500 },
    );
  });
});
