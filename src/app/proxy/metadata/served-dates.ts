/**
 * The dates of the last change of files that change: metadata and documents. Mirrors differ in their dates, and a merged file may change
 * although the newest date of its parts does not; a client that asks with the date it has would then hear that nothing has changed. So
 * other bytes get a later date than those before (RFC 9110 section 8.8.2). Pure.
 */
import { RecentMap } from '../../../base/recent-map.js';

/** A file, and its date. */
export interface DatedFile {
  readonly sha256: string;
  /** Milliseconds since 1970; null if unknown. */
  readonly lastModifiedMs: number | null;
}

/** Remembers the dates of earlier processes, by file. */
export interface DateRecords {
  get(key: string): DatedFile | null;
  set(key: string, file: DatedFile): void;
}

/** Files whose dates are remembered. */
const mostFiles = 5_000;

export class ServedDates {
  readonly #served = new RecentMap<string, DatedFile>(mostFiles);
  readonly #records: DateRecords | null;

  /** @param records asked for files that are new or have changed, and told of their dates */
  constructor(records: DateRecords | null = null) {
    this.#records = records;
  }

  /**
   * Returns the date to serve the file with, in milliseconds since 1970; null if none of these bytes is known. Neither is one that the clock
   * has not reached: it was set back since the bytes before.
   * @param key of the file: equal for all its states
   * @param file as it is now, with the date that its mirror gives
   */
  dateOf(key: string, file: DatedFile, nowMs: number): number | null {
    const { lastModifiedMs } = this.#dated(key, file, nowMs);
    return lastModifiedMs === null || lastModifiedMs > nowMs ? null : lastModifiedMs;
  }

  #dated(key: string, file: DatedFile, nowMs: number): DatedFile {
    const known = this.#served.get(key) ?? null;
    if (known?.sha256 === file.sha256) return known;
    const earlier = later(known, this.#records?.get(key) ?? null);
    const dated = earlier?.sha256 === file.sha256 ? earlier : { ...file, lastModifiedMs: dateAfter(earlier, file, nowMs) };
    this.#served.set(key, dated);
    if (dated !== earlier) this.#records?.set(key, dated);
    return dated;
  }
}

/** Returns the one with the later date; of equal ones, the second. */
export function later<File extends DatedFile | null>(one: File, other: File): File {
  if (one === null || other === null) return other ?? one;
  return (one.lastModifiedMs ?? -Infinity) > (other.lastModifiedMs ?? -Infinity) ? one : other;
}

/** The newest of these dates; null if none is known. */
export function newest(dates: readonly (number | null)[]): number | null {
  const known = dates.filter((date) => date !== null);
  return known.length === 0 ? null : Math.max(...known);
}

/** The date of the mirror, unless that of the bytes before is as late: then the present. */
function dateAfter(earlier: DatedFile | null, { lastModifiedMs }: DatedFile, nowMs: number): number | null {
  const toldMs = lastModifiedMs === null ? null : Math.min(lastModifiedMs, nowMs);
  const earlierMs = earlier?.lastModifiedMs ?? null;
  if (earlierMs === null) return toldMs;
  // HTTP dates have no fractions.
  const leastMs = Math.floor(earlierMs / 1000) * 1000 + 1000;
  return toldMs !== null && toldMs >= leastMs ? toldMs : Math.max(nowMs, leastMs);
}
