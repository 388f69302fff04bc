/** Opens the records about files and metadata that are kept outside the local repository. */
import { createFirstSeenRecord, type FirstSeenRecord } from './first-seen.js';
import { createHighWaterMarks, type HighWaterMarks } from './high-water-mark.js';
import { createSignerRecord, type SignerRecord } from './signers.js';
import { createVerificationCache, type VerificationCache } from './verification-cache.js';

export interface Ledger {
  /** Verdicts per file; may be deleted at any time. */
  readonly verifications: VerificationCache;
  /** The sha256 of each release as first proven. */
  readonly firstSeen: FirstSeenRecord;
  /** The most ever seen of each `group:artifact`'s metadata. */
  readonly highWaterMarks: HighWaterMarks;
  /** The signers of artifacts, as first seen. */
  readonly signers: SignerRecord;
}

export interface LedgerOptions {
  /** The user's cache folder (see `userFolders`). */
  readonly cacheFolder: string;
  /** The user's state folder. */
  readonly stateFolder: string;
  /** Root of the local repository, absolute. */
  readonly root: string;
}

/** Opens the records. Touches nothing until one is used. */
export function createLedger(options: LedgerOptions): Ledger {
  return {
    verifications: createVerificationCache(options.cacheFolder, options.root),
    firstSeen: createFirstSeenRecord(options.stateFolder),
    highWaterMarks: createHighWaterMarks(options.stateFolder),
    signers: createSignerRecord(options.stateFolder),
  };
}
