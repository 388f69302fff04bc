/**
 * Lines of nginx and Apache, in the combined or the common form:
 *
 *     192.0.2.1 - - [29/Nov/2026:14:06:40 +0000] "GET /a/b/1/b-1.jar HTTP/1.1" 200 2377 "-" "Java"
 *
 * Apache's `vhost_combined` has the name of the host before the address.
 */
import { dash, find, space } from './bytes.js';
import { found, readCommonDate } from './dates.js';
import type { LineParser, LogLine } from './log-line.js';
import { readQuotedRequest } from './request.js';

export const parseCombinedLine: LineParser = (bytes, start, end, line) => {
  const open = findDate(bytes, start, end);
  if (open < 0) return false;
  const { end: dateEnd, day } = found;
  if (bytes[dateEnd] !== 0x5d) return false;
  let request = dateEnd + 1;
  while (request < end && bytes[request] === space) request += 1;
  if (request === dateEnd + 1 || !readQuotedRequest(bytes, request, end, line)) return false;
  line.day = day;
  setAddress(bytes, start, open, line);
  return true;
};

/** The address is the first word, or the second if the first is the name of the host: then the user's dash is not the second. */
function setAddress(bytes: Uint8Array, start: number, end: number, line: LogLine): void {
  const first = find(bytes, space, start, end);
  const second = find(bytes, space, first + 1, end);
  const hasHost = find(bytes, space, second + 1, end) < end && !(second === first + 2 && bytes[first + 1] === dash);
  line.addressStart = hasHost ? first + 1 : start;
  line.addressEnd = hasHost ? second : first;
}

/** Finds the bracket before the date: the name of a user, or an IPv6 address, may have others. Returns -1 if there is none. */
export function findDate(bytes: Uint8Array, start: number, end: number): number {
  for (let open = find(bytes, 0x5b, start, end); open < end; open = find(bytes, 0x5b, open + 1, end))
    if (readCommonDate(bytes, open + 1) >= 0 && found.end < end) return open;
  return -1;
}
