/** Notices metadata that went back in time, by the most that was ever seen of it. */
import { ClojarsFetchError } from '../../base/error.js';
import { checkHighWater, type HighWaterMark } from '../../maven/metadata/merge.js';
import type { Parts } from '../context.js';

/** The artifact, snapshot or group whose metadata was fetched. */
export interface RollbackSubject {
  /** Names the record of what was seen. */
  readonly key: string;
  /** For messages. */
  readonly subject: string;
  readonly group: string;
  readonly artifact: string;
  /** Repository path, for events; null if the metadata of several repositories was merged. */
  readonly path: string | null;
}

export interface Rollback {
  /** Versions that were listed before. */
  readonly vanished: readonly string[];
  /** Whether the date is older than before. */
  readonly older: boolean;
  /** For a person, without the subject. */
  readonly message: string;
}

/**
 * Compares metadata with the most that was ever seen of it, reports a rollback as the event `metadata-rollback`, and records what is new
 * if an authority says so.
 * @returns null if the metadata did not go back in time
 * @throws ClojarsFetchError ERR_LOCKFILE, `metadata-rollback`, while a lockfile is written
 */
export async function checkRollback(
  { store, run }: Parts<'store' | 'run'>,
  { key, subject, group, artifact, path }: RollbackSubject,
  seen: HighWaterMark & { readonly authoritative: boolean },
): Promise<Rollback | null> {
  const { versions, lastUpdated } = seen;
  const rollback = checkHighWater(await store.highWaterMarks.check(key), seen);
  if (seen.authoritative) await store.highWaterMarks.raise(key, { versions, lastUpdated }, run.signal);
  if (rollback === null) return null;
  const vanished = rollback.vanished.length > 0 ? `versions vanished: ${rollback.vanished.slice(0, 10).join(', ')}` : '';
  const older = rollback.older ? 'its date is older than what was seen before' : '';
  const message = `metadata went back in time: ${[vanished, older].filter(Boolean).join('; ')}`;
  if (run.lock?.refusesRollback(group, artifact) === true) {
    throw new ClojarsFetchError('ERR_LOCKFILE', {
      reason: 'metadata-rollback',
      coordinate: subject,
      message: `${subject}: ${message}, so nothing was locked`,
      hint: `A mirror may be holding newer versions back. If they were withdrawn, say so: \`clojars-fetch lock --update ${group}/${artifact}\`.`,
    });
  }
  run.emit({ type: 'warning', warning: 'metadata-rollback', message: `${subject}: ${message}`, path: path ?? undefined });
  return { ...rollback, message };
}
