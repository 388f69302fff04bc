/** Reads the body of a refused request, within bounds: a client that is still sending would otherwise see a reset, and not the answer. */
import type { IncomingMessage } from 'node:http';

const maxBytes = 64 * 1024;
const maxMs = 1_000;

/** Resolves when the body has been read, the client has gone, or the bounds are reached. */
export async function drainBody(request: IncomingMessage): Promise<void> {
  // A client that expects `100 Continue` sends nothing before it.
  if (request.complete || request.destroyed || request.headers.expect !== undefined) return;
  await new Promise<void>((resolve) => {
    let received = 0;
    const timer = setTimeout(done, maxMs);
    function done(): void {
      clearTimeout(timer);
      request.off('data', onData).off('end', done).off('close', done);
      resolve();
    }
    function onData(chunk: Buffer): void {
      received += chunk.length;
      if (received > maxBytes) done();
    }
    request.on('data', onData).on('end', done).on('close', done);
  });
}
