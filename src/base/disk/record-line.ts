/**
 * The lines of a record log: `CRC-32 ["key",value]`. The checksum is of the JSON, so that a line torn by a crash is skipped and hides
 * no other.
 */
import { crc32 } from './crc32.js';

/** Where the key begins: eight digits, a space, and the beginning of the JSON. */
const beforeKey = ' ["';
const checksumDigits = 8;
const keyStart = checksumDigits + beforeKey.length;

/** Returns the line with its line feed. */
export function formatRecordLine(key: string, value: unknown): string {
  const json = JSON.stringify([key, value]);
  return `${crc32(json).toString(16).padStart(checksumDigits, '0')} ${json}\n`;
}

/** Returns null for a line that is damaged. */
export function parseRecordLine(line: string): [key: string, value: unknown] | null {
  if (line.length < keyStart || line[checksumDigits] !== ' ') return null;
  const json = line.slice(checksumDigits + 1);
  if (Number.parseInt(line.slice(0, checksumDigits), 16) !== crc32(json)) return null;
  try {
    const pair: unknown = JSON.parse(json);
    return Array.isArray(pair) && pair.length === 2 && typeof pair[0] === 'string' ? [pair[0], pair[1]] : null;
  } catch {
    return null;
  }
}

/** Returns the key without checking the line; null if only {@link parseRecordLine} can tell it. */
export function peekRecordKey(line: string): string | null {
  if (line.slice(checksumDigits, keyStart) !== beforeKey) return null;
  const end = line.indexOf('"', keyStart);
  const key = line.slice(keyStart, end);
  return end > 0 && line[end + 1] === ',' && !key.includes('\\') ? key : null;
}
