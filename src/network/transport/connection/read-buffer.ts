/**
 * Memory into which sockets read. Without it, Node allocates 64 KiB for each read and gives back the part that stayed empty: more work than
 * all else for a small answer, and for a large one the processor has none of that memory in its cache.
 *
 * Only for sockets that node:http alone reads. Its parser takes the bytes before it returns, and copies the body (`on_body` in
 * node_http_parser.cc). Such a socket emits `data`, but neither `readable` nor anything through pipes and iterators. node:http2 reads beneath
 * the socket, and is not affected.
 */
import type { OnReadOpts, Socket } from 'node:net';

const sharedBytes = 256 * 1024;
/** The most that one record of TLS holds: RFC 8446 section 5.1. */
const recordBytes = 16 * 1024;
let shared: Buffer | null = null;

/** The option `onread` for a socket of plain TCP. Sockets read one after the other, so all of them share the memory. */
export function readIntoShared(socket: () => Socket): OnReadOpts {
  return readInto((shared ??= Buffer.allocUnsafeSlow(sharedBytes)), socket);
}

/** The option `onread` for a socket of TLS. Each has its own memory: it decrypts the next record whenever OpenSSL has one. */
export function readIntoOwn(socket: () => Socket): OnReadOpts {
  return readInto(Buffer.allocUnsafeSlow(recordBytes), socket);
}

function readInto(buffer: Buffer, socket: () => Socket): OnReadOpts {
  return {
    buffer,
    callback(length, bytes) {
      socket().emit('data', bytes.subarray(0, length));
      return true;
    },
  };
}
