/** A file that names the process which holds a lock. */
import { closeSync, lstatSync, openSync, rmSync, writeSync } from 'node:fs';

import { corruptPath, isOutOfSpace } from './file-error.js';
import { hostIdentity } from './process-identity.js';
import { readBounded } from './read-bounded.js';

/** Our own lock files have a few hundred bytes. */
export const maxLockBytes = 64 * 1024;

interface Holder {
  readonly pid: number;
  readonly host: string;
  readonly token: string;
}

export interface SeenLock {
  /** Null if the file does not name one: it is still being written, or is not ours. */
  readonly holder: Holder | null;
  readonly mtimeMs: number;
  readonly text: string;
}

/**
 * Returns the content that names this process.
 * @param token hex digits; distinguishes holders whose process has the same id
 */
export function holderText(token: string): string {
  return JSON.stringify({ pid: process.pid, host: hostIdentity(), token, started: new Date().toISOString() });
}

/**
 * Creates the file. Synchronous, so that it is without content for as short a time as possible.
 * @throws the error of the system, EEXIST if there is one
 */
export function createHolderFile(file: string, content: string, { mayBeEmpty = false } = {}): void {
  const descriptor = openSync(file, 'wx', 0o644);
  try {
    writeSync(descriptor, content);
  } catch (error) {
    if (mayBeEmpty && isOutOfSpace(error)) return;
    rmSync(file, { force: true });
    throw error;
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Describes the file, null if it is gone. A symbolic link names no holder, wherever it leads: it is found stale, and the link itself is
 * removed. Throws for a folder, a pipe or a device.
 */
export function look(file: string): SeenLock | null {
  const stats = lstatSync(file, { throwIfNoEntry: false });
  if (stats === undefined) return null;
  if (stats.isSymbolicLink()) return { holder: null, mtimeMs: stats.mtimeMs, text: '' };
  if (!stats.isFile()) throw corruptPath(file, 'is not a regular file');
  const bytes = readBounded(file, maxLockBytes);
  if (bytes === null) return null;
  const text = bytes.toString('utf8');
  return { holder: parseHolder(text), mtimeMs: stats.mtimeMs, text };
}

function parseHolder(text: string): Holder | null {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return null;
    if (!('pid' in value) || typeof value.pid !== 'number') return null;
    if (!('host' in value) || typeof value.host !== 'string') return null;
    // It becomes part of a file name.
    if (!('token' in value) || typeof value.token !== 'string' || !/^[0-9a-f]{1,64}$/.test(value.token)) return null;
    return { pid: value.pid, host: value.host, token: value.token };
  } catch {
    return null;
  }
}
