/** The lines of the inventory: what is known of each cached file, in the form in which it is kept on disk. */
import { join } from 'node:path';

import { packHex, type Packing, SharedValues, unpackHex } from '../../base/disk/packing.js';
import { createRecordLog, type ForeignRecords, type RecordLog } from '../../base/disk/record-log.js';
import type { Level } from '../../base/words.js';
import { parseLevel } from '../ledger/verification-cache.js';

/** A file as it was when its bytes were digested. Digests are lower-case hex. */
export interface FileRecord {
  readonly size: number;
  readonly mtimeMs: number;
  /** The time of change and the inode show a file that was exchanged for one with the same size and time. */
  readonly ctimeMs: number;
  readonly inode: number;
  readonly sha256: string;
  readonly sha1: string | null;
  readonly md5: string | null;
  /** Base URL (display form) of the mirror that served it. */
  readonly mirror: string | null;
  readonly level: Level;
  readonly lastUsedMs: number;
  /** When its mirror says that it was last changed; null if that is not known. */
  readonly lastModifiedMs: number | null;
}

/** A line of the inventory: a file, or that it is gone. */
export type InventoryLine = FileRecord | 'gone';

/** More files than this are never kept: the inventory lives in memory. */
export const mostFiles = 300_000;

/** No file is larger: sums of sizes stay exact enough to be compared with a limit. */
const mostBytes = 2 ** 50;

const isSize = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0 && Number(value) <= mostBytes;
const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value) && value >= 0;
const isHex = (value: unknown, length: number): value is string =>
  typeof value === 'string' && value.length === length && /^[0-9a-f]+$/.test(value);
const isHexOrNull = (value: unknown, length: number): value is string | null => value === null || isHex(value, length);

/** Checks a line that was read from disk; null for anything else. */
export function parseInventoryLine(value: unknown): InventoryLine | null {
  if (value === 'gone') return 'gone';
  if (typeof value !== 'object' || value === null) return null;
  const fields: Partial<Record<keyof FileRecord, unknown>> = value;
  const { size, mtimeMs, ctimeMs, inode, sha256, sha1, md5, mirror, lastUsedMs, lastModifiedMs = null } = fields;
  const level = parseLevel(fields.level);
  if (!isSize(size) || !isNumber(mtimeMs) || !isNumber(ctimeMs) || !isNumber(inode) || !isNumber(lastUsedMs)) return null;
  if (!isHex(sha256, 64) || !isHexOrNull(sha1, 40) || !isHexOrNull(md5, 32) || level === null) return null;
  if (lastModifiedMs !== null && !isNumber(lastModifiedMs)) return null;
  if (mirror !== null && (typeof mirror !== 'string' || mirror.length > 4096)) return null;
  return { size, mtimeMs, ctimeMs, inode, sha256, sha1, md5, mirror, level, lastUsedMs, lastModifiedMs };
}

/** Numbers and digests of a file, and a number for what many files share. */
class FileRecordPacking implements Packing<InventoryLine> {
  readonly #shared = new SharedValues<Pick<FileRecord, 'level' | 'mirror'>>();

  pack(line: InventoryLine): string {
    if (line === 'gone') return '';
    const { size, mtimeMs, ctimeMs, inode, sha256, sha1, md5, mirror, level, lastUsedMs, lastModifiedMs } = line;
    const shared = this.#shared.numberOf(`${level} ${mirror ?? ''}`, { level, mirror });
    const digests = packHex(sha256) + packHex(sha1) + packHex(md5);
    return [size, mtimeMs, ctimeMs, inode, lastUsedMs, lastModifiedMs ?? -1, shared, sha1 === null ? 0 : 20, digests].join(' ');
  }

  unpack(text: string): InventoryLine {
    if (text === '') return 'gone';
    const numbers = text.split(' ', 8);
    const [size = 0, mtimeMs = 0, ctimeMs = 0, inode = 0, lastUsedMs = 0, changedMs = -1, shared = 0, sha1Bytes = 0] = numbers.map(Number);
    const lastModifiedMs = changedMs < 0 ? null : changedMs;
    const digests = text.slice(numbers.join(' ').length + 1);
    const sha256 = unpackHex(digests.slice(0, 32)) ?? '';
    const sha1 = unpackHex(digests.slice(32, 32 + sha1Bytes));
    const md5 = unpackHex(digests.slice(32 + sha1Bytes));
    return { size, mtimeMs, ctimeMs, inode, sha256, sha1, md5, ...this.#shared.valueOf(shared), lastUsedMs, lastModifiedMs };
  }
}

/** A line that a kill loses costs one hashing of its file. */
const gatherMs = 100;

/** Opens the inventory in the state folder of a cache. A damaged or huge one counts as empty: the folders are looked through in any case. */
export function openInventoryLog(stateFolder: string, onForeign: ForeignRecords): RecordLog<InventoryLine> {
  return createRecordLog<InventoryLine>({
    file: join(stateFolder, 'inventory.jsonl'),
    parse: parseInventoryLine,
    maxEntries: mostFiles,
    maxBytes: 160 * 1024 * 1024,
    whenTooLarge: 'discard',
    gatherMs,
    isRemoval: (line) => line === 'gone',
    onForeign,
    packing: new FileRecordPacking(),
  });
}
