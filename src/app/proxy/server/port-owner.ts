/** Names the process that listens on a port, where /proc tells: Linux, and a process of the same user. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

import { escapeForDisplay } from '../../../base/escape.js';

/** More processes than this are not searched. */
const maxProcesses = 20_000;
const listening = '0A';

/** Returns `java (process 1234)`; null if it cannot be told. */
export function ownerOfPort(port: number): string | null {
  const sockets = listenersOn(port).map((inode) => `socket:[${inode}]`);
  if (sockets.length === 0) return null;
  for (const pid of processes()) {
    if (holdsAny(pid, sockets)) return `${nameOf(pid)} (process ${pid})`;
  }
  return null;
}

/** Returns the inodes of the sockets that listen on a port: the second column is address:port, the fourth the state, the tenth the inode. */
function listenersOn(port: number): readonly string[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((table) =>
    attempt(() => readFileSync(table, 'latin1'), '')
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter(([, local, , state]) => state === listening && local?.endsWith(suffix) === true)
      .map((columns) => columns[9] ?? '0')
      .filter((inode) => inode !== '0'),
  );
}

function processes(): readonly string[] {
  return attempt(() => readdirSync('/proc'), [])
    .filter((name) => /^[1-9][0-9]*$/.test(name))
    .slice(0, maxProcesses);
}

function holdsAny(pid: string, sockets: readonly string[]): boolean {
  const folder = `/proc/${pid}/fd`;
  return attempt(() => readdirSync(folder), []).some((descriptor) =>
    sockets.includes(attempt(() => readlinkSync(`${folder}/${descriptor}`), '')),
  );
}

function nameOf(pid: string): string {
  const name = attempt(() => readFileSync(`/proc/${pid}/comm`, 'utf8'), '').trim();
  return name === '' ? 'another program' : escapeForDisplay(name, 40);
}

/** A process may end, or belong to another user, while it is looked at. */
function attempt<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch {
    return otherwise;
  }
}
