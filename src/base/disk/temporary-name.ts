/** Names of temporary files, and the removal of those that killed processes left behind. */
import { randomBytes } from 'node:crypto';
import { lstat, readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';

import { crc32 } from './crc32.js';
import { hostIdentity, isProcessAlive } from './process-identity.js';

const dayMs = 24 * 60 * 60 * 1000;
const temporaryName = /^\..*\.(\d{1,10})-([0-9a-f]{8})[0-9a-f]{8}\.clojars-fetch-tmp$/;

let tag: string | null = null;

/** Tells the hosts and containers apart that share a folder: a process id of one means nothing in another. */
const hostTag = (): string => (tag ??= crc32(hostIdentity()).toString(16).padStart(8, '0'));

/** Process and host, as in the name of each of its temporary files. */
let owner: string | null = null;

let serial: number | null = null;

/** Counts from a random number: a random number for each of a thousand names costs as much as creating their files. */
function nextSerial(): string {
  serial = serial === null ? randomBytes(4).readUInt32BE() : (serial + 1) >>> 0;
  return serial.toString(16).padStart(8, '0');
}

/** Names a temporary file for `file`: hidden, with an extension no tool looks for, and cut to fit where the final name fits. */
export function temporaryNameFor(file: string): string {
  owner ??= `${process.pid}-${hostTag()}`;
  return `.${plainName(basename(file))}.${owner}${nextSerial()}.clojars-fetch-tmp`;
}

function plainName(name: string): string {
  if (/^[\w.-]{1,120}$/.test(name)) return name;
  return Buffer.from(name)
    .subarray(0, 120)
    .toString('latin1')
    .replace(/[^\w.-]/g, '_');
}

/**
 * Removes temporary files that no process will finish: at once those of a dead process of this host, after a day those
 * of another host if the process id means nothing here, and after a week all others. Failures do not matter: the next
 * process tries again.
 */
export async function removeStaleTemporaries(folder: string, now: number): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names) {
    const [, pid, tag] = temporaryName.exec(name) ?? [];
    if (pid === undefined) continue;
    const isDead = !isProcessAlive(Number(pid));
    const path = join(folder, name);
    if ((isDead && tag === hostTag()) || (await ageOf(path, now)) > (isDead ? dayMs : 7 * dayMs)) {
      await rm(path, { force: true }).catch(() => undefined);
    }
  }
}

async function ageOf(path: string, now: number): Promise<number> {
  return lstat(path).then(
    (stats) => now - stats.mtimeMs,
    () => 0,
  );
}

/** Folders that this process has looked through already. */
const swept = new Set<string>();

/** {@link removeStaleTemporaries}, the first time that this process writes into the folder. */
export async function sweepOnce(folder: string, now: number): Promise<void> {
  if (swept.has(folder)) return;
  swept.add(folder);
  await removeStaleTemporaries(folder, now);
}
