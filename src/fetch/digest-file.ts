/** Digests a file on disk, streamed. */
import type { ChecksumAlgorithm, Digests } from '../proof/checksum/claim.js';
import { createDigester } from '../proof/checksum/digest.js';
import { fileChunks } from './file-chunks.js';

/** Reads the file once, whatever the number of algorithms. */
export async function digestFile(file: string, algorithms: readonly ChecksumAlgorithm[]): Promise<Digests> {
  const digester = createDigester(algorithms);
  for await (const chunk of fileChunks(file)) digester.update(chunk);
  return digester.digests();
}
