/** The answers of one mirror, before they are judged. */
import type { MirrorTrace } from '../../../maven/mirror-trace/trace.js';
import type { AddressReach, CheckedCertificate } from './model.js';

/**
 * One file as the mirror served it. `right` and `wrong` compare it with what the canonical operator published; `failed`: no answer;
 * `unknown`: an answer, and nothing to compare it with.
 */
export type FileState = 'right' | 'wrong' | 'missing' | 'failed' | 'unknown';

export interface SampleFinding {
  /** `group:artifact:version`. */
  readonly coordinate: string;
  /** Null for an old release. */
  readonly releasedMs: number | null;
  /** Its POM; `missing` also if the jar is, of those whose jar was looked for. */
  readonly file: FileState;
  /** The checksum file of the POM. */
  readonly checksum: FileState;
}

export interface MetadataFinding {
  /** `group:artifact`. */
  readonly artifact: string;
  /** `missing` and `failed` as for files; `unreadable`: it is not metadata of this artifact. */
  readonly state: 'read' | 'missing' | 'failed' | 'unreadable';
  /** Whether it names the release that was sampled, whose POM the mirror has; null if it has not. */
  readonly namesSample: boolean | null;
  /** A version that it names and whose POM the mirror has not; null if there is none among those looked for. */
  readonly absentVersion: string | null;
  /** Whether the canonical operator has that POM; null if it gave no answer. */
  readonly isUpstream: boolean | null;
}

/** A small file that the mirror says about itself. */
export type OwnFile<Value> =
  | { readonly state: 'read'; readonly value: Value }
  | { readonly state: 'missing' | 'failed' }
  | { readonly state: 'unreadable'; readonly problem: string };

export interface MirrorFindings {
  readonly ipv4: AddressReach;
  readonly ipv6: AddressReach;
  readonly certificate: CheckedCertificate | null;
  /** Why the first request failed, if every request did; else null. */
  readonly failure: string | null;
  /** Times to the first byte of answered requests, in milliseconds. */
  readonly timesMs: readonly number[];
  readonly trace: OwnFile<MirrorTrace>;
  readonly lastSync: OwnFile<number>;
  /** The status for a file that does not exist; null without an answer. */
  readonly statusOfNothing: number | null;
  /** Base URLs of other mirrors, or origins, that it redirected to; empty if it answered by itself. */
  readonly elsewhere: readonly string[];
  readonly newest: readonly SampleFinding[];
  readonly old: readonly SampleFinding[];
  readonly metadata: readonly MetadataFinding[];
  /** `max-age` of its metadata in seconds; null if no answer named one. */
  readonly metadataMaxAge: number | null;
}
