/** Identifies the process that holds a lock or wrote a temporary file: its id, and the machine and container it runs on. */
import { readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

import { systemErrorCode } from './file-error.js';

let host: string | null = null;

/**
 * Returns the host name and, on Linux, the process-id namespace: containers that share a folder may also share the host
 * name, and a process id of one means nothing in another.
 */
export function hostIdentity(): string {
  if (host === null) {
    let namespace = '';
    try {
      namespace = readlinkSync('/proc/self/ns/pid');
    } catch {
      // Not Linux, or no /proc: only the host name is known.
    }
    host = `${hostname()} ${namespace}`.trim();
  }
  return host;
}

/** Whether a process with this id runs on this host (perhaps a later one that was given the same id). */
export function isProcessAlive(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it runs as another user.
    return systemErrorCode(error) === 'EPERM';
  }
}
