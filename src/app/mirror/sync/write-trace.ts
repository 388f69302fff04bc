/** Publishes what a mirror says of itself after a sync, so that anyone can see how fresh it is. */
import { together } from '../../../base/async/together.js';
import {
  formatLastSync,
  formatTrace,
  lastSyncPath,
  type MirrorTrace,
  parseTrace,
  traceMaxBytes,
  tracePath,
} from '../../../maven/mirror-trace/trace.js';
import { readWhole } from '../source/read-text.js';
import { type MirrorSource, SourceError } from '../source/source.js';
import type { MirrorTarget } from '../target/target.js';

/** Makes both files durable at the same time: an hourly sync that finds nothing new waits for little else. */
export async function writeTrace(target: MirrorTarget, trace: MirrorTrace): Promise<void> {
  // Nothing may be written after the sync has given up its lock, so neither is left behind if the other fails.
  await together([put(target, tracePath, formatTrace(trace)), put(target, lastSyncPath, formatLastSync(trace.finishedMs))]);
}

/** Returns the trace of the source; null if it has none that can be read. */
export async function readUpstreamTrace(source: MirrorSource, signal: AbortSignal): Promise<MirrorTrace | null> {
  try {
    const bytes = await readWhole(source.open.bind(source), tracePath, { maxBytes: traceMaxBytes, signal });
    const read = bytes === null ? null : parseTrace(bytes.toString('utf8'));
    return read?.ok === true ? read.trace : null;
  } catch (error) {
    if (error instanceof SourceError) return null;
    throw error;
  }
}

async function put(target: MirrorTarget, key: string, text: string): Promise<void> {
  const staged = await target.stage(key);
  try {
    await staged.write(Buffer.from(text));
    await staged.publish();
  } finally {
    await staged.discard();
  }
}
