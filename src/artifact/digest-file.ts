/** Digests of a file on disk, streamed. */
import { createReadStream } from 'node:fs';

import { createDigester } from '../verification/checksum/digest.js';
import type { ChecksumAlgorithm, Digests } from '../verification/level.js';

/** Reads the file once, whatever the number of algorithms. */
export async function digestFile(file: string, algorithms: readonly ChecksumAlgorithm[]): Promise<Digests> {
  const digester = createDigester(algorithms);
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 18 })) {
    if (chunk instanceof Uint8Array) digester.update(chunk);
  }
  return digester.digests();
}
