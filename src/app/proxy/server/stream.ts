/** Sends a large file while it arrives. Its tail follows the verdict; if the file is refused, the connection is cut short of it. */
import type { IncomingMessage } from 'node:http';

import { Cancellation, type CancelSignal } from '../../../base/async/cancellation.js';
import { type ArrivingFile, earlyHeaders } from '../http/early-bytes.js';
import { Delivery } from './delivery.js';
import type { ProxyResponse } from './response.js';

/** Bytes that arrive. Reading fails if the file is refused, and ends after its last byte otherwise. */
export interface ArrivingBytes {
  read(signal: CancelSignal): AsyncIterable<Uint8Array>;
}

/** `complete`: sent whole. `gone`: the client hung up. `refused`: reading failed, or gave another number of bytes; the connection was cut. */
export type StreamResult =
  { readonly kind: 'complete' } | { readonly kind: 'gone' } | { readonly kind: 'refused'; readonly error: unknown };

/** Answers a HEAD for a file that is arriving. */
export function sendEarlyHead(response: ProxyResponse, file: ArrivingFile): void {
  response.writeHead(200, earlyHeaders(file));
  response.end();
}

/**
 * Sends the headers at once, and the bytes as they come, with their length announced: a client that gets fewer refuses the file. The caller
 * has asked `earlyBytes`. Never rejects.
 *
 * @param stallMs how long a client may take nothing before it is cut
 */
export async function sendArriving(
  request: IncomingMessage,
  response: ProxyResponse,
  file: ArrivingFile & { readonly total: number },
  source: ArrivingBytes,
  stallMs = 300_000,
): Promise<StreamResult> {
  const cancellation = new Cancellation();
  const onClose = (): void => cancellation.abort();
  response.once('close', onClose);
  const delivery = new Delivery(response, stallMs);
  try {
    if (response.destroyed) return { kind: 'gone' };
    response.writeHead(200, earlyHeaders(file));
    // The client learns at once that the file is coming.
    response.flushHeaders();
    let sent = 0;
    let last: Uint8Array | undefined;
    for await (const piece of source.read(cancellation)) {
      sent += piece.length;
      if (sent > file.total) throw new Error(`${String(request.url)}: more bytes came than were announced`);
      // The last piece waits for the end of the source: with it, the answer looks whole to the client.
      if (sent === file.total) last = piece;
      else if (!(await delivery.write(piece))) return { kind: 'gone' };
    }
    if (sent < file.total) throw new Error(`${String(request.url)}: fewer bytes came than were announced`);
    await delivery.end(last);
    return delivery.isOver && !response.writableFinished ? { kind: 'gone' } : { kind: 'complete' };
  } catch (error) {
    if (delivery.isOver) return { kind: 'gone' };
    delivery.cut();
    return { kind: 'refused', error };
  } finally {
    response.off('close', onClose);
  }
}
