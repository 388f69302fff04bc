/** Reads small files next to the one that is checked: its signature and its checksum files. */
import { readRegularFile, RefusedFile } from '../../../base/disk/regular-file.js';
import { lookAt } from '../../../base/disk/stat-file.js';

/** Returns null if the file is missing, or not a regular file. Synchronous: for so small a file, awaiting costs more than reading. */
export function readAlongside(file: string, maxBytes: number): Uint8Array | 'too-large' | null {
  // Most of these files are missing, and a stat of a missing file costs less than the error of opening it.
  if (lookAt(file)?.isFile() !== true) return null;
  try {
    return readRegularFile(file, maxBytes);
  } catch (error) {
    if (error instanceof RefusedFile) return error.problem === 'too-large' ? error.problem : null;
    throw error;
  }
}
