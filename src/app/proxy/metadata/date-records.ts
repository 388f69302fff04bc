/** Keeps the dates with which files were served, so that a restart hides no change of them. */
import { packHex, type Packing, unpackHex } from '../../../base/disk/packing.js';
import { createRecordLog, type RecordLog } from '../../../base/disk/record-log.js';
import { isClojarsFetchError } from '../../../base/error.js';
import { type DatedFile, type DateRecords, later } from './served-dates.js';

/** The files that were dated last. The date of any other one is at worst the date that its mirror gives. */
const mostFiles = 20_000;

/** 32 characters of the digest, and the date. */
const packing: Packing<DatedFile> = {
  pack: ({ sha256, lastModifiedMs }) => `${packHex(sha256)}${lastModifiedMs ?? ''}`,
  unpack: (text) => ({ sha256: unpackHex(text.slice(0, 32)) ?? '', lastModifiedMs: text.length > 32 ? Number(text.slice(32)) : null }),
};

/** A record that is lost costs little: an ETag still tells the states of a file apart. So failures to read and to write are ignored. */
export class KeptDates implements DateRecords {
  readonly #log: RecordLog<DatedFile>;
  readonly #writing = new Set<Promise<void>>();

  constructor(file: string) {
    this.#log = createRecordLog({
      file,
      parse: parseDatedFile,
      merge: later,
      maxEntries: mostFiles,
      maxBytes: 32 * 1024 * 1024,
      whenTooLarge: 'discard',
      packing,
    });
  }

  get(key: string): DatedFile | null {
    try {
      // Another proxy may serve from the same folder.
      this.#log.refresh();
      return this.#log.peek(key);
    } catch (error) {
      if (isClojarsFetchError(error)) return null;
      throw error;
    }
  }

  set(key: string, file: DatedFile): void {
    const writing = this.#log.set(key, file).catch(() => undefined);
    this.#writing.add(writing);
    void writing.finally(() => this.#writing.delete(writing));
  }

  /** Waits until the dates are written. */
  async close(): Promise<void> {
    await Promise.all(this.#writing);
  }
}

function parseDatedFile(value: unknown): DatedFile | null {
  if (typeof value !== 'object' || value === null) return null;
  const { sha256, lastModifiedMs }: Partial<Record<keyof DatedFile, unknown>> = value;
  if (typeof sha256 !== 'string' || !/^[0-9a-f]{64}$/.test(sha256)) return null;
  if (lastModifiedMs === null) return { sha256, lastModifiedMs };
  return typeof lastModifiedMs === 'number' && Number.isFinite(lastModifiedMs) && lastModifiedMs >= 0 ? { sha256, lastModifiedMs } : null;
}
