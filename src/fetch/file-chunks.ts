/**
 * Reads a regular file in chunks. A small file is read synchronously in one chunk: a stream costs ten times the processor
 * time, and the disk is faster than its set-up.
 */
import { createReadStream } from 'node:fs';

import { corruptPath } from '../base/disk/file-error.js';
import { openRegularFile, RefusedFile, type RegularFile } from '../base/disk/regular-file.js';

const smallBytes = 256 * 1024;

/**
 * Returns the bytes of a small file, or null for a larger one.
 * @throws ClojarsFetchError ERR_LOCAL_REPOSITORY for anything but a regular file; otherwise as node:fs does
 */
export function readSmallFile(file: string): Buffer | null {
  const open = openFile(file);
  try {
    return readIfSmall(open);
  } finally {
    open.close();
  }
}

/** Yields the file's chunks. Rejects as {@link readSmallFile} throws. */
export async function* fileChunks(file: string): AsyncGenerator<Uint8Array> {
  const open = openFile(file);
  let isOurs = true;
  try {
    const small = readIfSmall(open);
    if (small !== null) {
      yield small;
      return;
    }
    // The stream closes the descriptor.
    isOurs = false;
    for await (const chunk of createReadStream(file, { fd: open.descriptor, start: 0, highWaterMark: smallBytes })) {
      if (chunk instanceof Uint8Array) yield chunk;
    }
  } finally {
    if (isOurs) open.close();
  }
}

function openFile(file: string): RegularFile {
  try {
    return openRegularFile(file);
  } catch (error) {
    throw error instanceof RefusedFile ? corruptPath(file, error.message) : error;
  }
}

function readIfSmall(open: RegularFile): Buffer | null {
  const { size } = open.stats;
  return size > smallBytes ? null : open.read(0, size);
}
