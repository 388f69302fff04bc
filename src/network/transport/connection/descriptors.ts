/** Counts file descriptors: sockets and files share them. */
import { closeSync, openSync, readdirSync } from 'node:fs';
import { devNull } from 'node:os';

import { isOutOfDescriptors } from '../../../base/disk/file-error.js';
import { readRegularFile } from '../../../base/disk/regular-file.js';

/** A download needs its connection and its file; locks, checksum files and other hosts need some more. */
const descriptorsPerConnection = 4;

/** Returns `wanted`, or the number of connections that leave enough descriptors for files under a low `ulimit -n`. */
export function affordableConnections(wanted: number): number {
  const free = freeDescriptors();
  return free === null ? wanted : Math.max(1, Math.min(wanted, Math.floor(free / descriptorsPerConnection)));
}

/** Returns null if the number is unknown: only Linux reports it. */
function freeDescriptors(): number | null {
  if (process.platform !== 'linux') return null;
  try {
    const limits = readRegularFile('/proc/self/limits', 64 * 1024).toString('latin1');
    const limit = /^Max open files +(\d+)/m.exec(limits)?.[1];
    return limit === undefined ? null : Number(limit) - readdirSync('/proc/self/fd').length;
  } catch (error) {
    return isOutOfDescriptors(error) ? 0 : null;
  }
}

/** Whether a file can be opened now. Asked when a name cannot be resolved: the resolver does not say that it lacked a descriptor. */
export function hasFreeDescriptor(): boolean {
  try {
    closeSync(openSync(devNull, 'r'));
    return true;
  } catch (error) {
    return !isOutOfDescriptors(error);
  }
}
