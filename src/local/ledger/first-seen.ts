/**
 * The first-seen record: the sha256 of each release as it was first proven at `origin` or better. A release never
 * changes, so another sha256 later means that it was changed (trust on first use).
 */
import { join } from 'node:path';

import { packHex, type Packing, SharedValues, unpackHex } from '../../base/disk/packing.js';
import { createRecordLog } from '../../base/disk/record-log.js';
import { compareLevels, type Level } from '../../proof/level.js';
import { parseLevel } from './verification-cache.js';

export interface FirstSeen {
  /** Lower-case hex. */
  readonly sha256: string;
  readonly level: Level;
  /** Id of the repository it came from. */
  readonly repository: string;
}

/** A record that cannot be read throws `ERR_LOCAL_REPOSITORY`: silence would switch the protection off. */
export interface FirstSeenRecord {
  /** Returns the entry of a repository path, or null. */
  check(path: string): Promise<FirstSeen | null>;
  /**
   * Records an entry unless one exists: the first stays. Levels below `origin` are not recorded.
   * Returns the entry that stands, which is not `seen` if another process was first.
   */
  record(path: string, seen: FirstSeen, signal?: AbortSignal): Promise<FirstSeen>;
  /** Overwrites, for a change that the user has accepted. */
  accept(path: string, seen: FirstSeen, signal?: AbortSignal): Promise<void>;
}

interface Entry extends FirstSeen {
  /** How often the user accepted a change: the higher number wins; among equals, the earlier entry. */
  readonly generation: number;
}

function parseEntry(value: unknown): Entry | null {
  if (typeof value !== 'object' || value === null) return null;
  const { sha256, level, repository, generation }: Partial<Record<keyof Entry, unknown>> = value;
  const known = parseLevel(level);
  if (known === null || typeof sha256 !== 'string' || !/^[0-9a-f]{64}$/.test(sha256)) return null;
  if (typeof repository !== 'string' || typeof generation !== 'number') return null;
  return { sha256, level: known, repository, generation };
}

/** The digest of a file, and a number for what nearly all share. */
class EntryPacking implements Packing<Entry> {
  readonly #shared = new SharedValues<Omit<Entry, 'sha256'>>();

  pack({ sha256, level, repository, generation }: Entry): string {
    const shared = this.#shared.numberOf(`${level} ${generation} ${repository}`, { level, repository, generation });
    return packHex(sha256) + String(shared);
  }

  unpack(text: string): Entry {
    return { sha256: unpackHex(text.slice(0, 32)) ?? '', ...this.#shared.valueOf(Number(text.slice(32))) };
  }
}

/** Opens the record. `folder`: the user's state folder. */
export function createFirstSeenRecord(folder: string): FirstSeenRecord {
  const log = createRecordLog<Entry>({
    file: join(folder, 'first-seen.jsonl'),
    parse: parseEntry,
    merge: (earlier, later) => (later.generation > earlier.generation ? later : earlier),
    maxEntries: 1_000_000,
    maxBytes: 512 * 1024 * 1024,
    whenTooLarge: 'throw',
    packing: new EntryPacking(),
  });
  const strip = ({ sha256, level, repository }: Entry): FirstSeen => ({ sha256, level, repository });
  return {
    async check(path) {
      const entry = log.peek(path);
      return entry === null ? null : strip(entry);
    },
    async record(path, seen, signal) {
      const there = log.peek(path);
      if (there !== null) return strip(there);
      if (compareLevels(seen.level, 'origin') < 0) return seen;
      await log.set(path, { ...seen, generation: 0 }, signal);
      const standing = log.peek(path);
      return standing === null ? seen : strip(standing);
    },
    async accept(path, seen, signal) {
      const there = log.peek(path);
      await log.set(path, { ...seen, generation: (there?.generation ?? 0) + 1 }, signal);
    },
  };
}
