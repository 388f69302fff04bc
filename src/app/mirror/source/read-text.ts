/** Reads a whole small file of a source, and asks again while that may help. */
import { wait } from '../../../base/async/wait.js';
import { type OpenOptions, type SourceBody, SourceError } from './source.js';

/** Waits between the tries, in milliseconds. */
const pausesMs = [250, 1000, 4000];

type Open = (key: string, options: OpenOptions) => Promise<SourceBody | null>;

/** Runs the work, and again after failures that may pass. @throws {SourceError} the last of them */
export async function withRetries<Value>(work: () => Promise<Value>, signal: AbortSignal): Promise<Value> {
  for (const pause of pausesMs) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof SourceError) || !error.isTransient) throw error;
      await wait(Math.max(pause, error.retryAfterMs ?? 0), signal);
    }
  }
  return work();
}

/** Null if the source does not have it. @throws {SourceError} */
export async function readWhole(open: Open, key: string, options: OpenOptions): Promise<Buffer | null> {
  return withRetries(async () => {
    const opened = await open(key, options);
    return opened === null ? null : readBody(opened);
  }, options.signal);
}

export async function readBody({ body }: SourceBody): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}
