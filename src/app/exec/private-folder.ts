/** A temporary folder that only the user can read, removed after the command. */
import { lstatSync, readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const prefix = 'clojars-fetch-exec-';
const dayMs = 86_400_000;

export async function createPrivateFolder(): Promise<string> {
  await removeLeftovers();
  return mkdtemp(join(tmpdir(), `${prefix}${process.pid}-`));
}

/** Removes the folder. The targets of the links in it stay. */
export async function removePrivateFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}

/** Removes the folders of killed processes. They hold copies of the user's settings. */
async function removeLeftovers(): Promise<void> {
  for (const name of readdirSync(tmpdir())) {
    const pid = new RegExp(`^${prefix}(\\d+)-\\w+$`).exec(name)?.[1];
    if (pid !== undefined && isLeftover(join(tmpdir(), name), Number(pid))) {
      await rm(join(tmpdir(), name), { recursive: true, force: true }).catch(() => undefined);
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
