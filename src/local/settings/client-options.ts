/** The options of `createClient()` and of every verb, as the public API has them. */
import type { EventListener } from '../../base/event.js';
import type { ChecksumPolicy, ComparisonMode, SignatureMode, TrustLevel, TrustModelName, WeakPolicy } from '../../base/words.js';
import type { MirrorOptions, RepositoryOptions } from '../../network/mirrors/repository-options.js';

export type { ChecksumPolicy, TrustLevel };

/** GnuPG's options of the same names: how many certifications make a key valid, and how far they reach. */
export interface WebOfTrustOptions {
  /** Fully trusted introducers needed, 1 to 100. Default 1. */
  readonly completes?: number | undefined;
  /** Marginally trusted introducers needed, 2 to 100. Default 3. */
  readonly marginals?: number | undefined;
  /** Longest chain of certifications, 1 to 255. Default 5. */
  readonly depth?: number | undefined;
}

/** A stricter or laxer policy for some groups; the closest pattern decides. */
export interface TrustRule {
  /** `org.clojure`, `org.clojure.*` (every group beneath it) or `*`. */
  readonly group: string;
  /** Minimum level. Default: that of {@link TrustOptions.level}. */
  readonly level?: TrustLevel | undefined;
  /** Default: that of {@link TrustOptions.checksums}. */
  readonly checksums?: ChecksumPolicy | undefined;
  /** Default: that of {@link TrustOptions.signatures}. */
  readonly signatures?: SignatureMode | undefined;
  /** Fingerprints (40 or 64 hex digits; spaces are ignored) of the only keys that may sign these groups. The trust model is then not asked. */
  readonly signers?: readonly string[] | undefined;
  /** Default: that of {@link TrustOptions.weak}. */
  readonly weak?: WeakPolicy | undefined;
  /** As {@link TrustOptions.weakUntil}, for these groups. */
  readonly weakUntil?: string | undefined;
}

/** The proof that a file must have. */
export interface TrustOptions {
  /**
   * Minimum level for every file. Default: `transport` from the canonical operator or a trusted mirror, `origin` or
   * stronger from any other mirror. `signed` checks signatures, and refuses files without an accepted one unless they are pinned.
   */
  readonly level?: TrustLevel | undefined;
  /** Default `fail`. */
  readonly checksums?: ChecksumPolicy | undefined;
  /**
   * Independent operators that must publish the same checksum, 2 to 16, for every file without a stronger proof. Setting
   * it raises {@link TrustOptions.level} to `quorum`. Default: no such minimum, and 2 where the policy asks for a quorum.
   */
  readonly quorum?: number | undefined;
  /** Accept an untrusted mirror's own checksum if no other can be reached. Default false. */
  readonly acceptMirrorChecksums?: boolean | undefined;
  /**
   * Which downloads are compared with files of the same name in later repositories, by their `.sha1`; a difference is
   * the warning `dependency-confusion`. `public`: files from Central and Clojars, where a stranger may take a private
   * name; `all`: every file, which tells each later repository the names of files in earlier ones; `off`: none. Central
   * is never compared with Clojars, and pinned files never are. Default `public`.
   */
  readonly compareRepositories?: ComparisonMode | undefined;
  /** Default `off`. */
  readonly signatures?: SignatureMode | undefined;
  /** Default `key-map` if {@link TrustOptions.keyMaps} are given, else `web-of-trust`. */
  readonly model?: TrustModelName | undefined;
  /** GnuPG homes, keyboxes, files of keys, folders of them. Default: the key store of `clojars-fetch keys`, and GnuPG's home. */
  readonly keyrings?: readonly string[] | undefined;
  /**
   * How to treat signatures made with weak algorithms (SHA-1, MD5, DSA-1024, …). Default `warn`, or `accept` if
   * {@link TrustOptions.weakUntil} is given.
   */
  readonly weak?: WeakPolicy | undefined;
  /** ISO 8601 date or time: with `accept`, weak signatures made after it are not accepted. */
  readonly weakUntil?: string | undefined;
  readonly webOfTrust?: WebOfTrustOptions | undefined;
  /** Files of group patterns and the keys that may sign them: pgpverify's keysMap or Gradle's verification-metadata.xml. */
  readonly keyMaps?: readonly string[] | undefined;
  /** URLs or folders laid out as a repository that hold `.asc` files only: signatures made after the fact. Asked after the repository. */
  readonly signatureStores?: readonly string[] | undefined;
  /** Signers to accept from now on although they changed: `group:artifact` to a fingerprint. */
  readonly acceptSigners?: Readonly<Record<string, string>> | undefined;
  /** Trusted-checksum files, lines as sha256sum writes them; relative paths start at the working folder. */
  readonly trustedChecksums?: readonly string[] | undefined;
  /** Policies for some groups. */
  readonly rules?: readonly TrustRule[] | undefined;
}

/**
 * How a client finds, fetches and checks files. Options left out come from the environment (`CLOJARS_FETCH_*`),
 * then our configuration file, then settings.xml, then the defaults given here.
 */
export interface ClientOptions {
  /** Replaces the default repositories, `central` then `clojars`. Asked in this order. */
  readonly repositories?: readonly RepositoryOptions[] | undefined;
  /**
   * Extra repositories, asked after the configured ones. An entry with the id of a built-in repository replaces it; an
   * entry with the id of a configured repository is ignored. Used for the repositories that a build file declares.
   */
  readonly moreRepositories?: readonly RepositoryOptions[] | undefined;
  /** More mirrors, by repository id. */
  readonly mirrors?: Readonly<Record<string, readonly (string | MirrorOptions)[]>> | undefined;
  /** File or URL of a mirror list. It is unsigned, so its mirrors are untrusted and are not witnesses of a quorum. */
  readonly mirrorList?: string | undefined;
  /** Folder. Default: settings.xml's `localRepository`, else `~/.m2/repository`. */
  readonly localRepository?: string | undefined;
  /** Use the local repository and send no requests. Default false. */
  readonly offline?: boolean | undefined;
  /** The proof that a file must have. */
  readonly trust?: TrustOptions | undefined;
  /** More trusted-checksum files, in addition to those of `trust`. */
  readonly trustedChecksums?: readonly string[] | undefined;
  /**
   * A lockfile. Its checksums are pins for every verb. Relative paths start at the working folder. Default: none, or
   * `clojars-fetch.lock` of the working folder if {@link ClientOptions.frozen} is true.
   */
  readonly lockfile?: string | undefined;
  /** Refuse files that are not in the lockfile, take the graph from it, and ask for no metadata. Default false. */
  readonly frozen?: boolean | undefined;
  /** Milliseconds for a whole operation, 1 to 86,400,000. Default 300,000. */
  readonly timeoutMs?: number | undefined;
  /**
   * Milliseconds from a request to the first byte of its answer, 1 to 86,400,000; then the next mirror is asked. With no
   * mirror left, one that has answered before has until the deadline, and another one three times as long. Default 5,000.
   */
  readonly firstByteTimeoutMs?: number | undefined;
  /** HTTP/1.1 connections per host, 1 to 1,000. Default 48. */
  readonly concurrency?: number | undefined;
  /** Bytes; a larger artifact is the outcome `too-large`. 1 to 2^40. Default 4 GiB. */
  readonly artifactMaxBytes?: number | undefined;
  /**
   * Names of variables of the environment that POMs may read as `${env.NAME}`, besides `JAVA_HOME`. Default none: in a
   * version, the value becomes part of a URL.
   */
  readonly pomEnvironment?: readonly string[] | undefined;
  /** Group pattern to repository id: only that repository is asked for those groups. */
  readonly repoFor?: Readonly<Record<string, string>> | undefined;
  /**
   * Names to record in `_remote.repositories`, by repository id: the names that the build tool gives its repositories
   * (Boot calls Central `maven-central`). Unknown ids are ignored.
   * Default: the repository's id, or that of the settings.xml mirror that covers it, as Maven does.
   */
  readonly trackingIds?: Readonly<Record<string, string>> | undefined;
  /** Hosts (`host` or `host:port`) that plain `http:` may be used with, besides this machine. */
  readonly allowHttp?: readonly string[] | undefined;
  /** Additional certificate authorities: PEM text, or files that hold it. */
  readonly ca?: string | readonly string[] | undefined;
  /** `http[s]://[user:secret@]host:port` for all requests. Default: settings.xml's proxies, else the environment's. */
  readonly proxy?: string | undefined;
  /** Hash files of the local repository again, even if the verification cache knows them. Default false. */
  readonly paranoid?: boolean | undefined;
  /** Receives progress. Errors that it throws are ignored. */
  readonly onEvent?: EventListener | undefined;
  /** Aborts with `ERR_ABORTED`; the signal's reason is the `cause`. */
  readonly signal?: AbortSignal | undefined;
  /**
   * `false`: read no settings.xml, and no configuration file except an explicit `configurationFile`.
   * A path: read this settings.xml instead of `~/.m2/settings.xml`.
   */
  readonly settings?: false | string | undefined;
  /** Our configuration file. Default: `CLOJARS_FETCH_CONFIG`, else `clojars-fetch/config.json` in the XDG folder. */
  readonly configurationFile?: string | undefined;
  /** Folder for health, circuits, the verification cache. Default: the XDG cache folder's `clojars-fetch`. */
  readonly cacheFolder?: string | undefined;
  /** Folder for the first-seen record and high-water marks. Default: the XDG state folder's `clojars-fetch`. */
  readonly stateFolder?: string | undefined;
}
