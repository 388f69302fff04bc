/** A temporary folder that only the user can read, removed after the command. */
import { lstatSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const prefix = 'clojars-fetch-exec-';
const leftover = new RegExp(`^${prefix}(\\d+)-\\w+$`);
const dayMs = 86_400_000;

/** Synchronous, as is all that the start of the command waits for: loading `node:fs/promises` and its threads take 10 ms. */
export function createPrivateFolder(): string {
  removeLeftovers();
  return mkdtempSync(join(tmpdir(), `${prefix}${process.pid}-`));
}

/** Removes the folder. The targets of the links in it stay. */
export function removePrivateFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}

/** Removes the folders of killed processes. They hold copies of the user's settings. */
function removeLeftovers(): void {
  for (const name of readdirSync(tmpdir())) {
    const pid = leftover.exec(name)?.[1];
    if (pid === undefined || !isLeftover(join(tmpdir(), name), Number(pid))) continue;
    try {
      removePrivateFolder(join(tmpdir(), name));
    } catch {
      // Another run removes it too.
    }
  }
}

/** Of a container that shares the folder, process ids mean nothing here: only an old folder is removed. */
function isLeftover(folder: string, pid: number): boolean {
  try {
    const { uid, mtimeMs } = lstatSync(folder);
    return uid === process.getuid?.() && Date.now() - mtimeMs > dayMs && !isRunning(pid);
  } catch {
    return false;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
