/** The result of a check of mirrors: the types of the public API. */
import type { Latency } from './latency.js';

/**
 * `good`: nothing is wrong. `stale`: further behind than its own interval allows. `faulty`: files are missing or wrong, or something else
 * is wrong that a build would run into. `unreachable`: no request was answered.
 */
export type MirrorVerdict = 'good' | 'stale' | 'faulty' | 'unreachable';

/** Kinds of problems. `address`, `certificate-ends-soon`, `trace`, `stale` and `failed-requests` do not make a mirror `faulty`. */
export type MirrorProblemKind =
  | 'unreachable'
  /** One of the two address families does not work. */
  | 'address'
  | 'certificate'
  | 'certificate-ends-soon'
  /** The trace or `lastsync` is there, and cannot be read or lies in the future. */
  | 'trace'
  | 'stale'
  /** The mirror lacks a file that was released long enough ago. */
  | 'missing'
  /** Its bytes differ from what the canonical operator published. */
  | 'wrong-file'
  | 'wrong-checksum'
  /** Its metadata names a version that the canonical operator has and the mirror has not. */
  | 'dangling-metadata'
  | 'unreadable-metadata'
  /** It answers requests for a file that does not exist with something else than 404. */
  | 'soft-404'
  /** It sends clients to another mirror, so that it cannot stand in for that one. */
  | 'elsewhere'
  | 'failed-requests';

/** Something that is wrong with a mirror. */
export interface MirrorProblem {
  readonly kind: MirrorProblemKind;
  /** A sentence for a person; not escaped. */
  readonly detail: string;
}

/** Whether one family of addresses works. */
export interface AddressReach {
  /** `unknown`: this machine has no route for the family, or asks through a proxy. */
  readonly status: 'ok' | 'failed' | 'none' | 'unknown';
  /** The address that was tried; null without one. */
  readonly address: string | null;
  /** Explains any status but `ok`; empty with it. */
  readonly detail: string;
}

/** The certificate that a mirror shows. */
export interface CheckedCertificate {
  /** ISO 8601. */
  readonly validTo: string;
  /** Whole days until then, negative once it has passed. */
  readonly daysLeft: number;
  /** Why clients refuse it; null if they accept it. */
  readonly problem: string | null;
}

/** The parts of a mirror's trace that matter to its users. */
export interface CheckedTrace {
  readonly operator: string | null;
  readonly contact: string | null;
  readonly source: string;
  /** ISO 8601: the end of its last successful run, by its own account. */
  readonly finished: string;
  readonly intervalSeconds: number | null;
  /** The part of the repository that it has; null for everything. Releases outside are not asked for. */
  readonly filter: CheckedFilter | null;
}

/** The part of the repository that a mirror has, by its own account. */
export interface CheckedFilter {
  /** `org.example`, or `org.example.*` with all groups beneath it; null for all groups. */
  readonly groups: readonly string[] | null;
  /** ISO 8601: only versions released at this time or later; null for all. */
  readonly since: string | null;
  readonly snapshots: boolean;
  /** Only so many of the newest versions of each artifact; null for all. */
  readonly latest: number | null;
  /** Whether `maven-metadata.xml` is copied as it is, or names only what the mirror has. */
  readonly metadata: 'verbatim' | 'rewrite';
}

/** How many sampled releases the mirror has. */
export interface SampleTally {
  readonly asked: number;
  /** Its POM has the bytes that the canonical operator published. */
  readonly right: number;
  /** The POM, or the jar of one of the few whose jar was looked for. */
  readonly missing: number;
  readonly wrong: number;
  /** The mirror gave no answer, or the canonical operator none to compare with. */
  readonly unknown: number;
  /** Coordinates of what is missing or wrong, as `group:artifact:version`. */
  readonly bad: readonly string[];
}

/** Whether metadata and files of the mirror fit together. */
export interface MetadataTally {
  /** Artifacts whose `maven-metadata.xml` was read. */
  readonly checked: number;
  /** `group:artifact:version` that metadata names, the canonical operator has, and the mirror has not. */
  readonly dangling: readonly string[];
  /** The same, where the canonical operator lacks the version as well: not the mirror's fault. */
  readonly upstreamDangling: readonly string[];
  /** Artifacts whose metadata does not name a sampled release, although the mirror has its POM. */
  readonly outdated: readonly string[];
}

/** A summary of the checks of the last 30 days, this one included. */
export interface MirrorHistory {
  readonly checks: number;
  /** One letter a day, the oldest first: `g`ood, `s`tale, `f`aulty, `u`nreachable, `-` without a check. The worst of a day counts. */
  readonly days: string;
}

/** The findings of the last audit about a mirror. */
export interface AuditedMirror {
  /** ISO 8601: the end of the audit. */
  readonly until: string;
  /** The place from which the audit asked. */
  readonly vantage: string;
  /** Files that were to be compared. */
  readonly files: number;
  /** Those about which the mirror told anything. */
  readonly answered: number;
  /** How far it was behind; null if that was unknown. */
  readonly behindSeconds: number | null;
  /** Numbers of findings by kind; kinds without any are left out. docs/audit.md explains them. */
  readonly findings: Readonly<Record<string, number>>;
}

/** The result for one mirror. */
export interface CheckedMirror {
  /** Id of the repository that it serves. */
  readonly repository: string;
  readonly url: string;
  /** Null if unknown. */
  readonly operator: string | null;
  readonly canonical: boolean;
  readonly verdict: MirrorVerdict;
  readonly problems: readonly MirrorProblem[];
  readonly ipv4: AddressReach;
  readonly ipv6: AddressReach;
  /** Null over plain http, through a proxy, and if no connection was made. */
  readonly certificate: CheckedCertificate | null;
  /** Of requests that were answered; null if none was. */
  readonly latency: Latency | null;
  /** Null if it has none that can be read. */
  readonly trace: CheckedTrace | null;
  /** ISO 8601; null if it has none that can be read. */
  readonly lastSync: string | null;
  readonly newest: SampleTally;
  readonly old: SampleTally;
  /** Checksum files of sampled POMs, as the mirror serves them. */
  readonly checksums: { readonly compared: number; readonly agreeing: number };
  readonly metadata: MetadataTally;
  /** By its trace and by the releases that it lacks, whichever is more; null if neither tells. */
  readonly hoursBehind: number | null;
  /** Questions that the mirror was asked, and how many it answered well. */
  readonly goodChecks: number;
  readonly checks: number;
  /** Smaller is better; null if the mirror answered nothing well, or it is unknown how far it is behind. */
  readonly score: number | null;
  /** Null without a history file. */
  readonly history: MirrorHistory | null;
  /** Null without a result of an audit, and if that knows nothing of the mirror. */
  readonly audit: AuditedMirror | null;
}

/** A release that was looked for. */
export interface SampledRelease {
  /** `group:artifact:version`. */
  readonly coordinate: string;
  /** ISO 8601; null for releases from the index, which gives no times. */
  readonly released: string | null;
}

/** The releases of one repository that its mirrors were asked for. */
export interface ReleaseSample {
  readonly repository: string;
  /** Newest first. */
  readonly newest: readonly SampledRelease[];
  readonly old: readonly SampledRelease[];
}

/** The result of {@link checkMirrors}. */
export interface MirrorsCheck {
  /** ISO 8601, by the clock of the canonical operator if it tells the time. */
  readonly checkedAt: string;
  /** Draws the same old releases again from the same index. */
  readonly seed: number;
  readonly samples: readonly ReleaseSample[];
  /** The best first, within each repository. */
  readonly mirrors: readonly CheckedMirror[];
  /** Sentences for a person about what could not be checked; not escaped. */
  readonly warnings: readonly string[];
}
