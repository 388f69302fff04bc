import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import fc from 'fast-check';
import { expect, test } from 'vitest';

import { ListCursor } from '../../src/app/audit/lists/list-cursor.js';
import { temporaryFolder } from '../support/temporary-folder.js';

function cursorOver(folder: string, text: string): ListCursor {
  const file = join(folder, 'list');
  writeFileSync(file, text, 'latin1');
  return new ListCursor(file);
}

test('reads each line, wherever the pieces of the file end', async () => {
  const folder = await temporaryFolder();
  // Pieces have 65,536 bytes.
  const length = fc.oneof(fc.integer({ min: 0, max: 200 }), fc.integer({ min: 30_000, max: 65_536 }));
  fc.assert(
    fc.property(fc.array(length, { minLength: 1, maxLength: 12 }), fc.boolean(), (lengths, hasEnd) => {
      const lines = lengths.map((count, index) => String.fromCharCode(0xe0 + index).repeat(count));
      const text = lines.join('\n') + (hasEnd || lines.at(-1) === '' ? '\n' : '');
      const cursor = cursorOver(folder, text);
      for (const line of lines) {
        expect(cursor.isAtEnd).toBe(false);
        expect(cursor.beginsWith(line)).toBe(true);
        expect(cursor.beginsWith(`${line}x`)).toBe(false);
        expect(cursor.line).toBe(line);
        cursor.next(line.length);
      }
      expect(cursor.isAtEnd).toBe(true);
      cursor.close();
    }),
    { numRuns: 40 },
  );
});

test('leaps over lines that were not looked at', async () => {
  const keys = Array.from({ length: 9000 }, (_, index) => `key-${String(index).padStart(6, '0')}`);
  const cursor = cursorOver(await temporaryFolder(), keys.map((key) => `${key}\tfacts\n`).join(''));
  let leaps = 0;
  for (let far = cursor.farKey; far < 'key-008000'; far = cursor.farKey) {
    cursor.leap();
    leaps += 1;
    expect(cursor.line).toBe(`${keys[keys.indexOf(far) + 1]}\tfacts`);
  }
  expect(leaps).toBeGreaterThan(1);
});

test('a line that is too long comes in pieces, and an empty file has none', async () => {
  const folder = await temporaryFolder();
  const long = 'x'.repeat(300_000);
  const cursor = cursorOver(folder, `${long}\nlast`);
  let read = '';
  for (; !cursor.isAtEnd && cursor.line !== 'last'; cursor.next()) read += cursor.line;
  expect(read).toBe(long);
  expect(cursor.line).toBe('last');
  expect(cursorOver(folder, '').isAtEnd).toBe(true);
});
