/** The part that all forms of lines have: a quoted request, its status, and its size. */
import { closingQuote, dash, digits, find, findFar, quote, space } from './bytes.js';
import type { LogLine } from './log-line.js';

/** Reads `GET /path HTTP/1.1` or `GET /path`. Leaves the path empty if the text is neither. */
export function readRequest(bytes: Buffer, start: number, end: number, line: LogLine): void {
  const methodEnd = find(bytes, space, start, end);
  const pathStart = methodEnd + 1;
  const pathEnd = findFar(bytes, space, pathStart, end);
  const hasPath = pathStart < end && (pathEnd === end || isProtocol(bytes, pathEnd + 1, end));
  line.isGet = methodEnd - start === 3 && bytes[start] === 0x47 && bytes[start + 1] === 0x45 && bytes[start + 2] === 0x54;
  line.pathStart = pathStart;
  line.pathEnd = hasPath ? pathEnd : pathStart;
}

/** Whether the rest of a request is one word: a path with a space is not what was asked for. */
function isProtocol(bytes: Uint8Array, start: number, end: number): boolean {
  return start < end && find(bytes, space, start, end) === end;
}

/**
 * Reads `"REQUEST" STATUS SIZE` and the agent after it, from the opening quote on.
 * @returns whether the line goes on like this
 */
export function readQuotedRequest(bytes: Buffer, start: number, end: number, line: LogLine): boolean {
  if (start >= end || bytes[start] !== quote) return false;
  const close = closingQuote(bytes, start + 1, end);
  if (close >= end || bytes[close + 1] !== space) return false;
  const status = digits(bytes, close + 2, 3);
  if (status < 0 || close + 5 > end || !isSize(bytes, close + 5, end)) return false;
  readRequest(bytes, start + 1, close, line);
  line.bytes = bytes;
  line.pathBytes = bytes;
  line.status = status;
  line.tailStart = close + 6;
  line.tailEnd = end;
  return true;
}

/** Whether a space and a number, or a dash for none, follow. */
function isSize(bytes: Uint8Array, start: number, end: number): boolean {
  return start + 1 < end && bytes[start] === space && (bytes[start + 1] === dash || digits(bytes, start + 1, 1) >= 0);
}
