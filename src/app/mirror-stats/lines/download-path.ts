/**
 * Says which version a path downloads. The version is that of the folder, so sources, classifiers and the timestamped files of
 * snapshots count for it too. Percent escapes are kept, and repeated slashes count as one.
 *
 * Source of the rule: clojars-web `tools/process_stats.clj`.
 */
import { slash } from './bytes.js';

/** Longer paths do not count as downloads. The longest in Maven's repositories have a quarter of this length. */
export const longestPath = 4096;

const dot = 0x2e;
const questionMark = 0x3f;

/**
 * Writes `group/artifact/version` into `target`, at `at`, with dots in the group.
 * @param target has room for the path
 * @returns where it ends, or -1 if the path is not that of a jar
 */
export function writeDownload(bytes: Uint8Array, start: number, end: number, target: Uint8Array, at: number): number {
  if (!endsInJar(bytes, start, end)) return -1;
  const fileStart = segmentStart(bytes, start, end);
  const versionEnd = beforeSlashes(bytes, start, fileStart);
  const versionStart = segmentStart(bytes, start, versionEnd);
  const nameEnd = beforeSlashes(bytes, start, versionStart);
  const nameStart = segmentStart(bytes, start, nameEnd);
  const groupEnd = beforeSlashes(bytes, start, nameStart);
  const groupStart = afterRepo(bytes, afterSlashes(bytes, start, groupEnd), groupEnd);
  const isWhole = fileStart < end - 4 && versionStart < versionEnd && nameStart < nameEnd && groupStart < groupEnd;
  if (!isWhole || fileStart < 0 || versionStart < 0 || nameStart < 0) return -1;
  const groupWritten = writeGroup(bytes, groupStart, groupEnd, target, at);
  if (groupWritten < 0) return -1;
  const nameWritten = writeAfterSlash(bytes, nameStart, nameEnd, target, groupWritten);
  return writeAfterSlash(bytes, versionStart, versionEnd, target, nameWritten);
}

function endsInJar(bytes: Uint8Array, start: number, end: number): boolean {
  if (bytes[end - 1] !== 0x72 || bytes[end - 2] !== 0x61 || bytes[end - 3] !== 0x6a || bytes[end - 4] !== dot) return false;
  return bytes[start] === slash && end - start <= longestPath;
}

/** Returns where the segment that ends at `end` starts; -1 if it has a query, or a zero byte, which no server accepts. */
function segmentStart(bytes: Uint8Array, start: number, end: number): number {
  for (let at = end; at > start; at--) {
    const byte = bytes[at - 1] ?? 0;
    // Letters, which are most bytes, need one comparison.
    if (byte > questionMark) continue;
    if (byte === slash) return at;
    if (byte === questionMark || byte === 0) return -1;
  }
  return Math.min(start, end);
}

/** Returns where the segment before the slashes that end at `end` ends. */
function beforeSlashes(bytes: Uint8Array, start: number, end: number): number {
  let at = end;
  while (at > start && bytes[at - 1] === slash) at -= 1;
  return at;
}

function afterSlashes(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && bytes[at] === slash) at += 1;
  return at;
}

/** Skips `repo`, under which Clojars once served its repository, unless it is the group. */
function afterRepo(bytes: Uint8Array, start: number, end: number): number {
  const isRepo =
    bytes[start] === 0x72 &&
    bytes[start + 1] === 0x65 &&
    bytes[start + 2] === 0x70 &&
    bytes[start + 3] === 0x6f &&
    bytes[start + 4] === slash;
  return isRepo && start + 4 < end ? afterSlashes(bytes, start + 4, end) : start;
}

/** Returns where the group ends; -1 if it has a query, or a zero byte. */
function writeGroup(bytes: Uint8Array, start: number, end: number, target: Uint8Array, at: number): number {
  let written = at;
  for (let from = start; from < end; from++) {
    const byte = bytes[from] ?? 0;
    if (byte !== slash) {
      if (byte === questionMark || byte === 0) return -1;
      target[written++] = byte;
    } else if (bytes[from - 1] !== slash) target[written++] = dot;
  }
  return written;
}

function writeAfterSlash(bytes: Uint8Array, start: number, end: number, target: Uint8Array, at: number): number {
  target[at] = slash;
  let written = at + 1;
  for (let from = start; from < end; from++) target[written++] = bytes[from] ?? 0;
  return written;
}
