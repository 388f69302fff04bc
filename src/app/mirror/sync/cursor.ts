/** The cursor of increments: how far the release feed was read, and which versions to look at once more. */
import { join } from 'node:path';

import { createStateFile } from '../../../base/disk/state-file.js';
import { folderOf } from '../../../maven/repository-index/key.js';
import type { Findings } from './finding.js';

/** A version to look at again: files may come late, and others failed. */
export interface PendingVersion {
  readonly folder: string;
  /** Epoch milliseconds by the source's clock. */
  readonly dueMs: number;
}

export interface Cursor {
  /** The feed was read up to here, in epoch milliseconds. */
  readonly feedMs: number;
  /** The start of the last full sync, in epoch milliseconds. */
  readonly fullMs: number;
  /** When the index was last held against the inventory, in epoch milliseconds. */
  readonly indexMs: number;
  readonly pending: readonly PendingVersion[];
  /** Releases of the last minutes, which the next increment reads again: `folder@milliseconds`. */
  readonly recent: readonly string[];
  /** The filters of the last full sync, as text. With others, increments would leave holes. */
  readonly filter: string;
  /** Folders of versions that increments left out since the last full sync. */
  readonly leftOut: readonly string[];
}

/** A full sync that has ended. */
interface FullSync {
  /** Epoch milliseconds by the source's clock. */
  readonly startedMs: number;
  /** How long after its release a version may get files. */
  readonly settleMs: number;
  /** The cursor before it; null if there was none. */
  readonly earlier: Cursor | null;
  readonly findings: Findings;
  /** As in the cursor. */
  readonly filter: string;
}

/** Kinds of findings that may be gone at the next look. */
const retried: ReadonlySet<string> = new Set(['failed', 'waiting', 'disputed']);

export function cursorFile(stateFolder: string): ReturnType<typeof createStateFile<Cursor>> {
  return createStateFile(join(stateFolder, 'cursor'), parseCursor);
}

/**
 * The cursor after a full sync. Versions that failed are due at once. Those that may still get files are looked at once more: the earlier
 * cursor names some, and the feed of the time before tells the others again.
 */
export function cursorAfterAll({ startedMs, settleMs, earlier, findings, filter }: FullSync): Cursor {
  const failed = findings.list.filter(({ kind }) => retried.has(kind)).map(({ key }) => folderOf(key));
  const settling = (earlier?.pending ?? []).filter(({ folder, dueMs }) => dueMs > startedMs && !failed.includes(folder));
  const pending = [...settling, ...[...new Set(failed)].map((folder) => ({ folder, dueMs: startedMs }))];
  const feedMs = startedMs - settleMs;
  return { feedMs, fullMs: startedMs, indexMs: startedMs, pending, recent: [], filter, leftOut: [] };
}

function parseCursor(value: unknown): Cursor | null {
  if (typeof value !== 'object' || value === null) return null;
  const { feedMs, fullMs, indexMs, pending, recent, filter, leftOut }: Partial<Record<keyof Cursor, unknown>> = value;
  if (typeof feedMs !== 'number' || typeof fullMs !== 'number' || !Array.isArray(pending) || !Array.isArray(recent)) return null;
  return {
    feedMs,
    fullMs,
    indexMs: typeof indexMs === 'number' ? indexMs : fullMs,
    pending: pending.filter(isPending),
    recent: textsIn(recent),
    filter: typeof filter === 'string' ? filter : '',
    leftOut: Array.isArray(leftOut) ? textsIn(leftOut) : [],
  };
}

function textsIn(values: readonly unknown[]): readonly string[] {
  return values.filter((one) => typeof one === 'string');
}

function isPending(value: unknown): value is PendingVersion {
  if (typeof value !== 'object' || value === null) return false;
  const { folder, dueMs }: Partial<Record<keyof PendingVersion, unknown>> = value;
  return typeof folder === 'string' && typeof dueMs === 'number';
}
