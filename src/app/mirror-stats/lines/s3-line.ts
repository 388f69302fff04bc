/**
 * Lines of S3's server access logs:
 *
 *     OWNER BUCKET [29/Nov/2026:14:06:40 +0000] 192.0.2.1 - ID REST.GET.OBJECT a/b/1/b-1.jar "GET /bucket/a/b/1/b-1.jar HTTP/1.1" 200 - 2377 …
 *
 * The key is the path: what the request names may begin with the bucket.
 *
 * Source of the form: Amazon S3 User Guide, "Amazon S3 server access log format".
 */
import { closingQuote, dash, digits, find, quote, slash, space } from './bytes.js';
import { findDate } from './combined-line.js';
import { found } from './dates.js';
import type { LineParser } from './log-line.js';
import { readRequest } from './request.js';

const questionMark = 0x3f;
/** The end of the operations that fetch an object, `REST.GET.OBJECT` and `WEBSITE.GET.OBJECT`. */
const fetching = Buffer.from('.GET.OBJECT');

export const parseS3Line: LineParser = (bytes, start, end, line) => {
  const open = findDate(bytes, start, end);
  const { end: dateEnd, day } = found;
  if (open < 0 || bytes[dateEnd] !== 0x5d || bytes[dateEnd + 1] !== space) return false;
  const addressEnd = find(bytes, space, dateEnd + 2, end);
  const requesterEnd = find(bytes, space, addressEnd + 1, end);
  const idEnd = find(bytes, space, requesterEnd + 1, end);
  const operationEnd = find(bytes, space, idEnd + 1, end);
  const keyEnd = find(bytes, space, operationEnd + 1, end);
  if (keyEnd + 1 >= end || bytes[keyEnd + 1] !== quote) return false;
  const close = closingQuote(bytes, keyEnd + 2, end);
  const statusEnd = find(bytes, space, close + 2, end);
  if (close + 2 >= end || bytes[close + 1] !== space || statusEnd >= end) return false;
  // An expired object has a dash: no client asked for it.
  if (bytes[close + 2] !== dash && digits(bytes, close + 2, 3) < 0) return false;
  readRequest(bytes, keyEnd + 2, close, line);
  line.bytes = bytes;
  line.pathBytes = bytes;
  line.day = day;
  line.status = Math.max(digits(bytes, close + 2, 3), 0);
  line.addressStart = dateEnd + 2;
  line.addressEnd = addressEnd;
  line.isGet &&= endsWith(bytes, operationEnd, fetching);
  setTail(bytes, statusEnd + 1, end, line);
  if (line.isGet && line.status < 300) setPath(bytes, operationEnd + 1, keyEnd, line);
  return true;
};

type Line = Parameters<LineParser>[3];

function endsWith(bytes: Uint8Array, end: number, text: Uint8Array): boolean {
  for (let index = 1; index <= text.length; index++) if (bytes[end - index] !== text[text.length - index]) return false;
  return true;
}

/** Begins the tail at the last of the numbers before the referrer, where the other forms have the size. */
function setTail(bytes: Uint8Array, start: number, end: number, line: Line): void {
  const referrer = find(bytes, quote, start, end);
  line.tailStart = Math.max(start, referrer - 2);
  line.tailEnd = end;
}

/** Makes the key a path, unless the request has a query: then its own path says so. */
function setPath(bytes: Uint8Array, start: number, end: number, line: Line): void {
  if (find(bytes, questionMark, line.pathStart, line.pathEnd) < line.pathEnd) return;
  const path = new Uint8Array(end - start + 1);
  path[0] = slash;
  path.set(bytes.subarray(start, end), 1);
  line.pathBytes = path;
  line.pathStart = 0;
  line.pathEnd = path.length;
}
