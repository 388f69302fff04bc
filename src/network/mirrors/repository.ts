/** Repositories and their mirrors: the types every room above speaks. */
import type { Credentials } from '../transport/transport.js';

/** One place that serves a repository's content. */
export interface Mirror {
  /** Base URL, ends with '/'; carries no credentials. */
  readonly url: URL;
  /** Who runs it. Quorum counts operators, not URLs; null is an unknown operator and no witness. */
  readonly operator: string | null;
  /** Run by the repository's canonical operator. */
  readonly canonical: boolean;
  /** Its own checksums suffice. */
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
  /** All places to ask, the canonical ones among them, in the order of priority. */
  readonly mirrors: readonly Mirror[];
  readonly releases: boolean;
  readonly snapshots: boolean;
  /** Group patterns (`org.clojure`, `org.clojure.*`) bound to this repository; null binds none. */
  readonly groups: readonly string[] | null;
  /**
   * The id to write into `_remote.repositories`: the repository's, or the `<mirror>` id where settings.xml mirrors it,
   * unless the caller says under which name its tool knows the repository.
   */
  readonly trackingId: string;
  /** Why it may not be used (a `<blocked>` mirror of settings.xml); it then has no mirrors. */
  readonly blocked?: string | undefined;
}
