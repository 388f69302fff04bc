/** Opens a jar for the readers of its entries. */
import { openRegularFile, type RegularFile } from '../../base/disk/regular-file.js';
import { JarProblem, type ReadAt } from './central-directory.js';

/** A jar up to this size is read at once. */
const smallBytes = 256 * 1024;

/** Calls `read` with an open jar, and its size in bytes. Rejects as {@link openRegularFile} throws. */
export async function withJar<T>(file: string, read: (readAt: ReadAt, size: number) => Promise<T>): Promise<T> {
  const open = openRegularFile(file);
  try {
    const { size } = open.stats;
    return await read(size <= smallBytes ? sliceOf(open.read(0, size)) : readerOf(open), size);
  } finally {
    open.close();
  }
}

/** Reads from a jar in memory. */
export function sliceOf(bytes: Uint8Array): ReadAt {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return async (position, length) => {
    checkBounds(position, length, buffer.length);
    return buffer.subarray(position, position + length);
  };
}

function readerOf(open: RegularFile): ReadAt {
  return async (position, length) => {
    checkBounds(position, length, open.stats.size);
    const bytes = open.read(position, length);
    if (bytes.length < length) throw new JarProblem('it was cut short while it was read');
    return bytes;
  };
}

/** Refuses bounds beyond the file before anything is allocated: lengths come from the file. */
function checkBounds(position: number, length: number, fileSize: number): void {
  if (position < 0 || position + length > fileSize) throw new JarProblem('it is cut short, or its offsets are wrong');
}
