/**
 * Finds and reads a jar's central directory as the JDK does (java.util.zip.ZipFile, JDK 21), so that we judge what a JVM will see. The end
 * record is searched for from the end of the file, the directory stands right before it, and bytes in front of the archive (a start script)
 * shift every offset.
 *
 * Nothing in a jar is trusted: sizes and offsets are checked against the file's length before they are used.
 */

/** Reads exactly `length` bytes at `position`; rejects with {@link JarProblem} if the file is shorter. */
export type ReadAt = (position: number, length: number) => Promise<Buffer>;

/** Why a jar cannot be read. Never leaves this folder: readers return `unreadable`. */
export class JarProblem extends Error {
  override readonly name = 'JarProblem';
}

/** One file in a jar, as the central directory describes it. */
export interface JarEntry {
  /** As bytes, in UTF-8 unless the jar is very old. */
  readonly name: Buffer;
  /** 0 stored, 8 deflate. */
  readonly method: number;
  readonly compressedSize: number;
  readonly size: number;
  /** Position of its local header, from the start of the file. */
  readonly position: number;
}

const endSize = 22;
const zip64LocatorSize = 20;
const zip64EndSize = 56;
const entrySize = 46;
const signature = { entry: 0x02014b50, local: 0x04034b50, end: 0x06054b50, zip64End: 0x06064b50, zip64Locator: 0x07064b50 };
const unknown32 = 0xffffffff;
const unknown16 = 0xffff;
/** Enough for a million entries. The largest real jars have a tenth of that. */
const maxDirectoryBytes = 64 * 1024 * 1024;

interface Directory {
  readonly position: number;
  readonly length: number;
  /** Start of the archive in the file: not 0 if other bytes precede it. */
  readonly start: number;
}

/**
 * Returns the entries whose names pass `wanted`, in the directory's order; names may repeat.
 * @param fileSize in bytes
 * @param wanted tests the name from `start` to `end` in place: a jar has thousands of names, too many to copy each
 * @throws JarProblem
 */
export async function readEntries(
  readAt: ReadAt,
  fileSize: number,
  wanted: (directory: Buffer, start: number, end: number) => boolean,
): Promise<readonly JarEntry[]> {
  const directory = await findDirectory(readAt, fileSize);
  const bytes = await readAt(directory.position, directory.length);
  const entries: JarEntry[] = [];
  for (let at = 0; at < bytes.length;) {
    if (at + entrySize > bytes.length || bytes.readUInt32LE(at) !== signature.entry)
      throw new JarProblem(`its central directory is broken at byte ${directory.position + at}`);
    const nameEnd = at + entrySize + bytes.readUInt16LE(at + 28);
    const extraEnd = nameEnd + bytes.readUInt16LE(at + 30);
    const next = extraEnd + bytes.readUInt16LE(at + 32);
    if (next > bytes.length)
      throw new JarProblem(`an entry of its central directory goes beyond the directory's end, at byte ${directory.position + at}`);
    if (wanted(bytes, at + entrySize, nameEnd)) {
      entries.push(
        entryAt(bytes.subarray(at, next), bytes.subarray(at + entrySize, nameEnd), bytes.subarray(nameEnd, extraEnd), directory, fileSize),
      );
    }
    at = next;
  }
  return entries;
}

function entryAt(header: Buffer, name: Buffer, extra: Buffer, directory: Directory, fileSize: number): JarEntry {
  if ((header.readUInt16LE(8) & 1) === 1) throw new JarProblem('it holds encrypted entries');
  let size = header.readUInt32LE(24);
  let compressedSize = header.readUInt32LE(20);
  let offset = header.readUInt32LE(42);
  if (size === unknown32 || compressedSize === unknown32 || offset === unknown32) {
    const wide = zip64Values(extra);
    if (size === unknown32) size = wide();
    if (compressedSize === unknown32) compressedSize = wide();
    if (offset === unknown32) offset = wide();
  }
  const position = directory.start + offset;
  if (position + compressedSize > fileSize) throw new JarProblem('an entry lies beyond the end of the file');
  return { name, method: header.readUInt16LE(10), compressedSize, size, position };
}

/** Returns a reader of the 64-bit values in extra field 1, one per call, in the fixed order of APPNOTE 4.5.3. */
function zip64Values(extra: Buffer): () => number {
  for (let at = 0; at + 4 <= extra.length;) {
    const end = at + 4 + extra.readUInt16LE(at + 2);
    if (extra.readUInt16LE(at) === 1) {
      const field = extra.subarray(at + 4, end);
      let next = 0;
      return () => {
        if (next + 8 > field.length) throw new JarProblem('an entry lacks its 64-bit sizes');
        const value = field.readBigUInt64LE(next);
        next += 8;
        return toNumber(value);
      };
    }
    at = end;
  }
  throw new JarProblem('an entry lacks its 64-bit sizes');
}

async function findDirectory(readAt: ReadAt, fileSize: number): Promise<Directory> {
  if (fileSize < endSize) throw new JarProblem('it is too short for a jar');
  // The end record is followed by a comment of at most 64 KiB, which may itself contain the record's signature.
  const tailStart = Math.max(0, fileSize - endSize - unknown16);
  const tail = await readAt(tailStart, fileSize - tailStart);
  for (let at = tail.length - endSize; at >= 0; at--) {
    if (tail[at] !== 0x50 || tail.readUInt32LE(at) !== signature.end) continue;
    const commentEnd = at + endSize + tail.readUInt16LE(at + 20);
    const found = await directoryBefore(readAt, tailStart + at, tail.subarray(at, at + endSize));
    if (commentEnd === tail.length || (found !== null && (await opensRightly(readAt, found)))) {
      if (found === null) throw new JarProblem('its end record names a central directory that is not there');
      return found;
    }
  }
  throw new JarProblem('it is no zip file: it has no end of central directory record');
}

/** Returns null if the record's numbers are impossible. */
async function directoryBefore(readAt: ReadAt, endPosition: number, end: Buffer): Promise<Directory | null> {
  let length = end.readUInt32LE(12);
  let offset = end.readUInt32LE(16);
  let before = endPosition;
  const wide = await zip64End(readAt, endPosition);
  // As in the JDK: the 64-bit record counts if the 32-bit one has the same value, or the mark for 'too large'.
  if (wide !== null && fits(length, wide.length) && fits(offset, wide.offset)) ({ length, offset, position: before } = wide);
  const position = before - length;
  const start = position - offset;
  if (position < 0 || start < 0) return null;
  if (length > maxDirectoryBytes) throw new JarProblem(`its central directory has ${length} bytes, more than ${maxDirectoryBytes}`);
  return { position, length, start };
}

function fits(narrow: number, wide: number): boolean {
  return narrow === wide || narrow === unknown32;
}

async function zip64End(readAt: ReadAt, endPosition: number): Promise<{ position: number; length: number; offset: number } | null> {
  if (endPosition < zip64LocatorSize + zip64EndSize) return null;
  const locator = await readAt(endPosition - zip64LocatorSize, zip64LocatorSize);
  if (locator.readUInt32LE(0) !== signature.zip64Locator) return null;
  const position = toNumber(locator.readBigUInt64LE(8));
  if (position > endPosition - zip64LocatorSize - zip64EndSize) return null;
  const record = await readAt(position, zip64EndSize);
  if (record.readUInt32LE(0) !== signature.zip64End) return null;
  return { position, length: toNumber(record.readBigUInt64LE(40)), offset: toNumber(record.readBigUInt64LE(48)) };
}

/** Whether both ends of a directory look right: distinguishes an end record from a comment that quotes one. */
async function opensRightly(readAt: ReadAt, directory: Directory): Promise<boolean> {
  if (directory.length < entrySize) return false;
  const first = await readAt(directory.position, 4);
  const local = await readAt(directory.start, 4);
  return first.readUInt32LE(0) === signature.entry && local.readUInt32LE(0) === signature.local;
}

function toNumber(value: bigint): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new JarProblem('a size or offset in it is larger than any file');
  return Number(value);
}
