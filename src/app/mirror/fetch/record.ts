/** Makes the record of a file for the inventory. */
import type { InventoryRecord } from '../target/inventory-record.js';
import type { Action } from './action.js';
import type { VerifiedFile } from './fetch-file.js';

/** @param nowMs by the source's clock */
export function recordOf(
  { key, mark, known }: Action,
  nowMs: number,
  { size, sha256 }: Pick<VerifiedFile, 'size' | 'sha256'>,
): InventoryRecord {
  return { key, size, mark, sha256, firstSeen: known?.firstSeen ?? Math.trunc(nowMs / 1000) };
}
