/**
 * The dates of the last change of files that change: metadata and documents. Mirrors differ in their dates, and a merged file may change
 * although the newest date of its parts does not; a client that asks with the date it has would then hear that nothing has changed. So
 * other bytes get a later date than those before. Pure.
 */
import { RecentMap } from '../../../base/recent-map.js';

/** A file as it is served now. */
export interface DatedFile {
  readonly sha256: string;
  /** When its mirror says that it was last changed; null if unknown. */
  readonly lastModifiedMs: number | null;
}

/** Files whose dates are remembered. */
const mostFiles = 5_000;

export class ServedDates {
  readonly #served = new RecentMap<string, DatedFile>(mostFiles);

  /**
   * Returns the date to serve the file with, in milliseconds since 1970; null if none of these bytes is known.
   * @param key of the file: equal for all its states
   */
  dateOf(key: string, file: DatedFile, nowMs: number): number | null {
    const earlier = this.#served.get(key);
    if (earlier?.sha256 === file.sha256) return earlier.lastModifiedMs;
    const toldMs = file.lastModifiedMs === null ? null : Math.min(file.lastModifiedMs, nowMs);
    const earlierMs = earlier?.lastModifiedMs ?? null;
    const lastModifiedMs = earlierMs === null || (toldMs !== null && inSeconds(toldMs) > inSeconds(earlierMs)) ? toldMs : nowMs;
    this.#served.set(key, { sha256: file.sha256, lastModifiedMs });
    return lastModifiedMs;
  }
}

/** The newest of these dates; null if none is known. */
export function newest(dates: readonly (number | null)[]): number | null {
  const known = dates.filter((date) => date !== null);
  return known.length === 0 ? null : Math.max(...known);
}

/** HTTP dates have no fractions. */
function inSeconds(ms: number): number {
  return Math.floor(ms / 1000);
}
