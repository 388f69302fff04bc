import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { isFitForFolders } from './folders-in-memory.js';
import { temporaryFolder } from './temporary-folder.js';

describe.skipIf(process.platform === 'win32')('a folder is fit for temporary folders', () => {
  const needed = { neededBytes: 1 };

  it('if it is in memory, programs in it may run, and enough is free', async () => {
    const folder = await temporaryFolder();
    const mounts = `/dev/vda / ext4 rw 0 0\ntmpfs ${folder} tmpfs rw,relatime 0 0\n`;
    expect(isFitForFolders(folder, { ...needed, mounts })).toBe(true);
    expect(isFitForFolders(folder, { neededBytes: Number.MAX_SAFE_INTEGER, mounts })).toBe(false);
    expect(isFitForFolders(folder, { ...needed, mounts: mounts.replace('relatime', 'noexec,relatime') })).toBe(false);
    expect(isFitForFolders(folder, { ...needed, mounts: `${mounts}/dev/vdb ${folder} ext4 rw 0 0\n` })).toBe(false);
  });

  it('not if it is a part of a disk, or missing', async () => {
    const folder = await temporaryFolder();
    expect(isFitForFolders(folder, needed)).toBe(false);
    const missing = join(folder, 'missing');
    expect(isFitForFolders(missing, { ...needed, mounts: `tmpfs ${missing} tmpfs rw 0 0\n` })).toBe(false);
  });
});
