/** Writes a plan: compressed lines of JSON, and the digest of the lines. */
import { createHash, type Hash } from 'node:crypto';
import { createWriteStream, renameSync, rmSync } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';

import { Pace } from '../../../base/async/pace.js';
import { localRepositoryError } from '../../../base/disk/file-error.js';
import type { PlanEntry, PlanHeader } from '../contract.js';

const gatherLength = 64 * 1024;

/** Returns the id of the plan. @param file absolute; it gets its name only when it is whole */
export async function writePlan(file: string, header: PlanHeader, entries: Iterable<PlanEntry>, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  const temporary = `${file}.part`;
  try {
    await pipeline(
      Readable.from(chunksOf(header, entries, hash, signal)),
      createGzip({ level: 6 }),
      createWriteStream(temporary, { flush: true }),
      {
        signal,
      },
    );
    renameSync(temporary, file);
    return hash.digest('hex');
  } catch (error) {
    rmSync(temporary, { force: true });
    signal.throwIfAborted();
    throw localRepositoryError(error, file);
  }
}

async function* chunksOf(header: PlanHeader, entries: Iterable<PlanEntry>, hash: Hash, signal: AbortSignal): AsyncGenerator<string> {
  const pace = new Pace(signal);
  let text = `${JSON.stringify(header)}\n`;
  for (const entry of entries) {
    text += `${JSON.stringify(entry)}\n`;
    const turn = pace.step();
    if (turn !== null) await turn;
    if (text.length < gatherLength) continue;
    hash.update(text);
    yield text;
    text = '';
  }
  hash.update(text);
  yield text;
}
