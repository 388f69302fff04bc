/** One request of a log, as places in its bytes: no text is made of a line that is not counted. */

export class LogLine {
  /** Holds the address and the tail: the bytes of the log, unless the line had to be decoded. */
  bytes: Buffer = Buffer.alloc(0);
  /** Days since 1970-01-01, UTC. */
  day = 0;
  isGet = false;
  status = 0;
  /** Holds the path. */
  pathBytes: Uint8Array = this.bytes;
  /** The request's target, with its query; empty if the request has none. */
  pathStart = 0;
  pathEnd = 0;
  addressStart = 0;
  addressEnd = 0;
  /** The size, the referrer, the agent, and whatever else the form has. */
  tailStart = 0;
  tailEnd = 0;
}

/**
 * Reads the line between `start` and `end`, without its line feed, into `line`. Returns whether it has the form; a request
 * that makes no sense (a TLS handshake on a plain port) may still have it.
 */
export type LineParser = (bytes: Buffer, start: number, end: number, line: LogLine) => boolean;
