import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { expect, test } from 'vitest';

import { LineFinder } from '../../src/local/sorted-lines/line-finder.js';
import { LineReader } from '../../src/local/sorted-lines/line-reader.js';
import { LineSorter } from '../../src/local/sorted-lines/line-sorter.js';
import { fromLineText, lineKey, toLineText } from '../../src/local/sorted-lines/line-text.js';
import { LineWriter } from '../../src/local/sorted-lines/line-writer.js';
import { createChance } from '../support/chance.js';
import { temporaryFolder } from '../support/temporary-folder.js';

test('sorts more lines than fit into memory, by their bytes', async () => {
  const folder = await temporaryFolder();
  const chance = createChance(7);
  const words = ['a/b-c/x', 'a/b/x', 'a/b', 'é', '\uff5e', '😀', 'z', 'a/b.c'];
  const lines = Array.from({ length: 5000 }, () => toLineText(`${chance.pick(words)}/${chance.below(100_000)}`));
  const sorter = new LineSorter(join(folder, 'sorted'), { gatherLength: 600 });
  for (const line of lines) sorter.add(line);
  sorter.finish();

  const expected = [...lines].map((line) => Buffer.from(line, 'latin1')).sort((one, other) => one.compare(other));
  expect(readFileSync(join(folder, 'sorted'))).toEqual(Buffer.concat(expected.map((line) => Buffer.concat([line, Buffer.from('\n')]))));
  expect(readdirSync(folder)).toEqual(['sorted']);
});

test('copies lines that come in order, and makes an empty file of none', async () => {
  const folder = await temporaryFolder();
  for (const count of [0, 1, 3000]) {
    const sorter = new LineSorter(join(folder, 'sorted'), { gatherLength: 500 });
    const lines = Array.from({ length: count }, (_, index) => String(index).padStart(6, '0'));
    for (const line of lines) sorter.add(line);
    sorter.finish();
    expect(readFileSync(join(folder, 'sorted'), 'utf8')).toBe(lines.map((line) => `${line}\n`).join(''));
  }
});

test('reads the last line without its end, long lines, and nothing from a missing file', async () => {
  const folder = await temporaryFolder();
  const file = join(folder, 'lines');
  const lines = ['', 'x'.repeat(60_000), 'é', 'y'.repeat(300), 'end'].map(toLineText);
  writeFileSync(file, Buffer.from(lines.join('\n'), 'latin1'));
  const reader = new LineReader(file);
  const read: string[] = [];
  for (let line = reader.next(); line !== null; line = reader.next()) read.push(line);
  reader.close();
  expect(read).toEqual(lines);
  expect(fromLineText(read[2] ?? '')).toBe('é');
  expect(lineKey('a/b\t1\t2')).toBe('a/b');
  expect(new LineReader(join(folder, 'missing')).next()).toBeNull();
});

test('finds single lines in a large file, and none that are not there', async () => {
  const file = join(await temporaryFolder(), 'lines');
  const keys = Array.from({ length: 20_000 }, (_, index) => `group/${String(index * 2).padStart(6, '0')}`);
  writeFileSync(file, keys.map((key, index) => `${key}\t${'x'.repeat(index % 50)}\n`).join(''));
  const finder = new LineFinder(file);
  for (let index = 0; index < 20_000; index += 97) {
    expect(finder.find(keys[index] ?? '')).toBe(`${keys[index]}\t${'x'.repeat(index % 50)}`);
    expect(finder.find(`group/${String(index * 2 + 1).padStart(6, '0')}`)).toBeNull();
  }
  for (const key of ['', 'a', 'group/000000', 'group/039998', 'z'])
    expect(finder.find(key)?.split('\t')[0] ?? null).toBe(keys.includes(key) ? key : null);
  finder.close();
  expect(new LineFinder(`${file}.missing`).find('a')).toBeNull();
});

test('a writer whose file another one has begun to write leaves that alone', async () => {
  const file = join(await temporaryFolder(), 'lines');
  const first = new LineWriter(file);
  first.write('first');
  const second = new LineWriter(file);
  second.write('second');
  first.flush();
  expect(() => first.commit()).toThrow(expect.objectContaining({ code: 'ERR_LOCAL_REPOSITORY', reason: 'locked' }));
  first.discard();
  second.commit();
  expect(readFileSync(file, 'utf8')).toBe('second\n');
  expect(readdirSync(dirname(file))).toEqual(['lines']);
});
