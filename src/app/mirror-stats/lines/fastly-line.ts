/**
 * Lines of Fastly, as its log streaming writes them to S3, and as the proxy's `--download-log` does:
 *
 *     <134>2012-04-14T06:40:59Z cache-bwi5023 s3-bucket[3217]: 3.90.141.179 "GET /a/b/1/b-1.jar HTTP/1.1" 200 2377 "(null)" "Java"
 *
 * An old form has `"-"` after the address and no protocol; what follows the size differs.
 *
 * Source of the forms: clojars-web `tools/process_stats.clj` and its test.
 */
import { colon, dash, digits, find, quote, space } from './bytes.js';
import { found, minuteOfDay, readIsoDate } from './dates.js';
import type { LineParser } from './log-line.js';
import { readQuotedRequest } from './request.js';

export const parseFastlyLine: LineParser = (bytes, start, end, line) => {
  const dateEnd = readDate(bytes, start, end);
  if (dateEnd < 0 || dateEnd >= end || bytes[dateEnd] !== space) return false;
  const hostEnd = find(bytes, space, dateEnd + 1, end);
  const tagEnd = find(bytes, space, hostEnd + 1, end);
  if (tagEnd >= end || bytes[tagEnd - 1] !== colon) return false;
  const addressEnd = find(bytes, space, tagEnd + 1, end);
  if (addressEnd === tagEnd + 1 || !readQuotedRequest(bytes, afterUser(bytes, addressEnd + 1), end, line)) return false;
  line.day = found.day;
  line.addressStart = tagEnd + 1;
  line.addressEnd = addressEnd;
  return true;
};

/** The last line up to the `T` of its date: nearly all lines begin as the one before. */
const last = { beginning: new Uint8Array(32), length: 0, day: -1 };
const timeLength = 8;

/** Returns where the date ends, or -1 if there is none. */
function readDate(bytes: Uint8Array, start: number, end: number): number {
  const timeStart = start + last.length;
  if (beginsAsLast(bytes, start) && minuteOfDay(bytes, timeStart) >= 0 && bytes[timeStart + timeLength] === 0x5a) {
    found.day = last.day;
    return timeStart + timeLength + 1;
  }
  const dateStart = afterPriority(bytes, start, end);
  if (dateStart < 0) return -1;
  const dateEnd = readIsoDate(bytes, dateStart);
  const isPlain = dateEnd - dateStart === 'YYYY-MM-DDThh:mm:ssZ'.length && dateEnd <= end;
  if (isPlain) remember(bytes, start, dateEnd - timeLength - 1);
  return dateEnd;
}

function beginsAsLast(bytes: Uint8Array, start: number): boolean {
  const { beginning, length } = last;
  for (let at = 0; at < length; at++) if (bytes[start + at] !== beginning[at]) return false;
  return length > 0;
}

function remember(bytes: Uint8Array, start: number, end: number): void {
  last.length = end - start <= last.beginning.length ? end - start : 0;
  last.day = found.day;
  for (let at = 0; at < last.length; at++) last.beginning[at] = bytes[start + at] ?? 0;
}

/** Skips `<134>`. Returns -1 if there is none. */
function afterPriority(bytes: Uint8Array, start: number, end: number): number {
  if (start >= end || bytes[start] !== 0x3c) return -1;
  let at = start + 1;
  while (at < end && digits(bytes, at, 1) >= 0) at += 1;
  return at > start + 1 && bytes[at] === 0x3e ? at + 1 : -1;
}

/** Skips the `"-" ` of the old form. */
function afterUser(bytes: Uint8Array, start: number): number {
  const isUser = bytes[start] === quote && bytes[start + 1] === dash && bytes[start + 2] === quote && bytes[start + 3] === space;
  return isUser ? start + 4 : start;
}
