/** The options of a run. */
import type { Shard } from '../contract.js';
import type { AuditClientOptions } from '../plan/plan-options.js';

/** Sets what {@link runAudit} asks, and how. */
export interface RunAuditOptions {
  /** The plan, as {@link planAudit} writes it. */
  readonly plan: string;
  /** The file to write: a part if there are shards, else the whole result. */
  readonly output: string;
  /** The part of the plan to do. Default: all of it. */
  readonly shard?: Shard | undefined;
  /** From where the places are asked, such as `eu`. Default: `here`. */
  readonly vantage?: string | undefined;
  /** Read the bytes of all files, not only those of the sample. Default: false. */
  readonly full?: boolean | undefined;
  /** The share of the files besides the newest whose bytes are read, in percent. Default: 0.1. */
  readonly sample?: number | undefined;
  /** Decides the random part of the sample. Default: that of the plan. */
  readonly seed?: number | undefined;
  /** Plans and results of earlier audits: a released file must be the same as then. Default: none. */
  readonly earlier?: readonly string[] | undefined;
  /** Requests to a host at once, 1 to 1,000. Default: 8. */
  readonly connections?: number | undefined;
  /** Requests to a host in a second; with shards, each takes its share. Default: 100. */
  readonly rate?: number | undefined;
  /** Seconds to wait for a place that gives no answers, before it is given up. Default: 120. */
  readonly patience?: number | undefined;
  /** Address or URL for questions about the audit: part of the header User-Agent. Default: not said. */
  readonly contact?: string | undefined;
  /** Default: the user's configuration. */
  readonly client?: AuditClientOptions | undefined;
  /** Called when the answers of some more files have been compared. */
  readonly onProgress?: ((progress: AuditProgress) => void) | undefined;
  /** Ends the run; the next one with the same output goes on from there. */
  readonly signal?: AbortSignal | undefined;
}

/** How far a run has come. */
export interface AuditProgress {
  /** Lines of the plan times places, the origin among them. */
  readonly done: number;
  readonly all: number;
}
