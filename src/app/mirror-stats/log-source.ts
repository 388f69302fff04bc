/** The logs to count: files, or streams that are kept in a file if they must be read twice. */
import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

import { openLog } from './read-log.js';

/** A log that is not a file. */
export interface LogStream {
  /** Names it in reports. */
  readonly name: string;
  readonly bytes: AsyncIterable<Buffer>;
}

export interface LogSource {
  readonly name: string;
  /** Reads the log from its beginning. */
  readonly open: () => AsyncIterable<Buffer>;
  readonly close: () => void;
}

/** @param twice whether the log must be readable twice */
export async function openSource(log: string | LogStream, twice: boolean): Promise<LogSource> {
  if (typeof log === 'string') return { name: log, open: () => openLog(log), close: () => undefined };
  if (!twice) return { name: log.name, open: () => log.bytes, close: () => undefined };
  const folder = mkdtempSync(join(tmpdir(), 'clojars-fetch-log-'));
  const close = (): void => rmSync(folder, { recursive: true, force: true });
  const file = join(folder, 'log');
  try {
    await pipeline(log.bytes, createWriteStream(file, { mode: 0o600 }));
  } catch (error) {
    close();
    throw error;
  }
  return { name: log.name, open: () => openLog(file), close };
}
