/** Everything that the publication of any artifact needs. */
import type { Gate } from '../../../base/async/gate.js';
import type { OtherOrigins } from '../fetch/other-origins.js';
import type { Outages } from '../fetch/outages.js';
import type { Filtering } from '../filter/filtering.js';
import type { MirrorSource } from '../source/source.js';
import type { Journal } from '../target/journal.js';
import type { MirrorTarget } from '../target/target.js';
import type { Findings } from './finding.js';

/** Files published so far. */
export interface PublishedCounts {
  files: number;
  bytes: number;
}

export interface PublishContext {
  readonly source: MirrorSource;
  readonly others: OtherOrigins;
  readonly target: MirrorTarget;
  readonly journal: Journal;
  readonly findings: Findings;
  readonly published: PublishedCounts;
  /** Whether the target should have a key at all. */
  readonly isWanted: (key: string) => boolean;
  readonly filtering: Pick<Filtering, 'leftOutOf' | 'mayRewrite'>;
  readonly onPublished: (key: string) => void;
  readonly outages: Outages;
  /** Limits the files that are worked on at once, over all artifacts. */
  readonly gate: Gate;
  readonly signal: AbortSignal;
}
