/** Reads the content of one file in a jar, in memory and bounded. */
import { type JarEntry, JarProblem, type ReadAt } from './central-directory.js';

const localSize = 30;

/**
 * @param maxBytes maximum size of the unpacked content
 * @throws JarProblem if it is larger, packed in a way that Java does not read, or does not match the directory
 */
export async function readContent(readAt: ReadAt, entry: JarEntry, maxBytes: number): Promise<Buffer> {
  // Deflate adds at most five bytes per 64 KiB block: an honest packer never exceeds that.
  if (entry.size > maxBytes || entry.compressedSize > maxBytes + 1024)
    throw new JarProblem(`an entry has ${Math.max(entry.size, entry.compressedSize)} bytes, more than ${maxBytes}`);
  const header = await readAt(entry.position, localSize);
  if (header.readUInt32LE(0) !== 0x04034b50)
    throw new JarProblem(`there is no entry at byte ${entry.position}, where its central directory says so`);
  const packed = await readAt(entry.position + localSize + header.readUInt16LE(26) + header.readUInt16LE(28), entry.compressedSize);
  const content = unpack(entry, packed, maxBytes);
  if (content.length !== entry.size)
    throw new JarProblem(`an entry has ${content.length} bytes, where its central directory says ${entry.size}`);
  return content;
}

function unpack(entry: JarEntry, packed: Buffer, maxBytes: number): Buffer {
  if (entry.method === 0) return packed;
  if (entry.method !== 8) throw new JarProblem(`an entry is packed by method ${entry.method}, which Java does not read`);
  try {
    // Not imported: few calls read a jar, and it takes 5 ms to load.
    return process.getBuiltinModule('node:zlib').inflateRawSync(packed, { maxOutputLength: maxBytes });
  } catch (cause) {
    throw new JarProblem('an entry does not unpack, or to more than is said', { cause });
  }
}
