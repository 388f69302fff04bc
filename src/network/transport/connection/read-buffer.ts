/**
 * Memory into which sockets read. Without it, Node allocates 64 KiB for each read and gives back the part that stayed empty: more work than
 * all else for a small answer, and for a large one the processor has none of that memory in its cache.
 */
import type { OnReadOpts, Socket } from 'node:net';

const sharedBytes = 256 * 1024;
let shared: Buffer | null = null;

/**
 * The option `onread` for sockets of plain TCP that only node:http reads. Its parser takes the bytes before it returns, and copies the body
 * (`on_body` in node_http_parser.cc). Sockets read one after the other, so they can share the memory. Such a socket emits `data`, but
 * neither `readable` nor anything through pipes and iterators.
 */
export function readForParser(socket: () => Socket): OnReadOpts {
  shared ??= Buffer.allocUnsafeSlow(sharedBytes);
  return {
    buffer: shared,
    callback(length, bytes) {
      socket().emit('data', bytes.subarray(0, length));
      return true;
    },
  };
}
