import type { FileHandle } from 'node:fs/promises';

import type { CancelSignal } from '../../../base/async/cancellation.js';
import { systemErrorCode } from '../../../base/disk/file-error.js';
import { TransportError } from '../contract/transport.js';

const chunkBytes = 64 * 1024;

/** Reads part of an open file, and closes the file at the end, at an error, or when the reader leaves. */
export class FileBody implements AsyncIterableIterator<Uint8Array, undefined> {
  readonly #file: FileHandle;
  readonly #where: string;
  readonly #signal: CancelSignal;
  #offset: number;
  #left: number;
  #isClosed = false;

  constructor(file: FileHandle, where: string, from: number, length: number, signal: CancelSignal) {
    this.#file = file;
    this.#where = where;
    this.#offset = from;
    this.#left = length;
    this.#signal = signal;
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    if (this.#isClosed || this.#left === 0) return this.return();
    try {
      return { done: false, value: await this.#read() };
    } catch (error) {
      await this.#close();
      throw error;
    }
  }

  async return(): Promise<IteratorResult<Uint8Array, undefined>> {
    await this.#close();
    return { done: true, value: undefined };
  }

  cancel(): void {
    void this.#close();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async #read(): Promise<Uint8Array> {
    if (this.#signal.aborted) throw new TransportError('aborted', 'aborted', { cause: this.#signal.reason });
    const buffer = Buffer.allocUnsafe(Math.min(chunkBytes, this.#left));
    const { bytesRead } = await this.#file.read(buffer, 0, buffer.length, this.#offset).catch((error: unknown) => {
      throw new TransportError('io', `${this.#where}: cannot be read (${systemErrorCode(error) ?? 'unknown error'})`, { cause: error });
    });
    if (bytesRead === 0) throw new TransportError('truncated', `${this.#where}: the file shrank while it was read`);
    this.#offset += bytesRead;
    this.#left -= bytesRead;
    return buffer.subarray(0, bytesRead);
  }

  /** Waits for a read that is under way, as FileHandle does. */
  async #close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#file.close().catch(() => undefined);
  }
}
