/**
 * The signer record: the signers of each `group:artifact`, as first seen (trust on first use), and the files that had a
 * good signature. A web of trust identifies a signer; it does not say that the signer may publish an artifact.
 */
import { join } from 'node:path';

import { createRecordLog } from '../../base/disk/record-log.js';

/** A record that cannot be read throws `ERR_LOCAL_REPOSITORY`: silence would switch the protection off. */
export interface SignerRecord {
  /** Fingerprints (upper case) that may sign a `group:artifact`, the first seen first; null if none was seen. */
  signersOf(name: string): Promise<readonly string[] | null>;
  /**
   * Records the signer of a `group:artifact`, unless one is recorded already: the first stays. Returns the signers that
   * stand, without `fingerprint` if another process was first.
   */
  record(name: string, fingerprint: string, signal?: AbortSignal): Promise<readonly string[]>;
  /** Adds a signer that the user has accepted. */
  accept(name: string, fingerprint: string, signal?: AbortSignal): Promise<void>;
  /** Returns the signer of a repository path's last good signature; null if it never had one. */
  signerOf(path: string): Promise<string | null>;
  /** Notes that the file of a repository path has a good signature. */
  noteSigned(path: string, fingerprint: string, signal?: AbortSignal): Promise<void>;
}

interface Entry {
  readonly signers: readonly string[];
  /** How often the user accepted a change: the higher number wins; among equals, the earlier entry. */
  readonly generation: number;
}

const maxSigners = 1000;

function isFingerprint(value: unknown): value is string {
  return typeof value === 'string' && /^(?:[0-9A-F]{40}|[0-9A-F]{64})$/.test(value);
}

function parseEntry(value: unknown): Entry | null {
  if (typeof value !== 'object' || value === null) return null;
  const { signers, generation }: Partial<Record<keyof Entry, unknown>> = value;
  if (!Array.isArray(signers) || signers.length === 0 || signers.length > maxSigners || !signers.every(isFingerprint)) return null;
  return typeof generation === 'number' ? { signers, generation } : null;
}

/** Opens the record. `folder`: the user's state folder. */
export function createSignerRecord(folder: string): SignerRecord {
  const log = createRecordLog<Entry>({
    file: join(folder, 'signers.jsonl'),
    parse: parseEntry,
    merge(earlier, later) {
      if (later.generation !== earlier.generation) return later.generation > earlier.generation ? later : earlier;
      // Signers accepted at the same time are both kept; of two first sightings, the earlier one stays.
      return earlier.generation === 0
        ? earlier
        : { ...earlier, signers: [...new Set([...earlier.signers, ...later.signers])].slice(0, maxSigners) };
    },
    maxEntries: 1_000_000,
    maxBytes: 512 * 1024 * 1024,
    whenTooLarge: 'throw',
  });
  // Names have a colon and no slash, paths the other way round, so that both fit into one file.
  return {
    async signersOf(name) {
      return (await log.get(name))?.signers ?? null;
    },
    async record(name, fingerprint, signal) {
      const there = await log.get(name);
      if (there !== null) return there.signers;
      await log.set(name, { signers: [fingerprint], generation: 0 }, signal);
      return (await log.get(name))?.signers ?? [fingerprint];
    },
    async accept(name, fingerprint, signal) {
      const there = await log.get(name);
      if (there?.signers.includes(fingerprint) === true) return;
      const signers = [...(there?.signers ?? []), fingerprint].slice(-maxSigners);
      await log.set(name, { signers, generation: (there?.generation ?? 0) + 1 }, signal);
    },
    async signerOf(path) {
      return (await log.get(path))?.signers[0] ?? null;
    },
    async noteSigned(path, fingerprint, signal) {
      if ((await log.get(path)) !== null) return;
      await log.set(path, { signers: [fingerprint], generation: 0 }, signal);
    },
  };
}
