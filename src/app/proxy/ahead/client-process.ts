/** Finds the build tool at the other end of a connection, where /proc tells: Linux, and a process of the same user. */
import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { resolve } from 'node:path';

/** One end of a connection from this machine. */
export interface ClientSocket {
  readonly remoteAddress?: string | undefined;
  readonly remotePort?: number | undefined;
  readonly localPort?: number | undefined;
}

export interface ClientProcess {
  readonly workingFolder: string;
  /** Its command line. */
  readonly words: readonly string[];
}

/** More processes than this are not searched, and of each, no more descriptors. */
const mostProcesses = 20_000;
const mostDescriptors = 5_000;
const established = '01';

/** Returns the JVM that made the connection; null if it cannot be told, or the client is another program. */
export function clientProcess({ remotePort, localPort }: ClientSocket): ClientProcess | null {
  if (remotePort === undefined || localPort === undefined) return null;
  return attempt(() => {
    // The kernel goes through all its buckets for a table, which takes ten times as long as all names of processes.
    const candidates = javaProcesses();
    const socket = candidates.length === 0 ? null : socketOf(remotePort, localPort);
    const pid = socket === null ? undefined : candidates.find((one) => holds(one, socket));
    if (pid === undefined) return null;
    const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1);
    return { workingFolder: readlinkSync(`/proc/${pid}/cwd`), words };
  }, null);
}

/** The file or folder of the project that the tool builds: of Maven, the file that its command line names. */
export function projectOfProcess({ workingFolder, words }: ClientProcess): string {
  const at = words.indexOf('org.codehaus.plexus.classworlds.launcher.Launcher');
  if (at === -1) return workingFolder;
  const own = words.slice(at + 1);
  const named = own.findLast((word, index) => ['-f', '--file'].includes(own[index - 1] ?? '') || word.startsWith('--file='));
  return named === undefined ? workingFolder : resolve(workingFolder, named.replace(/^--file=/, ''));
}

/**
 * The client's end, such as `socket:[1234]`. In the tables, the second column is its own address and port, the third that of the other
 * end, the fourth the state, and the tenth the inode.
 */
function socketOf(clientPort: number, serverPort: number): string | null {
  const [client, server] = [clientPort, serverPort].map((port) => `:${port.toString(16).toUpperCase().padStart(4, '0')}`);
  for (const table of ['/proc/net/tcp6', '/proc/net/tcp']) {
    const line = attempt(() => readFileSync(table, 'latin1'), '')
      .split('\n')
      .map((text) => text.trim().split(/\s+/))
      .find(([, own = '', other = '', state]) => own.endsWith(client ?? '') && other.endsWith(server ?? '') && state === established);
    if (line !== undefined) return `socket:[${line[9] ?? ''}]`;
  }
  return null;
}

/** The newest first: a build has just begun. */
function javaProcesses(): readonly string[] {
  return readdirSync('/proc')
    .filter((name) => /^[1-9][0-9]*$/.test(name))
    .sort((a, b) => Number(b) - Number(a))
    .slice(0, mostProcesses)
    .filter((pid) => attempt(() => readFileSync(`/proc/${pid}/comm`, 'latin1'), '') === 'java\n' && isOwn(pid));
}

/** A proxy that runs as root could read the projects of all users. */
function isOwn(pid: string): boolean {
  return attempt(() => statSync(`/proc/${pid}`).uid, -1) === process.getuid?.();
}

function holds(pid: string, socket: string): boolean {
  const folder = `/proc/${pid}/fd`;
  return attempt(() => readdirSync(folder), [])
    .slice(-mostDescriptors)
    .some((descriptor) => attempt(() => readlinkSync(`${folder}/${descriptor}`), '') === socket);
}

/** A process may end, or belong to another user, while it is looked at. */
function attempt<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch {
    return otherwise;
  }
}
