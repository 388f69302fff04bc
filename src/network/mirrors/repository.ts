/** Repositories and their mirrors: types shared by all rooms above. */
import type { Credentials } from '../transport/contract/transport.js';

/** One place that serves a repository's content. */
export interface Mirror {
  /** Base URL, ends with '/'; carries no credentials. */
  readonly url: URL;
  /** The organization that runs the mirror. A quorum counts operators, not URLs; null (unknown) does not count. */
  readonly operator: string | null;
  /** Whether the repository's canonical operator runs it. */
  readonly canonical: boolean;
  /** Whether its own checksums suffice. */
  readonly trusted: boolean;
  /** Built-in third party: asked only when every origin of the canonical operator failed or has an open circuit. */
  readonly lastResort: boolean;
  /** Smaller is asked first. */
  readonly priority: number;
  readonly credentials?: Credentials | undefined;
}

/** A logical collection with an id and a canonical URL. */
export interface Repository {
  readonly id: string;
  /** Canonical URL, ends with '/'. */
  readonly url: URL;
  /** Canonical operator. */
  readonly operator: string;
  /** All places to ask, including the canonical ones, sorted by priority. */
  readonly mirrors: readonly Mirror[];
  readonly releases: boolean;
  readonly snapshots: boolean;
  /** Group patterns (`org.clojure`, `org.clojure.*`) bound to this repository; null binds none. */
  readonly groups: readonly string[] | null;
  /**
   * The id to write into `_remote.repositories`: the repository's own, the `<mirror>` id if settings.xml mirrors it, or
   * the name under which the caller's tool knows the repository.
   */
  readonly trackingId: string;
  /** Why the repository may not be used (a `<blocked>` mirror of settings.xml); it then has no mirrors. */
  readonly blocked?: string | undefined;
}
