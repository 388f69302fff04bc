/** Notes about kept copies of metadata. Pure. */
import type { KeptMetadata, MirrorValidator } from '../../../fetch/versions/resolve-metadata.js';
import { isValidator } from '../../../network/transport/contract/validator.js';

/** Kept metadata, with where and when it came from. */
export interface KeptCopy extends KeptMetadata {
  /** When a mirror last said that it is right, in milliseconds since 1970. */
  readonly fetchedMs: number;
  /** Base URL of the mirror that served it, or one of those that it was made from; null if none was asked. */
  readonly mirror: string | null;
}

/** The note: everything but the bytes, which it identifies. */
export interface KeptRecord extends Omit<KeptCopy, 'bytes'> {
  readonly sha256: string;
}

/** Notes by key, the oldest first. */
export type KeptRecords = ReadonlyMap<string, KeptRecord>;

/** Most notes in one file, and most validators of one note: a damaged or hostile file must not grow without end. */
const most = { records: 256, validators: 16, mirrorLength: 2_000 } as const;

/** Reads the notes of one file. Drops malformed entries. Returns null if the file is not a list. */
export function parseRecords(value: unknown): Map<string, KeptRecord> | null {
  if (!Array.isArray(value)) return null;
  const entries: readonly unknown[] = value;
  const records = new Map<string, KeptRecord>();
  for (const entry of entries.slice(-most.records)) {
    if (!isPair(entry)) continue;
    const [key, value] = entry;
    const record = parseRecord(value);
    if (typeof key === 'string' && record !== null) records.set(key, record);
  }
  return records;
}

/** Adds a note as the newest one, and drops the oldest beyond the limit. */
export function withRecord(records: KeptRecords, key: string, record: KeptRecord): Map<string, KeptRecord> {
  const others = [...records].filter(([other]) => other !== key).slice(-(most.records - 1));
  return new Map([...others, [key, record]]);
}

function parseRecord(value: unknown): KeptRecord | null {
  if (typeof value !== 'object' || value === null) return null;
  const { sha256, fetchedMs, mirror, lastModifiedMs, validators }: Partial<Record<keyof KeptRecord, unknown>> = value;
  if (typeof sha256 !== 'string' || !/^[0-9a-f]{64}$/.test(sha256) || !isTime(fetchedMs) || !Array.isArray(validators)) return null;
  if ((mirror !== null && !isMirror(mirror)) || (lastModifiedMs !== null && !isTime(lastModifiedMs))) return null;
  return { sha256, fetchedMs, mirror, lastModifiedMs, validators: validators.slice(0, most.validators).filter(isMirrorValidator) };
}

function isPair(value: unknown): value is readonly [unknown, unknown] {
  return Array.isArray(value) && value.length === 2;
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isMirror(value: unknown): value is string {
  return typeof value === 'string' && value.length <= most.mirrorLength;
}

function isMirrorValidator(value: unknown): value is MirrorValidator {
  if (typeof value !== 'object' || value === null) return false;
  const { mirror, validator }: Partial<Record<keyof MirrorValidator, unknown>> = value;
  return isMirror(mirror) && isValidator(validator);
}
