/** Answers `file:` URLs as a server would: for mirrors on this machine. */
import { constants, type Stats } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import type { CancelSignal } from '../../../base/async/cancellation.js';
import { systemErrorCode } from '../../../base/disk/file-error.js';
import { whenDescriptorIsFree } from '../../../base/disk/free-descriptor.js';
import { type Transport, type TransportAnswer, TransportError, type TransportRequest } from '../contract/transport.js';
import { FileBody } from './file-body.js';

/**
 * Returns a transport for `file:` URLs. A missing file is a 404; anything but a regular file (a folder, a device, a named
 * pipe that would block) is a 403. Symbolic links are followed, since mirrors on disk are often made of them.
 */
export function createFileTransport(): Transport {
  return { get: readFile, close: () => Promise.resolve() };
}

async function readFile(request: TransportRequest): Promise<TransportAnswer> {
  const { url, signal } = request;
  throwIfAborted(signal);
  const path = pathOf(url);
  request.onWritten?.();
  const file = await openFile(path, request);
  if (typeof file === 'number') return answerWithout(url, file);
  let body: FileBody | null = null;
  try {
    throwIfAborted(signal);
    const answer = answerWith(file, await file.stat(), request);
    body = answer.body instanceof FileBody ? answer.body : null;
    return answer;
  } finally {
    if (body === null) await file.close().catch(() => undefined);
  }
}

/** Opens the file, without waiting for a writer if it is a pipe; otherwise the HTTP status that says why it cannot be opened. */
async function openFile(path: string, { url, signal }: TransportRequest): Promise<FileHandle | 403 | 404> {
  try {
    return await whenDescriptorIsFree(() => open(path, constants.O_RDONLY | constants.O_NONBLOCK), signal);
  } catch (error) {
    throwIfAborted(signal);
    const code = systemErrorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG') return 404;
    if (code === 'EACCES' || code === 'EPERM' || code === 'EISDIR' || code === 'ENXIO') return 403;
    throw new TransportError('io', `${url.href}: cannot be opened (${code ?? 'unknown error'})`, { cause: error });
  }
}

/** @throws {TransportError} `too-large`. */
function answerWith(file: FileHandle, status: Stats, { url, rangeFrom: from = 0, maxBytes, signal }: TransportRequest): TransportAnswer {
  if (!status.isFile()) return answerWithout(url, 403);
  if (from > 0 && from >= status.size) return answerWithout(url, 416, { 'content-range': `bytes */${status.size}` });
  const length = status.size - from;
  if (length > maxBytes) throw new TransportError('too-large', `${url.href}: ${length} bytes, the limit is ${maxBytes}`);
  const headers: Record<string, string> = { 'content-length': String(length), 'last-modified': status.mtime.toUTCString() };
  if (from > 0) headers['content-range'] = `bytes ${from}-${status.size - 1}/${status.size}`;
  const body = new FileBody(file, url.href, from, length, signal);
  return {
    status: from > 0 ? 206 : 200,
    headers,
    url: new URL(url.href),
    secure: true,
    contentLength: length,
    body,
    cancel: () => body.cancel(),
  };
}

function answerWithout(url: URL, status: number, headers: Readonly<Record<string, string>> = {}): TransportAnswer {
  return {
    status,
    headers,
    url: new URL(url.href),
    secure: true,
    contentLength: 0,
    body: { [Symbol.asyncIterator]: noBytes },
    cancel: () => undefined,
  };
}

async function* noBytes(): AsyncGenerator<Uint8Array, void, undefined> {
  return;
}

function pathOf(url: URL): string {
  try {
    return fileURLToPath(url);
  } catch (error) {
    throw new TransportError('io', `${url.href}: not the URL of a local file`, { cause: error });
  }
}

function throwIfAborted(signal: CancelSignal): void {
  if (signal.aborted) throw new TransportError('aborted', 'aborted', { cause: signal.reason });
}
