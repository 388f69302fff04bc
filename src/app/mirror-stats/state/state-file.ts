/**
 * The record of the logs that were counted, so that none counts twice. It is replaced before the new counts get their names, and
 * says which files these are: a run that was killed in between is finished by the next.
 */
import { existsSync, readFileSync, renameSync } from 'node:fs';

import { systemErrorCode } from '../../../base/disk/file-error.js';
import { unreadableFile } from '../../../base/disk/named-file.js';
import { replaceFile } from '../../../base/disk/replace-file.js';
import { ClojarsFetchError } from '../../../base/error.js';
import type { LogMark } from './log-mark.js';

/** A file that gets its name after the record is written. */
export interface Placement {
  readonly temporary: string;
  readonly path: string;
}

export interface CountState {
  readonly logs: readonly LogMark[];
  readonly placements: readonly Placement[];
  /** The files of days that hold counts of these logs and of no others, so that more may be added. */
  readonly days: readonly string[];
}

/** Logs that are remembered: the newest. */
const mostLogs = 10_000;
const mostDays = 1000;

const none: CountState = { logs: [], placements: [], days: [] };

/**
 * Reads the record, and finishes what a killed run left.
 * @throws ClojarsFetchError ERR_CONFIG, `unreadable`: a record that is taken for an empty one would let logs count twice
 */
export function openState(file: string): CountState {
  const state = readState(file);
  place(state.placements);
  return state;
}

/** Gives the files their names; those that have theirs stay. */
export function place(placements: readonly Placement[]): void {
  for (const { temporary, path } of placements) if (existsSync(temporary)) renameSync(temporary, path);
}

export async function writeState(file: string, { logs, placements, days }: CountState): Promise<void> {
  const newest = { logs: logs.slice(-mostLogs), placements, days: [...new Set(days)].slice(-mostDays) };
  const text = JSON.stringify({ version: 1, ...newest }, null, 1);
  await replaceFile(file, `${text}\n`, { mode: 0o644, flush: true });
}

function readState(file: string): CountState {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    if (systemErrorCode(cause) === 'ENOENT') return none;
    throw unreadableFile(file, 'the record of counted logs', cause);
  }
  const state = parse(text);
  if (state !== null) return state;
  throw new ClojarsFetchError('ERR_CONFIG', {
    reason: 'unreadable',
    path: file,
    message: `${file}: not a record of counted logs`,
    hint: 'Restore it from a backup, or name a new file.',
  });
}

function parse(text: string): CountState | null {
  try {
    const value: unknown = JSON.parse(text);
    return isState(value) ? value : null;
  } catch {
    return null;
  }
}

function isState(value: unknown): value is CountState {
  if (!isRecord(value) || value['version'] !== 1) return false;
  const { logs, placements, days } = value;
  const areDays = Array.isArray(days) && days.every((day) => typeof day === 'string');
  return areDays && Array.isArray(logs) && logs.every(isMark) && Array.isArray(placements) && placements.every(isPlacement);
}

function isMark(value: unknown): value is LogMark {
  return isRecord(value) && typeof value['first'] === 'string' && typeof value['bytes'] === 'number' && typeof value['crc32'] === 'number';
}

function isPlacement(value: unknown): value is Placement {
  return isRecord(value) && typeof value['temporary'] === 'string' && typeof value['path'] === 'string';
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
