import { appendFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import fc from 'fast-check';
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

/** One event in the life of a log that two processes share. `damage` is appended as a crash or another program might leave it. */
type Step =
  | { readonly kind: 'set'; readonly process: 0 | 1; readonly key: string; readonly value: number }
  | { readonly kind: 'refresh' | 'restart'; readonly process: 0 | 1 }
  | { readonly kind: 'damage'; readonly text: string };

const process = fc.constantFrom<0 | 1>(0, 1);
const key = fc.oneof(fc.constantFrom('a', 'b', '', '__proto__', '"', '\\', '",', 'é\n'), fc.string({ unit: 'binary', maxLength: 5 }));
const damage = fc.oneof(
  fc.string({ maxLength: 20 }),
  fc.constantFrom('\n', '00000000 ["a",7]\n', '00000000 ["a",7', '00000000 ["b"', 'not hexad ["a",7]\n', '["a",7]\n'),
);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('set' as const), process, key, value: fc.integer({ min: -1, max: 5 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('refresh' as const, 'restart' as const), process }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('damage' as const), text: damage }) },
);

it('keeps what either process recorded, whatever lies between the lines', async () => {
  const folder = await temporaryFolder();
  let runs = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 15 }), async (steps) => {
      const file = join(folder, `log ${runs++}`);
      const logs = [open(file).log, open(file).log];
      const expected = new Map<string, number>();
      for (const each of steps) {
        if (each.kind === 'damage') {
          await appendFile(file, each.text);
          continue;
        }
        if (each.kind === 'restart') logs[each.process] = open(file).log;
        const log = logs[each.process];
        if (each.kind === 'refresh') log?.refresh();
        if (each.kind !== 'set') continue;
        await log?.set(each.key, each.value);
        expected.delete(each.key);
        if (each.value !== -1) expected.set(each.key, each.value);
        // Its own log has caught up with the other by writing.
        expect(log?.peek(each.key)).toBe(expected.get(each.key) ?? null);
      }
      for (const log of [...logs, open(file).log]) {
        log?.refresh();
        const known = [...(log?.keys() ?? [])].map((each) => [each, log?.peek(each)]).filter(([, value]) => value !== null);
        expect(known).toEqual([...expected]);
      }
    }),
    { numRuns: 300 },
  );
});
