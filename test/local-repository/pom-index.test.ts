import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { PomIndex, RecentPoms } from '../../src/local/ledger/pom-index.js';
import type { PomModel } from '../../src/maven/pom/model.js';
import { parsePom } from '../../src/maven/pom/parse.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const xmlOf = (name: string): string =>
  `<project><modelVersion>4.0.0</modelVersion><groupId>g</groupId><artifactId>${name}</artifactId><version>1</version>
   <name>Bücher 😀</name><dependencies><dependency><groupId>g</groupId><artifactId>b</artifactId><version>2</version></dependency></dependencies></project>`;
const digest = (text: string): string => createHash('sha256').update(text).digest('hex');
const parse = (name: string): PomModel => parsePom(xmlOf(name), `g:${name}:1`);
const names = ['a', 'b', 'c', 'd'];

/** A folder with an index of the POMs of these names. */
async function filled(...all: readonly string[]): Promise<{ readonly folder: string; readonly file: string }> {
  const folder = await temporaryFolder();
  const index = new PomIndex(folder);
  for (const name of all) index.add(digest(name), parse(name));
  index.save();
  return { folder, file: join(folder, 'poms.index') };
}

test('the POMs that were read last are kept, and no more than were asked for', () => {
  const recent = new RecentPoms(100);
  for (let number = 0; number < 1_000; number += 1) {
    recent.keep(digest(`${number}`), parse('a'));
    expect(recent.size).toBeLessThanOrEqual(100);
  }
  for (let number = 950; number < 1_000; number += 1) expect(recent.find(digest(`${number}`))).toBeDefined();
  expect(recent.find(digest('0'))).toBeUndefined();
});

describe('the index of POMs', () => {
  test('finds in a later run the POMs added earlier', async () => {
    const { folder } = await filled('a', 'b');
    const later = new PomIndex(folder);
    expect(later.find(digest('a'))).toStrictEqual(parse('a'));
    expect(later.find(digest('b'))).toStrictEqual(parse('b'));
    expect(later.find(digest('c'))).toBeNull();
  });

  test('finds the POMs of another resolution of the same process without reading its file', async () => {
    const recent = new RecentPoms();
    new PomIndex(await temporaryFolder(), recent).add(digest('a'), parse('a'));
    const other = new PomIndex(await temporaryFolder(), recent);
    expect(other.find(digest('a'))).toStrictEqual(parse('a'));
    expect(other.find(digest('b'))).toBeNull();
  });

  test('is appended to, and does not write a POM twice', async () => {
    const { folder, file } = await filled('a');
    const before = readFileSync(file);
    const later = new PomIndex(folder);
    later.find(digest('a'));
    later.add(digest('a'), parse('a'));
    later.save();
    expect(readFileSync(file)).toEqual(before);
    later.add(digest('b'), parse('b'));
    later.save();
    expect(readFileSync(file).subarray(0, before.length)).toEqual(before);
    expect(new PomIndex(folder).find(digest('b'))).toStrictEqual(parse('b'));
  });

  test('is readable by its owner only', async () => {
    const { file } = await filled('a');
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test('ignores entries of another version of this package', async () => {
    const { folder, file } = await filled('a');
    writeFileSync(file, readFileSync(file, 'latin1').replace(/^(\S+) \S+/, '$1 0.0.1/1'));
    expect(new PomIndex(folder).find(digest('a'))).toBeNull();
  });

  test('repairs a damaged entry', async () => {
    const { folder, file } = await filled('a', 'b');
    writeFileSync(file, readFileSync(file, 'latin1').replace('4.0.0', '4.0.1'));
    const repairing = new PomIndex(folder);
    expect(repairing.find(digest('a'))).toBeNull();
    repairing.add(digest('a'), parse('a'));
    repairing.save();
    expect(new PomIndex(folder).find(digest('a'))).toStrictEqual(parse('a'));
  });

  test('finds the right model or none, whatever its bytes are', async () => {
    const { folder, file } = await filled(...names);
    const bytes = readFileSync(file);
    const edit = fc.tuple(fc.nat(bytes.length), fc.nat(60), fc.uint8Array({ maxLength: 60 }));
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 5 }), (edits) => {
        let changed = bytes;
        for (const [at, removed, added] of edits)
          changed = Buffer.concat([changed.subarray(0, at), added, changed.subarray(Math.min(changed.length, at + removed))]);
        writeFileSync(file, changed);
        const index = new PomIndex(folder);
        for (const name of names) {
          const found = index.find(digest(name));
          if (found !== null) expect(found).toStrictEqual(parse(name));
          index.add(digest(name), parse(name));
        }
        index.save();
        const repaired = new PomIndex(folder);
        const missing = names.filter((name) => repaired.find(digest(name)) === null);
        // A line that was cut off swallows the first one appended to it.
        expect(missing.length).toBeLessThanOrEqual(1);
      }),
      { numRuns: 200 },
    );
  });

  test('starts again when it is full', async () => {
    const { folder, file } = await filled('a');
    writeFileSync(file, Buffer.alloc(8 * 1024 * 1024, 'x'));
    const index = new PomIndex(folder);
    expect(index.find(digest('a'))).toBeNull();
    index.add(digest('a'), parse('a'));
    index.save();
    expect(statSync(file).size).toBeLessThan(1000);
    expect(new PomIndex(folder).find(digest('a'))).toStrictEqual(parse('a'));
  });

  test('leaves out a POM that is too large for it', async () => {
    const folder = await temporaryFolder();
    const index = new PomIndex(folder);
    const large = { ...parse('a'), fields: new Map([['name', 'x'.repeat(600_000)]]) };
    index.add(digest('large'), large);
    index.add(digest('b'), parse('b'));
    index.save();
    const later = new PomIndex(folder);
    expect(later.find(digest('large'))).toBeNull();
    expect(later.find(digest('b'))).toStrictEqual(parse('b'));
  });

  test('is empty if a folder has its name, or if its folder cannot be made', async () => {
    const folder = await temporaryFolder();
    mkdirSync(join(folder, 'poms.index'));
    writeFileSync(join(folder, 'file'), '');
    for (const place of [folder, join(folder, 'file', 'cache')]) {
      const index = new PomIndex(place);
      expect(index.find(digest('a'))).toBeNull();
      index.add(digest('a'), parse('a'));
      index.save();
      expect(new PomIndex(place).find(digest('a'))).toBeNull();
    }
  });
});
