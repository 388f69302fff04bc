import type { ComparisonMode } from '../../network/mirrors/comparison.js';
import type { Mirror, Repository } from '../../network/mirrors/repository.js';
import type { SignatureMode, TrustModelName, WeakPolicy } from '../../proof/signature-policy.js';
import type { ChecksumPolicy, TrustLevel, TrustRule, WebOfTrustOptions } from './client-options.js';
import type { ProxyAddress } from './proxy.js';
import type { ProxySetting } from './settings-xml/settings-xml.js';
import type { ValueSource } from './sources.js';

/** The proof that files must have, with every default filled in. */
export interface EffectiveTrust {
  /** Minimum level; null is the default policy (`transport` from the canonical operator or a trusted mirror, else `origin`). */
  readonly level: TrustLevel | null;
  readonly checksums: ChecksumPolicy;
  readonly quorum: number;
  readonly acceptMirrorChecksums: boolean;
  readonly compareRepositories: ComparisonMode;
  /** Absolute paths. */
  readonly trustedChecksums: readonly string[];
  readonly signatures: SignatureMode;
  readonly model: TrustModelName;
  /** Absolute paths; null is the default: our own key store and GnuPG's home. */
  readonly keyrings: readonly string[] | null;
  readonly weak: WeakPolicy;
  /** Milliseconds since 1970; null sets no end. */
  readonly weakUntilMs: number | null;
  readonly webOfTrust: Required<WebOfTrustOptions>;
  /** Absolute paths. */
  readonly keyMaps: readonly string[];
  /** Asked in this order, like untrusted mirrors. */
  readonly signatureStores: readonly Mirror[];
  /** `group:artifact` to a fingerprint. */
  readonly acceptSigners: Readonly<Record<string, string>>;
  readonly rules: readonly TrustRule[];
  readonly audits: readonly AuditSource[];
}

/** A signed audit that the user trusts. */
export interface AuditSource {
  /** The folder of its note and its list, with the operator of the audit. */
  readonly folder: Mirror;
  /** Name of the note in that folder. */
  readonly name: string;
  readonly operator: string;
  /** The key that verifies its signature, `NAME+ID+BASE64`. */
  readonly key: string;
  /** For how long after its end it counts, in milliseconds. */
  readonly maxAgeMs: number;
  /** The setting, for errors. */
  readonly where: string;
}

export interface EffectiveConfiguration {
  /** In the order to ask them. */
  readonly repositories: readonly Repository[];
  /** Absolute path. */
  readonly localRepository: string;
  readonly cacheFolder: string;
  readonly stateFolder: string;
  readonly offline: boolean;
  readonly paranoid: boolean;
  /** Absolute path of the lockfile in effect, null without one. */
  readonly lockfile: string | null;
  /** Whether only files in the lockfile are allowed. */
  readonly frozen: boolean;
  readonly timeoutMs: number;
  readonly firstByteTimeoutMs: number;
  readonly concurrency: number;
  readonly artifactMaxBytes: number;
  /** Environment variables that POMs may read, besides JAVA_HOME. */
  readonly pomEnvironment: readonly string[];
  readonly trust: EffectiveTrust;
  /** Group pattern to repository id. */
  readonly repoFor: ReadonlyMap<string, string>;
  readonly allowHttp: readonly string[];
  /** PEM text of additional certificate authorities. */
  readonly ca: readonly string[];
  /** Proxies of our own configuration, else of settings.xml; empty if neither names one. */
  readonly proxies: readonly ProxySetting[];
  /** Chooses the proxy for a URL; null without such proxies, which leaves the choice to the environment. */
  readonly proxyFor: ((url: URL) => ProxyAddress | null) | null;
  /** Warnings for the user. */
  readonly warnings: readonly string[];
  /** Where each value came from, by option name (`trust.level`). */
  readonly sources: Readonly<Record<string, ValueSource>>;
}

/** The settings that every request needs. */
export type NetworkSettings = Pick<EffectiveConfiguration, 'allowHttp' | 'ca' | 'proxyFor' | 'cacheFolder'>;
