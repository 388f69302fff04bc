/** docs/architecture.md names only paths that exist; test/architecture compares its tables with those of lint. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { describe, expect, test } from 'vitest';

import { storeys } from '../architecture/house.cjs';
import { readPage } from './blocks.js';

const page = readPage('docs/architecture.md');
const root = fileURLToPath(new URL('../..', import.meta.url));

const readNames = (cell: string): readonly string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);

describe('docs/architecture.md', () => {
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
