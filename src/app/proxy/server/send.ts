/**
 * Sends verified files. Small files that are asked for again come from memory, in one piece; everything else is read from a kept descriptor,
 * one piece at a time. No stream objects: for small files they would cost more than the file.
 */
import type { IncomingMessage } from 'node:http';

import type { CancelSignal } from '../../../base/async/cancellation.js';
import { answerFile, type FileAnswer, type Representation } from '../http/file-answer.js';
import { Delivery } from './delivery.js';
import { Descriptors, isSame, type OpenFile, readSmallFile, type SentFile } from './descriptors.js';
import { type HotFile, HotFiles } from './hot-files.js';
import type { ProxyResponse } from './response.js';

/** Bytes in memory, or a file of the cache as it was looked up. */
export type Body = { readonly kind: 'bytes'; readonly bytes: Uint8Array } | ({ readonly kind: 'file' } & SentFile);

export interface SenderOptions {
  /** Memory for hot files. Default: 32 MiB. */
  readonly memoryBytes?: number | undefined;
  /** Largest file that is kept in memory. Default: 1 MiB. */
  readonly maxFileBytes?: number | undefined;
  /** Descriptors that are kept open while no response uses them. Default: 64. */
  readonly maxIdleDescriptors?: number | undefined;
  /** How long a client may take nothing before it is cut. Default: 5 minutes. */
  readonly stallMs?: number | undefined;
}

/** The most bytes that one response holds in memory, besides the shared ones of hot files. */
const pieceBytes = 256 * 1024;
/** Files up to this size are read at once, even if they are asked for only once. */
const smallBytes = 64 * 1024;

export class Sender {
  readonly #hot: HotFiles;
  /** Files that are being read into memory, by name. */
  readonly #heating = new Map<string, { readonly file: SentFile; readonly hot: Promise<HotFile | null> }>();
  readonly #descriptors: Descriptors;
  readonly #stallMs: number;

  constructor({ memoryBytes = 32 * 2 ** 20, maxFileBytes = 2 ** 20, maxIdleDescriptors = 64, stallMs = 300_000 }: SenderOptions = {}) {
    this.#hot = new HotFiles(memoryBytes, maxFileBytes);
    this.#descriptors = new Descriptors(maxIdleDescriptors);
    this.#stallMs = stallMs;
  }

  /** Memory and descriptors in use, for metrics and tests. */
  get use(): { readonly memoryBytes: number; readonly descriptors: number } {
    return { memoryBytes: this.#hot.bytes, descriptors: this.#descriptors.size };
  }

  /**
   * Answers a GET or HEAD of a file, with its conditions and its range. Resolves when the bytes have left this process, or the client has
   * gone.
   *
   * @param signal cuts the connection
   * @throws FileGone before anything is sent, if the file is no longer the one that was looked up
   */
  async send(
    request: IncomingMessage,
    response: ProxyResponse,
    representation: Representation,
    body: Body,
    signal?: CancelSignal,
  ): Promise<void> {
    const answer = answerTo(request, representation);
    if (!hasBody(answer)) {
      writeHeaders(response, answer);
      return;
    }
    const onAbort = (): void => void response.destroy();
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      if (signal?.aborted === true) onAbort();
      else if (body.kind === 'bytes') await this.#sendWhole(response, answer, body.bytes);
      else await this.#sendFile(response, answer, body);
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
  }

  /** Returns a file that is in memory, as it was looked up; null if it is not. */
  hot(file: SentFile): HotFile | null {
    return this.#hot.get(file);
  }

  /**
   * Sends a file that is in memory. Returns null if its bytes have left this process, and otherwise resolves when they have, or the client
   * has gone.
   */
  sendHot(response: ProxyResponse, answer: FileAnswer, hot: HotFile): Promise<void> | null {
    if (!hasBody(answer)) return writeHeaders(response, answer);
    const left = this.#writeWhole(response, answer, hot.content);
    return left && holding(hot, left);
  }

  /** Drops what is kept of a file that is about to be removed, so that its space is free. */
  forget(file: string): void {
    this.#hot.forget(file);
    this.#descriptors.forget(file);
  }

  /** Closes what is kept. Responses that are being sent go on. */
  close(): void {
    this.#hot.clear();
    this.#descriptors.close();
  }

  async #sendFile(response: ProxyResponse, answer: FileAnswer, file: SentFile): Promise<void> {
    const hot = this.#hot.get(file) ?? (await this.#heat(file));
    if (hot !== null) await this.sendHot(response, answer, hot);
    else if (file.size <= smallBytes) await this.#sendWhole(response, answer, readSmallFile(file));
    else await this.#sendPieces(response, answer, file);
  }

  /** Reads a file into memory on its second request, once for all who ask for it meanwhile. Null if it is not kept there. */
  #heat(file: SentFile): HotFile | null | Promise<HotFile | null> {
    const underWay = this.#heating.get(file.file);
    if (underWay !== undefined && isSame(underWay.file, file)) return underWay.hot;
    if (!this.#hot.isSecondRequest(file) || !this.#hot.hasRoomFor(file.size)) return null;
    if (file.size <= smallBytes) {
      this.#hot.keep(file, readSmallFile(file));
      return this.#hot.get(file);
    }
    const hot = this.#heatLarge(file);
    this.#heating.set(file.file, { file, hot });
    return hot;
  }

  async #heatLarge(file: SentFile): Promise<HotFile | null> {
    try {
      this.#hot.keep(file, await this.#readWhole(file));
      return this.#hot.get(file);
    } finally {
      // A later version of the file may be read by now.
      if (this.#heating.get(file.file)?.file === file) this.#heating.delete(file.file);
    }
  }

  async #sendWhole(response: ProxyResponse, answer: FileAnswer, bytes: Uint8Array): Promise<void> {
    await this.#writeWhole(response, answer, bytes);
  }

  /** Returns null if all has left this process. */
  #writeWhole(response: ProxyResponse, { status, headers, body }: FileAnswer, content: Uint8Array | string): Promise<void> | null {
    const { from, to } = body ?? { from: 0, to: 0 };
    if (response.destroyed) return null;
    response.writeHead(status, headers);
    response.bodyBytes += to - from;
    if (typeof content === 'string') endWithText(response, content.slice(from, to));
    else response.end(to - from === content.length ? content : content.subarray(from, to));
    // Most often the kernel has taken all of it by now.
    return response.socket?.writableLength === 0 ? null : new Delivery(response, this.#stallMs).flushed();
  }

  async #sendPieces(response: ProxyResponse, { status, headers, body }: FileAnswer, file: SentFile): Promise<void> {
    const { from, to } = body ?? { from: 0, to: 0 };
    const open = this.#descriptors.open(file);
    try {
      const buffer = Buffer.allocUnsafeSlow(Math.min(pieceBytes, to - from));
      let count = await fill(open, buffer, from, to, file);
      if (response.destroyed) return;
      response.writeHead(status, headers);
      const delivery = new Delivery(response, this.#stallMs);
      for (let position = from; ;) {
        position += count;
        if (position === to) return await delivery.end(buffer.subarray(0, count));
        if (!(await delivery.write(buffer.subarray(0, count)))) return;
        count = await fill(open, buffer, position, to, file);
      }
    } finally {
      open.release();
    }
  }

  async #readWhole(file: SentFile): Promise<Buffer> {
    const open = this.#descriptors.open(file);
    try {
      // Not from the pool of small buffers, of which one piece would keep the whole.
      const buffer = Buffer.allocUnsafeSlow(file.size);
      for (let position = 0; position < file.size;) {
        position += await fill(open, buffer.subarray(position), position, file.size, file);
      }
      return buffer;
    } finally {
      open.release();
    }
  }
}

/** Decides on the answer to a GET or HEAD of a file. */
export function answerTo({ method, headers }: IncomingMessage, representation: Representation): FileAnswer {
  return answerFile({ method: method === 'HEAD' ? 'HEAD' : 'GET', headers }, representation);
}

/** Keeps the file in memory until its bytes have left. */
async function holding(hot: HotFile, left: Promise<void>): Promise<void> {
  hot.users += 1;
  try {
    await left;
  } finally {
    hot.users -= 1;
  }
}

function hasBody({ body }: FileAnswer): boolean {
  return body !== null && body.from !== body.to;
}

/** Ends a response with a body of which each character is a byte. Headers and body leave as one piece: `end(text)` would make it two. */
function endWithText(response: ProxyResponse, text: string): void {
  const { socket } = response;
  socket?.cork();
  response.write(text, 'latin1');
  socket?.uncork();
  response.end();
}

function writeHeaders(response: ProxyResponse, { status, headers }: FileAnswer): null {
  response.writeHead(status, headers);
  response.end();
  return null;
}

/** Reads the next bytes; at least one. Throws if the file ends early: someone has truncated it. */
async function fill(open: OpenFile, buffer: Buffer, position: number, to: number, { file }: SentFile): Promise<number> {
  const count = await open.read(buffer, Math.min(buffer.length, to - position), position);
  if (count === 0) throw new Error(`${file} ends at byte ${position}, before its recorded size`);
  return count;
}
