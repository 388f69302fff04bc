/**
 * The parts that fetching needs. A function takes the parts that it uses, and the whole `Context` only if it passes all of them on. Wired
 * in src/app/client/session.ts.
 */
import type { Foresight } from '../base/async/foresight.js';
import type { Gate } from '../base/async/gate.js';
import type { ClientEvent } from '../base/event.js';
import type { FirstSeenRecord } from '../local/ledger/first-seen.js';
import type { HighWaterMarks } from '../local/ledger/high-water-mark.js';
import type { SignerRecord } from '../local/ledger/signers.js';
import type { VerificationCache } from '../local/ledger/verification-cache.js';
import type { LockView } from '../local/lockfile/view.js';
import type { LocalRepository } from '../local/repository/local-repository.js';
import type { ComparisonMode } from '../network/mirrors/comparison.js';
import type { Mirror, Repository } from '../network/mirrors/repository.js';
import type { Network } from '../network/mirrors/request.js';
import type { Pin } from '../proof/evidence.js';
import type { SignatureAllowance } from '../proof/key-map/model/key-map.js';
import type { SignedDocument } from '../proof/openpgp/packet/signed-document.js';
import type { TrustPolicy } from '../proof/policy.js';
import type { SignaturePolicy } from '../proof/signature-policy.js';
import type { SignatureVerdict } from '../proof/signature-verdict.js';
import type { SignedSubject } from '../proof/signed-subject.js';

/** Everything an operation fetches with. The first four parts belong to the session, `run` to the operation. */
export interface Context {
  readonly network: NetworkAccess;
  readonly store: Store;
  readonly trust: Trust;
  readonly route: Route;
  readonly run: Run;
}

/** Some parts of the context. */
export type Parts<Name extends keyof Context> = Pick<Context, Name>;

/** Access to mirrors. */
export interface NetworkAccess {
  /** Opens transport and health at the first request: a warm call loads no network code. */
  open(): Promise<Network>;
  /**
   * Limits how many files of a repository are fetched at once, so that a file costs memory only when a connection may soon be free for it.
   */
  gate(repositoryId: string): Gate;
  /** Size limit of an artifact. */
  readonly artifactMaxBytes: number;
}

/** Storage of this machine: the local repository, and the records of the ledger. */
export interface Store {
  readonly local: LocalRepository;
  readonly verificationCache: VerificationCache;
  readonly firstSeen: FirstSeenRecord;
  readonly highWaterMarks: HighWaterMarks;
  readonly signers: SignerRecord;
  /** The user's cache folder, for an index that only some operations open. */
  readonly cacheFolder: string;
}

/** The proofs that a file needs, and the means to check them. */
export interface Trust {
  readonly policy: TrustPolicy;
  /** Returns the pin of a repository path, from a trusted-checksum file or the lockfile. */
  pinFor(path: string): Pin | null;
  /** Opened with the first signature: no key is read before. */
  readonly signatures: SignatureChecker;
  readonly signatureTally: SignatureTally;
  /** Changes of signers that the user accepts: `group:artifact` to a fingerprint. */
  readonly acceptSigners: Readonly<Record<string, string>>;
  /** Returns null if a POM's own coordinate is the wanted one; otherwise the difference, as the end of a sentence, escaped. */
  checkPom(bytes: Uint8Array, wanted: SignedSubject): Promise<string | null>;
}

/** The repositories to ask for a file, and their order. */
export interface Route {
  /** In the order to ask. */
  readonly repositories: readonly Repository[];
  /** Group pattern to repository id. */
  readonly repoFor: ReadonlyMap<string, string>;
  /** Maps a group to the id of the repository that had it: this saves requests to earlier repositories. */
  readonly groupHomes: Map<string, string>;
  /** Asked for signatures after the repository. */
  readonly signatureStores: readonly Mirror[];
  readonly prefetching: PrefetchCount;
}

/** One operation: its signal, its events, and the options for all its files. */
export interface Run {
  readonly signal: AbortSignal;
  readonly emit: (event: ClientEvent) => void;
  /** Null if files are not compared with those of other repositories. */
  readonly comparisons: Comparisons | null;
  readonly offline: boolean;
  /** Whether to hash files again, even if the verification cache knows them. */
  readonly paranoid: boolean;
  /** Compare a local file that has no proof with what its repository publishes, if the repository answers. Default: false. */
  readonly comparesLocal?: boolean | undefined;
  /** The lockfile in effect. */
  readonly lock: LockView | null;
  /** Of an operation that is not needed yet: its files wait behind those that are. Default: it is needed. */
  readonly foresight?: Foresight | undefined;
}

/** Returns the context for a part of the operation, with its own signal or another listener. */
export function withRun<Some extends Parts<'run'>>(context: Some, change: Partial<Pick<Run, 'signal' | 'emit'>>): Some {
  return { ...context, run: { ...context.run, ...change } };
}

/** The number of files of a client that are being requested from a later repository ahead of its turn. */
export interface PrefetchCount {
  running: number;
}

/** The comparisons of one operation. */
export interface Comparisons {
  readonly mode: ComparisonMode;
  /** Starts one. It must not reject. Its signal aborts once the operation no longer waits for it. */
  begin(compare: (signal: AbortSignal) => Promise<void>): void;
  /** Whether to report that this repository does not answer: only once per repository, and not if the operation failed. */
  tellsSilence(repositoryId: string): boolean;
  /** Gives the running comparisons a short grace period, then ends the rest. */
  finish(): Promise<void>;
  /** Ends all comparisons: the operation failed. */
  abandon(): Promise<void>;
}

/** Judges signature files by the keys and the trust model in effect. */
export interface SignatureChecker {
  /**
   * Changes whenever a verdict may change: depends on the keyrings by path, size and time, and on the trust model. Costs a few stats, once.
   */
  identity(): Promise<string>;
  /**
   * Whether the signer of a `group:artifact` is remembered: under `keyring` and `web-of-trust`, but not under a key map, which names it.
   */
  readonly remembersSigners: boolean;
  /** The files of the key maps in effect, for hints; empty under another trust model. */
  readonly keyMaps: readonly string[];
  /**
   * Judges every signature of a file; good ones first, then the most serious. Never empty.
   * @throws ClojarsFetchError ERR_CONFIG if a keyring cannot be read; the content of signatures and keys never throws
   */
  check(
    signatureFile: Uint8Array,
    document: SignedDocument,
    subject: SignedSubject,
    policy: SignaturePolicy,
  ): Promise<readonly SignatureVerdict[]>;
  /** Returns what a key map accepts besides good signatures; null without a key map. */
  allowance(subject: SignedSubject): Promise<SignatureAllowance | null>;
}

/**
 * Counts which libraries and repositories were signed so far. If a good signature is likely, it makes the checksum unnecessary. The
 * checksum is then requested only if the signature turns out to be missing, so there are as many requests as without signatures.
 */
export interface SignatureTally {
  /** @param name `group:artifact` */
  note(name: string, repository: string, isProof: boolean): void;
  /**
   * Whether the checksum can wait for the signature. While nothing is known about a repository, it can for all but the first few files:
   * those act as probes, and most files of a closure are requested before the probes finish.
   */
  expectsProof(name: string, repository: string): boolean;
}
