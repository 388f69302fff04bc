/** Options of `createClient()` and of every verb: types of the public API. */
import type { EventListener } from '../../base/event.js';
import type { ChecksumPolicy, ComparisonMode, SignatureMode, TrustLevel, TrustModelName, WeakPolicy } from '../../base/words.js';
import type { MirrorOptions, RepositoryOptions } from '../../network/mirrors/repository-options.js';

export type { ChecksumPolicy, TrustLevel };

/** Sets how many certifications make a key valid, and how long their chains may be, as GnuPG's options of the same names do. */
export interface WebOfTrustOptions {
  /** Number of fully trusted introducers needed, 1 to 100. Default: 1. */
  readonly completes?: number | undefined;
  /** Number of marginally trusted introducers needed, 2 to 100. Default: 3. */
  readonly marginals?: number | undefined;
  /** Longest chain of certifications, 1 to 255. Default: 5. */
  readonly depth?: number | undefined;
}

/** A stricter or looser policy for some groups; the most specific pattern decides. */
export interface TrustRule {
  /** A group pattern: `org.clojure` (that group alone), `org.clojure.*` (the group and its subgroups) or `*` (all groups). */
  readonly group: string;
  /** Minimum level. Default: that of {@link TrustOptions.level}. */
  readonly level?: TrustLevel | undefined;
  /** How to treat a missing checksum. Default: that of {@link TrustOptions.checksums}. */
  readonly checksums?: ChecksumPolicy | undefined;
  /** Whether signatures are checked. Default: that of {@link TrustOptions.signatures}. */
  readonly signatures?: SignatureMode | undefined;
  /**
   * Fingerprints (40 or 64 hex digits; spaces are ignored) of the only keys that may sign these groups. They replace the trust model.
   * Default: none; the trust model decides.
   */
  readonly signers?: readonly string[] | undefined;
  /** How to treat signatures made with weak algorithms. Default: that of {@link TrustOptions.weak}. */
  readonly weak?: WeakPolicy | undefined;
  /** As {@link TrustOptions.weakUntil}, for these groups. */
  readonly weakUntil?: string | undefined;
}

/** A signed audit of a repository's mirrors. It counts as a witness for the files in its list. */
export interface TrustedAudit {
  /** URL or file of its note; the list of files lies next to it. */
  readonly url: string;
  /** Key that verifies its signature, `NAME+ID+BASE64`, as the maker of the audit publishes it. */
  readonly key: string;
  /** Organization that made it. A quorum counts operators: an audit and a mirror of the same operator are one witness. */
  readonly operator: string;
  /** For how many days after its end it counts, 1 to 90. Default: 7. */
  readonly maxAgeDays?: number | undefined;
}

/** Sets which proofs files need, and whose signatures count. */
export interface TrustOptions {
  /**
   * Minimum level of every file. Default: `transport` from the canonical operator or a trusted mirror, `origin` or stronger from any other
   * mirror. `signed` checks signatures, and refuses files without an accepted one unless they are pinned.
   */
  readonly level?: TrustLevel | undefined;
  /** How to treat a missing checksum; a wrong one always fails. Default: `fail`. */
  readonly checksums?: ChecksumPolicy | undefined;
  /**
   * Number of independent operators that must publish the same checksum, 2 to 16, for every file without a stronger proof. Setting it
   * raises {@link TrustOptions.level} to `quorum`. Default: no such minimum; 2 where the policy itself requires a quorum.
   */
  readonly quorum?: number | undefined;
  /** Whether to accept an untrusted mirror's own checksum if no other can be reached. Default: false. */
  readonly acceptMirrorChecksums?: boolean | undefined;
  /**
   * Which downloads are compared, by `.sha1`, with files of the same name in later repositories; a difference causes the warning
   * `dependency-confusion`. `public`: files from Central and Clojars, where an attacker may have taken a private name. `all`: every file,
   * which reveals the names of files in earlier repositories to each later one. `off`: none. Central is never compared with Clojars, and
   * pinned files never are. Default: `public`.
   */
  readonly compareRepositories?: ComparisonMode | undefined;
  /** Whether signatures are checked. Default: `off`. */
  readonly signatures?: SignatureMode | undefined;
  /** The trust model. Default: `key-map` if {@link TrustOptions.keyMaps} are given, otherwise `web-of-trust`. */
  readonly model?: TrustModelName | undefined;
  /**
   * Paths of GnuPG homes, keyboxes, key files, or folders of key files. Default: the key store of `clojars-fetch keys`, and GnuPG's home.
   */
  readonly keyrings?: readonly string[] | undefined;
  /**
   * How to treat signatures made with weak algorithms (SHA-1, MD5, DSA-1024, …). Default: `warn`, or `accept` if {@link
   * TrustOptions.weakUntil} is given.
   */
  readonly weak?: WeakPolicy | undefined;
  /** ISO 8601 date or time: with `accept`, weak signatures made after it are not accepted. Default: no end. */
  readonly weakUntil?: string | undefined;
  /** Limits of the trust model `web-of-trust`. */
  readonly webOfTrust?: WebOfTrustOptions | undefined;
  /**
   * Files that list which keys may sign which groups: pgpverify's keysMap, Gradle's verification-metadata.xml or our JSON. Default: none.
   */
  readonly keyMaps?: readonly string[] | undefined;
  /**
   * URLs or folders in the layout of a repository that contain only `.asc` files. They are asked if the repository has no good signature.
   * Default: none.
   */
  readonly signatureStores?: readonly string[] | undefined;
  /** Changes of signers to accept: maps `group:artifact` to the new fingerprint, or `none`. Default: none. */
  readonly acceptSigners?: Readonly<Record<string, string>> | undefined;
  /** Trusted-checksum files, with lines as written by sha256sum; relative paths start at the working folder. Default: none. */
  readonly trustedChecksums?: readonly string[] | undefined;
  /**
   * Signed audits that may be witnesses of a quorum, and whose findings decide which mirrors are asked last. Their notes are fetched at most
   * once an hour; a list is fetched when a quorum first needs it. Default: none.
   */
  readonly audits?: readonly TrustedAudit[] | undefined;
  /** Policies for some groups. Default: none. */
  readonly rules?: readonly TrustRule[] | undefined;
}

/**
 * Sets how a client finds, fetches and checks files. An omitted option comes from the environment (`CLOJARS_FETCH_*`), the configuration
 * file, or settings.xml, in this order, and otherwise has the default given here.
 */
export interface ClientOptions {
  /** Repositories, in the order to ask. They replace the default ones, `central` and `clojars`. */
  readonly repositories?: readonly RepositoryOptions[] | undefined;
  /**
   * Extra repositories, asked after the configured ones. An entry with the id of a built-in repository replaces it; an entry with the id of
   * a configured repository is ignored. Used for the repositories that a build file declares. Default: none.
   */
  readonly moreRepositories?: readonly RepositoryOptions[] | undefined;
  /** Additional mirrors, by repository id. Default: none. */
  readonly mirrors?: Readonly<Record<string, readonly (string | MirrorOptions)[]>> | undefined;
  /** File or URL of a mirror list. It is unsigned, so its mirrors are untrusted and are not witnesses of a quorum. Default: none. */
  readonly mirrorList?: string | undefined;
  /** Folder of the local repository. Default: settings.xml's `localRepository`, otherwise `~/.m2/repository`. */
  readonly localRepository?: string | undefined;
  /** Use only the local repository and send no requests. Default: false. */
  readonly offline?: boolean | undefined;
  /** The proofs that files need. Default: see {@link TrustOptions}. */
  readonly trust?: TrustOptions | undefined;
  /** Trusted-checksum files in addition to those of `trust`. Default: none. */
  readonly trustedChecksums?: readonly string[] | undefined;
  /**
   * Path of a lockfile; relative paths start at the working folder. Its checksums are pins for every verb. Default: none, or
   * `clojars-fetch.lock` in the working folder if {@link ClientOptions.frozen} is true.
   */
  readonly lockfile?: string | undefined;
  /** Refuse files that are not in the lockfile, take versions from it, and fetch no metadata. Default: false. */
  readonly frozen?: boolean | undefined;
  /** Time limit for a whole operation, in milliseconds, 1 to 86,400,000. Default: 300,000. */
  readonly timeoutMs?: number | undefined;
  /**
   * How long to wait for the first byte of an answer before the next mirror is asked, in milliseconds, 1 to 86,400,000. If there is no
   * other mirror, the last one may take until the deadline. Default: 5,000.
   */
  readonly firstByteTimeoutMs?: number | undefined;
  /** HTTP/1.1 connections per host, 1 to 1,000. Default: 48. */
  readonly concurrency?: number | undefined;
  /** Maximum size of an artifact in bytes, 1 to 2^40; a larger one fails with the outcome `too-large`. Default: 4 GiB. */
  readonly artifactMaxBytes?: number | undefined;
  /**
   * Names of environment variables that POMs may read as `${env.NAME}`, in addition to `JAVA_HOME`. Default: none, because in a version the
   * value becomes part of a URL.
   */
  readonly pomEnvironment?: readonly string[] | undefined;
  /** Maps group patterns to repository ids: for those groups, only that repository is asked. Default: none. */
  readonly repoFor?: Readonly<Record<string, string>> | undefined;
  /**
   * Names to record in `_remote.repositories`, by repository id: the names that the build tool gives its repositories (Boot calls Central
   * `maven-central`). Unknown ids are ignored. Default: the repository's id, or that of the settings.xml mirror that covers it, as in
   * Maven.
   */
  readonly trackingIds?: Readonly<Record<string, string>> | undefined;
  /** Hosts (`host` or `host:port`) with which plain `http:` is allowed, in addition to this machine. Default: none. */
  readonly allowHttp?: readonly string[] | undefined;
  /** Additional certificate authorities: PEM text, or files that contain it. Default: none. */
  readonly ca?: string | readonly string[] | undefined;
  /** Proxy for all requests, `http[s]://[user:secret@]host:port`. Default: settings.xml's proxies, otherwise the environment's. */
  readonly proxy?: string | undefined;
  /** Hash files of the local repository again, even if the verification cache knows them. Default: false. */
  readonly paranoid?: boolean | undefined;
  /** Receives progress events. Errors that it throws are ignored. */
  readonly onEvent?: EventListener | undefined;
  /** Aborts every operation with `ERR_ABORTED`; the signal's reason is the `cause`. */
  readonly signal?: AbortSignal | undefined;
  /**
   * `false` reads no settings.xml, and no configuration file except an explicit `configurationFile`. A path is read instead of
   * `~/.m2/settings.xml`. Default: `~/.m2/settings.xml`.
   */
  readonly settings?: false | string | undefined;
  /**
   * Path of the configuration file. Default: `CLOJARS_FETCH_CONFIG`, otherwise `clojars-fetch/config.json` in the XDG configuration folder.
   */
  readonly configurationFile?: string | undefined;
  /** Folder for mirror health and the verification cache. Default: `clojars-fetch` in the XDG cache folder. */
  readonly cacheFolder?: string | undefined;
  /** Folder for the first-seen record, the signers of artifacts, and high-water marks. Default: `clojars-fetch` in the XDG state folder. */
  readonly stateFolder?: string | undefined;
}
