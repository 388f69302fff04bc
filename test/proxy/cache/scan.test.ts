/** The walk through the folders of a cache while files arrive. */
import { linkSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { temporaryNameFor } from '../../../src/base/disk/temporary-name.js';
import { walkFolders } from '../../../src/local/cache/scan.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

test('a walk sees a file that is placed while it looks at temporary files', async () => {
  const root = await temporaryFolder();
  const folder = join(root, 'g/a/1');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'a-1.jar');
  const temporary = join(folder, temporaryNameFor(file));
  writeFileSync(temporary, 'jar');
  const seen: string[] = [];
  let isPlaced = false;
  const walk = walkFolders(
    root,
    new AbortController().signal,
    () => {
      // Asked for the time by the removal of temporary files, which comes right after the folder was read.
      if (!isPlaced) linkSync(temporary, file);
      isPlaced = true;
      return Date.now();
    },
    ({ files }) => void seen.push(...files.map(({ name }) => name)),
  );
  expect(await walk).toBe(true);
  expect([isPlaced, seen]).toEqual([true, ['a-1.jar']]);
});
