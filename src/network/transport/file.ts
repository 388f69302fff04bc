/** Files on this machine as if a server gave them: a mirror on disk, `file:` URLs. */
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import { systemErrorCode } from '../../base/disk/file-error.js';
import { type Transport, type TransportAnswer, TransportError, type TransportRequest } from './transport.js';

const chunkBytes = 64 * 1024;

/**
 * A transport for `file:` URLs. A missing file is a 404, anything that is not a regular file (a folder, a device, a
 * named pipe that would hang) is a 403; symbolic links are followed, since mirrors on disk are often made of them.
 */
export function createFileTransport(): Transport {
  return { get: readFile, close: () => Promise.resolve() };
}

async function readFile(request: TransportRequest): Promise<TransportAnswer> {
  throwIfAborted(request.signal);
  const { url } = request;
  const path = pathOf(url);
  request.onWritten?.();
  let file: FileHandle;
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG') return empty(url, 404);
    if (code === 'EACCES' || code === 'EPERM' || code === 'EISDIR' || code === 'ENXIO') return empty(url, 403);
    throw new TransportError('io', `${url.href}: cannot be opened (${code ?? 'unknown error'})`, { cause: error });
  }
  try {
    throwIfAborted(request.signal);
    const status = await file.stat();
    if (!status.isFile()) {
      await file.close();
      return empty(url, 403);
    }
    const from = request.rangeFrom ?? 0;
    if (from > 0 && from >= status.size) {
      await file.close();
      return { ...empty(url, 416), headers: { 'content-range': `bytes */${status.size}` } };
    }
    const length = status.size - from;
    if (length > request.maxBytes) {
      throw new TransportError('too-large', `${url.href}: ${length} bytes, the limit is ${request.maxBytes}`);
    }
    const headers: Record<string, string> = {
      'content-length': String(length),
      'last-modified': status.mtime.toUTCString(),
    };
    if (from > 0) headers['content-range'] = `bytes ${from}-${status.size - 1}/${status.size}`;
    const chunks = read(file, url, from, length, request.signal);
    // The first next() of a generator that was never started does not run its finally.
    let started = false;
    let cancelled = false;
    return {
      status: from > 0 ? 206 : 200,
      headers,
      url: new URL(url.href),
      secure: true,
      contentLength: length,
      body: {
        [Symbol.asyncIterator]: () => {
          started = true;
          return cancelled ? nothing() : chunks;
        },
      },
      cancel() {
        if (cancelled) return;
        cancelled = true;
        if (started) void chunks.return(undefined).catch(() => undefined);
        else void file.close().catch(() => undefined);
      },
    };
  } catch (error) {
    await file.close().catch(() => undefined);
    throw error;
  }
}

async function* read(
  file: FileHandle,
  url: URL,
  from: number,
  length: number,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    let done = 0;
    while (done < length) {
      throwIfAborted(signal);
      const buffer = Buffer.allocUnsafe(Math.min(chunkBytes, length - done));
      const { bytesRead } = await file.read(buffer, 0, buffer.length, from + done).catch((error: unknown) => {
        throw new TransportError('io', `${url.href}: cannot be read (${systemErrorCode(error) ?? 'unknown error'})`, { cause: error });
      });
      if (bytesRead === 0) throw new TransportError('truncated', `${url.href}: the file shrank while it was read`);
      done += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close().catch(() => undefined);
  }
}

async function* nothing(): AsyncGenerator<Uint8Array, void, undefined> {
  return;
}

function pathOf(url: URL): string {
  try {
    return fileURLToPath(url);
  } catch (error) {
    throw new TransportError('io', `${url.href}: not the URL of a local file`, { cause: error });
  }
}

function empty(url: URL, status: number): TransportAnswer {
  return {
    status,
    headers: {},
    url: new URL(url.href),
    secure: true,
    contentLength: 0,
    body: { [Symbol.asyncIterator]: nothing },
    cancel: () => undefined,
  };
}

function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw new TransportError('aborted', 'aborted', { cause: signal.reason });
}
