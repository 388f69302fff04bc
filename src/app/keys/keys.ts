/** The contract of the user's keys: what can be done with them, and with which options. */
import type { ClientOptions } from '../../local/settings/client-options.js';
import type { Ownertrust } from '../../proof/openpgp/certificate/certificate-source.js';
import type { TrustExplanation } from '../../proof/openpgp/web-of-trust/explain-trust.js';
import type { KeyDescription } from './describe-key.js';

/** Options of `openKeys`. Only those client options that concern keys, the network and settings files apply. */
export interface KeysOptions extends ClientOptions {
  /** Folder of the key store. Default: `keys` in the user's configuration folder. */
  readonly keyStoreFolder?: string | undefined;
  /** Files in the format of `gpg --export-ownertrust`. They override ownertrust from anywhere else. */
  readonly ownertrustFiles?: readonly string[] | undefined;
}

/** A key that was imported into the key store. */
export interface ImportedKey {
  /** Fingerprint of the primary key: upper-case hex, 40 digits (version 4) or 64 (version 6). */
  readonly fingerprint: string;
  /** `changed`: the store had the key, and gained new parts of it. */
  readonly outcome: 'new' | 'changed' | 'unchanged';
  /** As the key has them: unchecked, and NOT escaped. */
  readonly userIds: readonly string[];
  /** The file, URL or `source N` that the key came from. */
  readonly source: string;
  /** Whether the source also held the secret key, which is never stored. */
  readonly hadSecrets: boolean;
}

/** Keys that were found on the network and imported. */
export interface FetchedKeys {
  /** Where the keys came from. */
  readonly url: string;
  readonly keys: readonly ImportedKey[];
}

/** Options of {@link Keys.fetch}. */
export interface FetchOptions {
  /** `https://…` or `hkps://…`: asks this key server only. Default: keys.openpgp.org, and for an address its Web Key Directory first. */
  readonly keyServer?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The user's keys. Every method may throw `ERR_CONFIG` (unreadable settings or keyrings), `ERR_LIMIT` (settings or keyrings
 * that are too large), `ERR_UNREACHABLE` (`timeout`: not done within `timeoutMs`) and `ERR_ABORTED`.
 */
export interface Keys {
  /** The folder that imported keys and ownertrust are written to. */
  readonly storeFolder: string;
  /** Lists the keys of all keyrings, each once, in the order of the keyrings. */
  list(): Promise<readonly KeyDescription[]>;
  /**
   * Returns the keys with this fingerprint or key ID (a subkey's as well), or with this text in a user ID, ignoring case.
   * @throws ClojarsFetchError `ERR_NOT_FOUND` if no key matches
   */
  show(what: string): Promise<readonly KeyDescription[]>;
  /**
   * Imports keys from files (paths) or bytes, armored or binary, into the key store. An import adds to stored keys and never removes parts of
   * them. Only the public part of a secret key is stored.
   * @throws ClojarsFetchError `ERR_NOT_FOUND` if a source holds no key; `ERR_LOCAL_REPOSITORY` if the store cannot be written
   */
  import(sources: readonly (string | Uint8Array)[]): Promise<readonly ImportedKey[]>;
  /**
   * Records in the key store how far a key's owner is trusted to certify other keys. This overrides GnuPG's ownertrust;
   * `unknown` removes the record. Ownertrust does not make the key itself valid, except `ultimate`, meant for your own keys.
   * @param fingerprint the whole fingerprint of the primary key, since key IDs can be forged
   * @throws ClojarsFetchError `ERR_NOT_FOUND` if no keyring has the key
   */
  trust(fingerprint: string, ownertrust: Ownertrust): Promise<KeyDescription>;
  /** Removes a key and its ownertrust from the key store. Returns false if the store did not have it. */
  remove(fingerprint: string): Promise<boolean>;
  /**
   * Looks up a fingerprint, key ID or address on the network, and imports the keys found.
   * @throws ClojarsFetchError `ERR_NOT_FOUND`, `ERR_UNREACHABLE`, `ERR_OFFLINE`, `ERR_ABORTED`
   */
  fetch(what: string, options?: FetchOptions): Promise<FetchedKeys>;
  /**
   * Explains which chains of certifications make a key valid, or what is missing.
   * @throws ClojarsFetchError `ERR_NOT_FOUND` if no keyring has the key
   */
  explain(fingerprint: string): Promise<TrustExplanation>;
  /**
   * Explains what to do so that signatures by newly imported keys count under the trust model in effect: sentences for a person, with
   * commands. Empty if every key in the keyrings counts, or if the user has a key of their own to certify with.
   */
  advise(fingerprints: readonly string[]): Promise<readonly string[]>;
}
