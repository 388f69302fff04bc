/** Who holds a lock or wrote a temporary file: this process, on this machine, in this container. */
import { readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

let host: string | null = null;

/**
 * Host name and, on Linux, the process-id namespace: containers that share a folder can share the host name too, and
 * a process id of one means nothing in another.
 */
export function hostIdentity(): string {
  if (host === null) {
    let namespace = '';
    try {
      namespace = readlinkSync('/proc/self/ns/pid');
    } catch {
      // Not Linux, or no /proc: the host name has to do.
    }
    host = `${hostname()} ${namespace}`.trim();
  }
  return host;
}

/** True while a process of this host with this id runs (perhaps a later one that got the same id). */
export function isProcessAlive(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it runs, as somebody else.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
