/** Repositories as users describe them in code, in the configuration file and in mirror lists. */

/** A secret, or the name of the environment variable that holds it. */
export type SecretValue = string | { readonly env: string };

/** Credentials of one origin: HTTP Basic (RFC 7617) or a bearer token (RFC 6750). They are sent to no other origin. */
export type AuthOptions = { readonly username: string; readonly password: SecretValue } | { readonly token: SecretValue };

/** Another place that serves the content of a repository. */
export interface MirrorOptions {
  /**
   * Base URL: `https:`, `s3:`, `file:`, or `http:` on loopback or a host of `allowHttp`. Credentials in it
   * (`https://user:secret@host/`) are taken out and sent as HTTP Basic.
   */
  readonly url: string;
  /** The organization that runs the mirror. A quorum counts operators; a mirror without one does not count. Default: unknown. */
  readonly operator?: string | undefined;
  /**
   * Smaller numbers are asked first. The canonical URL has 0, a built-in second origin of the same operator 10. Default: 1, after the
   * canonical URL, in the order written. A mirror with a negative number is asked before the canonical URL.
   */
  readonly priority?: number | undefined;
  /** Whether the mirror's own checksums suffice. Default: true, because listing a mirror means trusting it. */
  readonly trusted?: boolean | undefined;
  readonly auth?: AuthOptions | undefined;
}

/** A repository. If it has the id and URL of a built-in repository, it keeps the other mirrors of that repository. */
export interface RepositoryOptions {
  /** As in Maven: no `\ / : " < > | ? * =`, no control characters, not `local`. Written to `_remote.repositories`. */
  readonly id: string;
  /** Canonical URL; the same rules apply as to a mirror's. */
  readonly url: string;
  /** Canonical operator. Default: the built-in's for a built-in URL, otherwise the URL's host. */
  readonly operator?: string | undefined;
  /** Additional mirrors, asked by priority. Default: none. */
  readonly mirrors?: readonly (string | MirrorOptions)[] | undefined;
  /** Whether it serves releases. Default: true. */
  readonly releases?: boolean | undefined;
  /** Whether it serves snapshots. Default: the built-in's for a built-in URL, otherwise true. */
  readonly snapshots?: boolean | undefined;
  /**
   * Group patterns: `org.clojure` is that group, `org.clojure.*` every group beneath it, `*` all. They bind the groups to this repository:
   * it serves only these groups, and no other repository is asked for them. Default: none.
   */
  readonly groups?: readonly string[] | undefined;
  /** Credentials for the canonical URL, and for mirrors of the same origin without their own. Default: none. */
  readonly auth?: AuthOptions | undefined;
}
