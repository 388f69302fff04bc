/** docs/architecture.md shows the tables that lint enforces, and names only paths that exist. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

import { describe, expect, test } from 'vitest';

import { readPage } from './blocks.js';

type ImportTable = Readonly<Record<string, readonly string[]>>;

const require = createRequire(import.meta.url);
const { storeys, rooms } = require('../architecture/house.cjs') as { storeys: ImportTable; rooms: ImportTable };
const page = readPage('docs/architecture.md');
const root = fileURLToPath(new URL('../..', import.meta.url));

/** The rows of the table with this header: the name in the first cell to the names in the last. */
function readTable(header: string): ImportTable {
  const [, rows] = page.split(`${header}\n|---|---|---|\n`);
  if (rows === undefined) throw new Error(`docs/architecture.md has no table ${header}`);
  const lines = rows.split('\n').slice(
    0,
    rows.split('\n').findIndex((line) => !line.startsWith('|')),
  );
  return Object.fromEntries(
    lines.map((line) => {
      const [, name = '', , allowed = ''] = line.split('|');
      return [name.trim().replaceAll('`', ''), allowed.trim() === '—' ? [] : readNames(allowed)] as const;
    }),
  );
}

const readNames = (cell: string): readonly string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);

/** The order of allowed names means nothing. */
const sorted = (table: ImportTable): ImportTable =>
  Object.fromEntries(Object.entries(table).map(([name, allowed]) => [name, [...allowed].sort()]));

describe('docs/architecture.md', () => {
  test('shows the storeys that lint enforces', () => {
    expect(sorted(readTable('| Storey | What it is | May import |'))).toEqual(sorted(storeys));
  });

  test('shows the rooms that lint enforces', () => {
    expect(sorted(readTable('| Room | What it is | May import |'))).toEqual(sorted(rooms));
  });

  test('names files and folders that exist', () => {
    const storeyNames = Object.keys(storeys).join('|');
    const named = readNames(page.replace(/^```[\s\S]*?^```$/gm, '')).flatMap((name) => {
      if (/^(?:src|test|docs)\//.test(name)) return [name];
      return new RegExp(`^(?:${storeyNames})/`).test(name) ? [`src/${name}`] : [];
    });
    expect(named.length).toBeGreaterThan(60);
    expect(named.filter((name) => !existsSync(`${root}/${name}`))).toEqual([]);
  });
});
