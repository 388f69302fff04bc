import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import { createRecordLog, type RecordLog } from '../../src/base/disk/record-log.js';
import { temporaryFolder } from '../support/temporary-folder.js';

interface Heard {
  readonly log: RecordLog<number>;
  /** Keys that others recorded; `replaced` for a rewritten file. */
  readonly heard: string[];
}

function open(file: string): Heard {
  const heard: string[] = [];
  const log = createRecordLog<number>({
    file,
    parse: (value) => (typeof value === 'number' ? value : null),
    maxEntries: 10_000,
    maxBytes: 10_000_000,
    whenTooLarge: 'discard',
    isRemoval: (value) => value === -1,
    onForeign: { changed: (key) => heard.push(key), replaced: () => heard.push('replaced') },
  });
  return { log, heard };
}

it('tells what another process recorded, and nothing of its own', async () => {
  const file = join(await temporaryFolder(), 'log');
  const one = open(file);
  const other = open(file);
  one.log.refresh();
  await other.log.set('a', 1);
  expect(one.log.peek('a')).toBeNull();
  one.log.refresh();
  expect(one.log.peek('a')).toBe(1);
  await other.log.set('a', 2);
  await one.log.set('b', 3);
  expect(one.heard).toEqual(['a', 'a']);
  expect([...one.log.keys()]).toEqual(['a', 'b']);
  expect(other.heard).toEqual([]);
  expect(await other.log.get('b')).toBeNull();
  other.log.refresh();
  expect(other.log.peek('b')).toBe(3);
});

it('drops removed keys when the file is rewritten, and says that it was', async () => {
  const file = join(await temporaryFolder(), 'log');
  const one = open(file);
  const other = open(file);
  await one.log.set('stays', 1);
  other.log.refresh();
  for (let round = 0; round < 3; round++) {
    await Promise.all(Array.from({ length: 600 }, (_, index) => one.log.set(`key ${index}`, round)));
    await Promise.all(Array.from({ length: 600 }, (_, index) => one.log.set(`key ${index}`, -1)));
  }
  const lines = (await readFile(file, 'utf8')).trim().split('\n');
  expect(lines.length).toBeLessThan(2500);
  other.log.refresh();
  expect(other.heard).toContain('replaced');
  expect(other.log.peek('stays')).toBe(1);
  expect([...one.log.keys()]).toEqual(['stays']);
});
