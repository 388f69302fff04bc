/**
 * Compares what is known of a released file now with what was known earlier. Checksum files do not count: one that was wrong may have been
 * mended, and one that became wrong does not fit its file. Pure.
 */
import type { Facts, PlanEntry } from '../contract.js';

export interface KnownFile {
  readonly size: number | null;
  /** Of the bytes; lower-case hex. */
  readonly sha256: string | null;
  readonly md5: string | null;
  /** MD5 of checksum files and signatures, by what is added to the path. */
  readonly sidecars: Readonly<Record<string, string>>;
}

/** Facts about a file before and now. */
export interface Change {
  readonly expected: Facts;
  readonly found: Facts;
}

/** Returns how the bytes changed, by the strongest facts that are known of both; null if they did not, or nothing is known. */
export function changeOf(before: KnownFile, now: KnownFile): Change | null {
  for (const name of ['sha256', 'md5', 'size'] as const) {
    const [was, is] = [before[name], now[name]];
    if (was === null || is === null) continue;
    return was === is ? null : { expected: factsOf(before), found: factsOf(now) };
  }
  return null;
}

/** Returns the signatures that have other bytes than before, by what is added to the path. */
export function changedSignatures(before: KnownFile, now: KnownFile): readonly string[] {
  return ['asc', 'sig'].filter((suffix) => {
    const [was, is] = [before.sidecars[suffix], now.sidecars[suffix]];
    return was !== undefined && is !== undefined && was !== is;
  });
}

/** Whether a file has the bytes of before: by digests, since many files have the same size. */
export function isSameAsBefore(before: KnownFile | null, now: KnownFile): boolean {
  if (before === null || changeOf(before, now) !== null) return false;
  return (before.sha256 !== null && now.sha256 !== null) || (before.md5 !== null && now.md5 !== null);
}

/** Returns what a plan knows of a file. */
export function knownOf({ size, sha256, etag, sidecars = {} }: PlanEntry): KnownFile {
  const known = Object.entries(sidecars).flatMap(([suffix, { etag: md5 }]) => (md5 === undefined ? [] : [[suffix, md5] as const]));
  return { size: size ?? null, sha256: sha256 ?? null, md5: etag ?? null, sidecars: Object.fromEntries(known) };
}

function factsOf({ size, md5, sha256 }: KnownFile): Facts {
  return Object.fromEntries(Object.entries({ size, md5, sha256 }).filter(([, fact]) => fact !== null));
}
