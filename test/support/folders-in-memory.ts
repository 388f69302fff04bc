/**
 * Puts the temporary folders of a run into memory, if this machine has a place for them. The tests write and flush tens of thousands of small
 * files: on a disk, that is a sixth of their processor time. A set-up of Vitest (`globalSetup`).
 */
import { accessSync, constants, mkdtempSync, readFileSync, rmSync, statfsSync } from 'node:fs';
import { freemem, tmpdir } from 'node:os';

const onDisk = 'CLOJARS_FETCH_TEST_DISK';

/** Several times what a run needs: its folders exist for one test each. */
const enoughBytes = 2 * 1024 ** 3;

/** Sets TMPDIR for the workers, unless the user did. Returns what removes the folder, with anything that killed processes left. */
export default function setup(): (() => void) | undefined {
  if (process.env['TMPDIR'] !== undefined || !isFitForFolders('/dev/shm')) return undefined;
  process.env[onDisk] = tmpdir();
  // Short, as the path of a socket may have only 107 bytes.
  const folder = mkdtempSync('/dev/shm/cf-');
  process.env['TMPDIR'] = folder;
  return () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

/** Where temporary folders are that must be on a disk. */
export function temporaryFoldersOnDisk(): string {
  return process.env[onDisk] ?? tmpdir();
}

interface Needs {
  readonly neededBytes?: number;
  /** As in /proc/self/mounts. */
  readonly mounts?: string;
}

/** Whether the folder is in memory, of which enough is free, and programs may be written to it and run. */
export function isFitForFolders(folder: string, { neededBytes = enoughBytes, mounts }: Needs = {}): boolean {
  try {
    const lines = (mounts ?? readFileSync('/proc/self/mounts', 'utf8')).split('\n').map((line) => line.split(' '));
    // Of several mounts on one folder, the last hides the others.
    const [, , type = '', options = ''] = lines.findLast(([, place]) => place === folder) ?? [];
    if (type !== 'tmpfs' || options.split(',').includes('noexec')) return false;
    accessSync(folder, constants.W_OK | constants.X_OK);
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize >= neededBytes && freemem() >= 2 * neededBytes;
  } catch {
    return false;
  }
}
