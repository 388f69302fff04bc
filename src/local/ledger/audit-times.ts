/** Remembers the newest audit that was seen of each key and repository, so that an older one does not count again. */
import { join } from 'node:path';

import { createRecordLog } from '../../base/disk/record-log.js';

export interface AuditTimes {
  /** When the newest audit of this key and repository ended, epoch milliseconds; null if none was seen. Throws `ERR_LOCAL_REPOSITORY`. */
  newest(key: string, repository: string): Promise<number | null>;
  /** Records an audit that counts. Writes nothing if it is not newer. */
  raise(key: string, repository: string, untilMs: number): Promise<void>;
}

function parseTime(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;
}

/** Opens the record. `folder`: the user's state folder. */
export function createAuditTimes(folder: string): AuditTimes {
  const log = createRecordLog<number>({
    file: join(folder, 'audits-seen.jsonl'),
    parse: parseTime,
    merge: (earlier, later) => Math.max(earlier, later),
    maxEntries: 10_000,
    maxBytes: 16 * 1024 * 1024,
    whenTooLarge: 'throw',
  });
  const nameOf = (key: string, repository: string): string => `${key} ${repository}`;
  return {
    newest: (key, repository) => log.get(nameOf(key, repository)),
    async raise(key, repository, untilMs) {
      const known = await log.get(nameOf(key, repository));
      if (known === null || untilMs > known) await log.set(nameOf(key, repository), untilMs);
    },
  };
}
