/** The README of each large folder of src: short, and true about its files. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';

import { describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const filesOf = (folder: string): readonly string[] => readdirSync(`${root}/${folder}`).filter((name) => name.endsWith('.ts'));
const folders = readdirSync(`${root}/src`, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ parentPath, name }) => posix.join(parentPath, name).slice(root.length));
const readmes = folders.map((folder) => `${folder}/README.md`).filter((path) => existsSync(`${root}/${path}`));

test('every folder with more than ten files has a README', () => {
  const large = folders.filter((folder) => filesOf(folder).length > 10);
  expect(large.filter((folder) => !readmes.includes(`${folder}/README.md`))).toEqual([]);
});

describe.each(readmes)('%s', (path) => {
  const text = readFileSync(`${root}/${path}`, 'utf8');

  test('has at most 15 lines', () => {
    expect(text.trimEnd().split('\n').length).toBeLessThanOrEqual(15);
  });

  test('names files and folders that exist', () => {
    const folder = posix.dirname(path);
    const named = [...text.matchAll(/`([^`\s]+(?:\.ts|\/))`/g)].map(([, name = '']) => name);
    const places = [
      folder,
      '.',
      ...readdirSync(`${root}/${folder}`, { withFileTypes: true }).flatMap((entry) =>
        entry.isDirectory() ? [`${folder}/${entry.name}`] : [],
      ),
    ];
    const isThere = (name: string): boolean => places.some((place) => existsSync(`${root}/${place}/${name}`));
    expect(named.length).toBeGreaterThan(2);
    expect(named.filter((name) => !isThere(name))).toEqual([]);
  });
});
