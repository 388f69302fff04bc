/** Folders that are made with those above them, where Node's own way may never return. */
import { mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { makeFolders } from '../../src/base/disk/make-folders.js';
import { temporaryFolder } from '../support/temporary-folder.js';

describe('makeFolders', () => {
  it('makes what is missing, with the mode, and returns the outermost folder that it made', async () => {
    const folder = await temporaryFolder();
    expect(makeFolders(join(folder, 'a', 'b', 'c'), 0o700)).toBe(join(folder, 'a'));
    expect(statSync(join(folder, 'a', 'b', 'c')).mode & 0o777).toBe(0o700);
    expect(makeFolders(join(folder, 'a', 'b', 'c'))).toBeNull();
    expect(makeFolders(join(folder, 'a', 'd'))).toBe(join(folder, 'a', 'd'));
  });

  it('goes through links to folders', async () => {
    const folder = await temporaryFolder();
    mkdirSync(join(folder, 'real'));
    symlinkSync(join(folder, 'real'), join(folder, 'link'));
    makeFolders(join(folder, 'link', 'inner'));
    expect(statSync(join(folder, 'real', 'inner')).isDirectory()).toBe(true);
  });

  it('fails where a file or a dangling link is in the way', async () => {
    const folder = await temporaryFolder();
    writeFileSync(join(folder, 'file'), '');
    symlinkSync(join(folder, 'nowhere'), join(folder, 'dangling'));
    for (const path of ['file', 'file/inner', 'dangling', 'dangling/inner']) {
      expect(() => makeFolders(join(folder, path))).toThrow(/^E(?:EXIST|NOTDIR|NOENT)/);
    }
  });

  it.runIf(process.platform === 'linux')('fails at once in a folder in which none can be made', () => {
    expect(() => makeFolders('/proc/clojars-fetch')).toThrow(/^E(?:NOENT|ACCES|PERM)/);
    expect(() => makeFolders('/proc/clojars-fetch/inner/folder')).toThrow(/^E(?:NOENT|ACCES|PERM)/);
  });
});
