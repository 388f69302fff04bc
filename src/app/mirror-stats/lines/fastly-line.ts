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
import { found, readIsoDate } from './dates.js';
import type { LineParser } from './log-line.js';
import { readQuotedRequest } from './request.js';

export const parseFastlyLine: LineParser = (bytes, start, end, line) => {
  const dateStart = afterPriority(bytes, start, end);
  if (dateStart < 0) return false;
  const dateEnd = readIsoDate(bytes, dateStart);
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
