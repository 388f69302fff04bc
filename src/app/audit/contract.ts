/** The contract between the parts of an audit: the forms of plans and results, and the closed list of findings. No logic. */

/** Each kind of finding, with the class that decides what to do about it. */
export const findingClasses = {
  /** The place has a checksum file for other bytes, where the file itself is another one, too, or could not be read. */
  'checksum-differs': 'lie',
  /** The bytes, the size or the ETag at the place are not those of the origin. */
  'content-differs': 'lie',
  /** The checksum file at the place does not fit the right file next to it, or is none. */
  'sidecar-wrong': 'lie',
  'signature-differs': 'lie',
  /** A released file is another one than at the time of an earlier audit. */
  'changed-since': 'lie',
  /** One vantage point was shown something else than another. */
  'vantage-differs': 'lie',
  /** The place answers with a page of the web in place of a file. */
  'not-maven': 'lie',
  missing: 'gap',
  'sidecar-missing': 'gap',
  'signature-missing': 'gap',
  /** Something younger than the interval of the mirror is missing, or is of an earlier time. */
  lag: 'lag',
  /** The place has a file that the origin does not have. */
  extra: 'extra',
  /** Metadata of the origin names a version that the origin does not have. */
  'dangling-metadata': 'upstream',
  /** A checksum file of the origin does not fit the origin's file. */
  'wrong-sum': 'upstream',
  /** The place gave no answer: nothing is known about the file. */
  unknown: 'unknown',
} as const;

/** A kind of finding: a key of {@link findingClasses}. */
export type FindingKind = keyof typeof findingClasses;
/** A class of findings. */
export type FindingClass = (typeof findingClasses)[FindingKind];

/** A place that is audited. */
export interface AuditPlace {
  /** Unique in the plan, and not `origin`. */
  readonly name: string;
  /** Of the repository, without credentials; ends with '/'. */
  readonly url: string;
}

/** The name of the canonical origin among the places of findings. */
export const originName = 'origin';

/** The first line of a plan. */
export interface PlanHeader {
  readonly format: 'clojars-fetch-audit-plan';
  readonly version: 1;
  /** The URL of the canonical origin; ends with '/'. */
  readonly repository: string;
  /** Where the list comes from; without credentials. */
  readonly source: string;
  /** ISO 8601 in UTC, by the clock of the source or of the origin. Ages are counted up to this time. */
  readonly created: string;
  /** Only files that changed at this time or later; ISO 8601. Missing: all files. */
  readonly since?: string | undefined;
  /** The number of lines after this one. */
  readonly files: number;
  /** Names in the list that cannot be paths, and were left out. Missing: none. */
  readonly skippedNames?: number | undefined;
  /** Files after this time are among the newest, whose bytes are read. Missing if the list tells no times. */
  readonly newestFrom?: string | undefined;
  /** Of the files of exactly that time, the last that is among the newest. Missing: all are. */
  readonly newestTo?: string | undefined;
  /** Decides which of the other files are part of the sample. */
  readonly seed: number;
  /** In the order in which findings are sorted. */
  readonly places: readonly AuditPlace[];
}

/** A checksum file or a signature of a file, as the list describes it. */
export interface PlanSidecar {
  readonly size?: number | undefined;
  /** In lower-case hex, if it is the MD5 of the bytes. */
  readonly etag?: string | undefined;
  /** Whether it was not listed, but usually exists. */
  readonly guess?: true | undefined;
}

/** A line of a plan: a file with its checksum files and signatures. Lines are sorted by the bytes of their paths. */
export interface PlanEntry {
  readonly path: string;
  readonly size?: number | undefined;
  /** In lower-case hex, if it is the MD5 of the bytes: objects that were stored in one piece. */
  readonly etag?: string | undefined;
  /** When it last changed, ISO 8601 in UTC, whole seconds. */
  readonly time?: string | undefined;
  readonly sha1?: string | undefined;
  /** If the list tells, as an inventory does. */
  readonly sha256?: string | undefined;
  /** By what is added to the path: `sha1`, `md5`, `asc`, `asc.sha1` and so on. */
  readonly sidecars?: Readonly<Record<string, PlanSidecar>> | undefined;
  readonly metadata?: true | undefined;
  /** Of the metadata of an artifact: the folders of versions in the list. */
  readonly versions?: readonly string[] | undefined;
  /** Whether the file was not listed, but usually exists. */
  readonly guess?: true | undefined;
}

/** The part of a plan that one machine does. */
export interface Shard {
  /** From 0. */
  readonly index: number;
  readonly count: number;
}

/** The questions that were asked of each file: parts with different ones cannot be merged. */
export interface AuditedScope {
  /** Whether the bytes of all files were read, not only those of the sample. */
  readonly full: boolean;
  /** Of the files that are not among the newest, in millionths. */
  readonly sharePerMillion: number;
  /** Whether places were only listed, and asked for no file. */
  readonly listsOnly: boolean;
}

/** The first line of a result, or of the part that one shard made. */
export interface ResultHeader {
  readonly format: 'clojars-fetch-audit';
  readonly version: 1;
  /** The digest of the plan: SHA-256 of its lines, uncompressed, in hex. */
  readonly plan: string;
  readonly repository: string;
  /** From where the places were asked. */
  readonly vantage: string;
  /** `i/n`, from 0; null for a whole result. */
  readonly shard: string | null;
  /** ISO 8601 in UTC. */
  readonly from: string;
  readonly until: string;
  readonly seed: number;
  /** As in the plan. */
  readonly skippedNames?: number | undefined;
  readonly audited: AuditedScope;
  readonly places: readonly AuditPlace[];
}

/** Facts that were expected at a place, or found there. */
export type Facts = Readonly<Record<string, string | number | boolean | null>>;

/** An answer on which a finding rests. */
export interface Evidence {
  readonly url: string;
  /** As whom the place was asked: the audit, or a program like any other. `list`: it was not asked for the file. */
  readonly as: 'audit' | 'plain' | 'list';
  /** Null if there was no answer. */
  readonly status: number | null;
  readonly etag?: string | undefined;
  /** The header Last-Modified. */
  readonly time?: string | undefined;
  readonly detail?: string | undefined;
}

/** A line of a result: something that is not as it should be. Sorted by the bytes of the path, the order of places, and the kind. */
export interface Finding {
  readonly finding: FindingKind;
  readonly class: FindingClass;
  readonly path: string;
  /** A name in the header, or `origin`. */
  readonly place: string;
  readonly expected: Facts;
  readonly found: Facts;
  readonly evidence: readonly Evidence[];
}

/** A line of a result, after the findings: the digest of a file at the origin. Sorted by the bytes of the path. */
export interface DigestLine {
  /** The path. */
  readonly digest: string;
  readonly sha256: string;
  readonly size: number;
}

/** The counts of findings at one place; kinds without any are left out. */
export type FindingCounts = Readonly<Partial<Record<FindingKind, number>>>;

/** The findings at one place, in numbers. */
export interface PlaceSummary {
  readonly name: string;
  readonly url: string;
  /** How far it is behind the origin; null if that is unknown. */
  readonly behindSeconds: number | null;
  /** Lines of the plan for which it gave an answer. */
  readonly answered: number;
  /** Names in its listings that cannot be paths, and were left out. Missing: none. */
  readonly skippedNames?: number | undefined;
  readonly counts: FindingCounts;
}

/** The last line of a result. */
export interface EndLine {
  readonly end: true;
  /** Lines of the plan. */
  readonly files: number;
  readonly digests: number;
  /** Of the origin itself. */
  readonly origin: FindingCounts;
  readonly places: readonly PlaceSummary[];
  /** SHA-256 of all lines before this one, in hex. */
  readonly sha256: string;
}
