/** The lines of the inventory: what the target has, sorted by key, one line a file. */
import { fromLineText, toLineText } from '../../../local/sorted-lines/line-text.js';

export interface InventoryRecord {
  readonly key: string;
  readonly size: number;
  /** As the source's listing gave it when the file was last compared. */
  readonly mark: string;
  /** In hex. */
  readonly sha256: string;
  /** Epoch seconds by the source's clock. */
  readonly firstSeen: number;
}

const fields = /^([^\t]+)\t(\d{1,16})\t([^\t]*)\t([0-9a-f]{64})\t(\d{1,12})$/;

/** The beginning of the line of a file that did not change: see {@link isUnchangedLine}. */
export function formatRecordStart(key: string, size: number | null, mark: string): string {
  return `${toLineText(key)}\t${size ?? '-'}\t${cleanMark(mark)}\t`;
}

export function formatRecord({ key, size, mark, sha256, firstSeen }: InventoryRecord): string {
  return `${formatRecordStart(key, size, mark)}${sha256}\t${firstSeen}`;
}

/** Null for a line that is not a record. */
export function parseRecord(line: string): InventoryRecord | null {
  const found = fields.exec(line);
  if (found === null) return null;
  const [, key = '', size = '', mark = '', sha256 = '', firstSeen = ''] = found;
  return { key: fromLineText(key), size: Number(size), mark, sha256, firstSeen: Number(firstSeen) };
}

/** A mark comes from a server, and must stay one field of one line. */
function cleanMark(mark: string): string {
  return toLineText(mark.slice(0, 200)).replace(/[\u0000-\u001f]/g, '_');
}
