/** Lists, imports, fetches, trusts and explains keys, over the keyrings, the key store and the web of trust. */
import { ClojarsFetchError } from '../../base/error.js';
import { escapeForDisplay } from '../../base/escape.js';
import { safeListener } from '../../base/event.js';
import { readCertificates } from '../../local/keyring/certificate-files.js';
import { lookAt, readWhole } from '../../local/keyring/file-state.js';
import { parseFingerprint, parseKeyName } from '../../local/keyring/key-id.js';
import { openKeyStore } from '../../local/keyring/key-store.js';
import { defaultKeyStoreFolder } from '../../local/keyring/key-store-folder.js';
import { fileMaxBytes, limitWarnings } from '../../local/keyring/keyring.js';
import { mergeCertificates } from '../../local/keyring/merge-certificates.js';
import { openKeyrings } from '../../local/keyring/open-keyrings.js';
import type { ClientOptions } from '../../local/settings/client-options.js';
import type { EffectiveConfiguration } from '../../local/settings/configuration.js';
import { loadConfiguration } from '../../local/settings/effective.js';
import { userEnvironment } from '../../local/settings/machine/user-environment.js';
import type { Transport } from '../../network/transport/contract/transport.js';
import type { Certificate } from '../../proof/openpgp/certificate/certificate.js';
import {
  type CertificateBytes,
  type CertificateSource,
  type Ownertrust,
  ownertrusts,
} from '../../proof/openpgp/certificate/certificate-source.js';
import { type CertificateReader, createCertificateReader } from '../../proof/openpgp/certificate/read-certificate.js';
import type { TrustExplanation } from '../../proof/openpgp/web-of-trust/explain-trust.js';
import { createWebOfTrust, type WebOfTrust } from '../../proof/openpgp/web-of-trust/web-of-trust.js';
import { createNetworkTransport } from '../client/network-transport.js';
import { runBounded } from '../client/operation.js';
import { adviseOnKeys, hasOwnKey } from './advice.js';
import { describeKey, type KeyDescription } from './describe-key.js';

/** Options of {@link openKeys}. Only those client options that concern keys, the network and settings files apply. */
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

/** Parts that tests replace. */
export interface KeysTuning {
  readonly transport?: Transport | undefined;
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  readonly homeFolder?: string | undefined;
  /** Milliseconds since 1970. */
  readonly now?: (() => number) | undefined;
  readonly defaultKeyServer?: string | undefined;
}

/** Opens the user's keys. Reads nothing before the first call, and uses the network only in {@link Keys.fetch}. */
export function openKeys(options: KeysOptions = {}): Keys {
  return openKeysWith(options);
}

/** The keyrings as they are now, ready for one query. */
interface OpenKeyrings {
  readonly configuration: EffectiveConfiguration;
  readonly source: CertificateSource;
  readonly read: CertificateReader;
  readonly web: WebOfTrust;
}

/** Does as {@link openKeys}, with the caller's environment, clock and transport. For tests; not exported by the package. */
export function openKeysWith(options: KeysOptions, tuning: KeysTuning = {}): Keys {
  const commands = new KeyCommands(options, tuning);
  return {
    storeFolder: commands.storeFolder,
    list: () => commands.list(),
    show: (what) => commands.show(what),
    import: (sources) => commands.import(sources),
    trust: (fingerprint, ownertrust) => commands.trust(fingerprint, ownertrust),
    remove: (fingerprint) => commands.remove(fingerprint),
    fetch: (what, fetchOptions) => commands.fetch(what, fetchOptions),
    explain: (fingerprint) => commands.explain(fingerprint),
    advise: (fingerprints) => commands.advise(fingerprints),
  };
}

class KeyCommands implements Keys {
  readonly storeFolder: string;
  readonly #options: KeysOptions;
  readonly #tuning: KeysTuning;
  readonly #env: Readonly<Record<string, string | undefined>>;
  readonly #homeFolder: string;
  readonly #now: () => number;
  readonly #store: ReturnType<typeof openKeyStore>;
  #configuration: Promise<EffectiveConfiguration> | null = null;

  constructor(options: KeysOptions, tuning: KeysTuning) {
    this.#options = options;
    this.#tuning = tuning;
    const user = userEnvironment();
    this.#env = tuning.env ?? user.env;
    this.#homeFolder = tuning.homeFolder ?? user.homeFolder;
    this.#now = tuning.now ?? Date.now;
    this.storeFolder = options.keyStoreFolder ?? defaultKeyStoreFolder(this.#env, process.platform, this.#homeFolder);
    this.#store = openKeyStore(this.storeFolder);
  }

  list(): Promise<readonly KeyDescription[]> {
    return this.#bounded('the list of keys', [], async () => {
      const keyrings = await this.#open();
      return this.#describe(keyrings, await collect(keyrings.source), { validities: await keyrings.web.all() });
    });
  }

  show(what: string): Promise<readonly KeyDescription[]> {
    return this.#bounded(escapeForDisplay(what), [], async () => {
      const keyrings = await this.#open();
      const name = parseKeyName(what);
      const described =
        name === null
          ? (await this.#describe(keyrings, await collect(keyrings.source))).filter((key) => hasUserId(key, what))
          : await this.#describe(keyrings, await keyrings.source.find(name));
      if (described.length === 0) throw absent(what);
      return described;
    });
  }

  import(sources: readonly (string | Uint8Array)[]): Promise<readonly ImportedKey[]> {
    return this.#bounded('the import of keys', [], async (signal) => {
      const imported: ImportedKey[] = [];
      for (const [index, one] of sources.entries()) {
        const source = typeof one === 'string' ? one : `source ${index + 1}`;
        const ofSource = await this.#importBytes(typeof one === 'string' ? await readKeyFile(one) : one, source, signal);
        if (ofSource.length === 0)
          throw new ClojarsFetchError('ERR_NOT_FOUND', {
            reason: 'absent',
            message: `${source} holds no public key that can be imported`,
            hint: "Export keys with 'gpg --armor --export NAME'.",
          });
        imported.push(...ofSource);
      }
      return imported;
    });
  }

  async trust(text: string, ownertrust: Ownertrust): Promise<KeyDescription> {
    const fingerprint = wholeFingerprint(text);
    return this.#bounded(fingerprint, [], (signal) => this.#trust(fingerprint, ownertrust, signal));
  }

  async #trust(fingerprint: string, ownertrust: Ownertrust, signal: AbortSignal): Promise<KeyDescription> {
    if (!ownertrusts.includes(ownertrust))
      throw new ClojarsFetchError('ERR_CONFIG', {
        reason: 'bad-value',
        message: `'${String(ownertrust)}' is not an ownertrust`,
        hint: `Give one of ${ownertrusts.join(', ')}.`,
      });
    const before = await this.#open();
    const [known] = await this.#describe(before, await before.source.find(fingerprint));
    if (known?.fingerprint !== fingerprint) throw absent(fingerprint);
    await this.#store.setOwnertrust(fingerprint, ownertrust, signal);
    const after = await this.#open();
    const [described] = await this.#describe(after, await after.source.find(fingerprint));
    const inEffect = (await after.source.ownertrust()).get(fingerprint) ?? 'unknown';
    if (inEffect !== ownertrust)
      this.#warn(
        `the ownertrust in effect is '${inEffect}': ${ownertrust === 'unknown' ? 'another keyring says so' : `${this.storeFolder} is not among the keyrings in use, or another statement comes before`}`,
      );
    return described ?? known;
  }

  async remove(fingerprint: string): Promise<boolean> {
    const whole = wholeFingerprint(fingerprint);
    return this.#bounded(whole, [], (signal) => this.#store.remove(whole, signal));
  }

  async fetch(what: string, { keyServer, signal }: FetchOptions = {}): Promise<FetchedKeys> {
    const [{ fetchCertificates }, { defaultKeyServer, parseKeyServer }] = await Promise.all([
      import('./fetch-keys.js'),
      import('./key-server.js'),
    ]);
    const server = keyServer === undefined ? null : parseKeyServer(keyServer);
    const configuration = await this.#configure();
    if (configuration.offline)
      throw new ClojarsFetchError('ERR_OFFLINE', {
        reason: 'absent',
        coordinate: what,
        message: `the key ${escapeForDisplay(what)} was not looked up, because of --offline`,
        hint: 'Leave out --offline.',
      });
    const readCertificate = createCertificateReader(this.#now());
    return this.#bounded(what, [signal], async (combined) => {
      const transport = this.#tuning.transport ?? (await createNetworkTransport(configuration, this.#env));
      try {
        const { certificates, url } = await fetchCertificates({
          what,
          keyServer: server,
          defaultKeyServer: parseKeyServer(this.#tuning.defaultKeyServer ?? defaultKeyServer),
          transport,
          readCertificate,
          warn: (message) => this.#warn(message),
          signal: combined,
        });
        const keys: ImportedKey[] = [];
        for (const { bytes } of certificates) keys.push(...(await this.#importBytes(bytes, `${url.origin}${url.pathname}`, combined)));
        return { url: url.href, keys };
      } finally {
        if (this.#tuning.transport === undefined) await transport.close();
      }
    });
  }

  async explain(text: string): Promise<TrustExplanation> {
    const fingerprint = wholeFingerprint(text);
    return this.#bounded(fingerprint, [], async () => {
      const { web } = await this.#open();
      const explanation = await web.explain(fingerprint);
      if (explanation === null) throw absent(fingerprint);
      return explanation;
    });
  }

  advise(fingerprints: readonly string[]): Promise<readonly string[]> {
    return this.#bounded('the advice on keys', [], async () => {
      const { configuration, source } = await this.#open();
      const { model } = configuration.trust;
      const untrusted = fingerprints.map((fingerprint) => ({ fingerprint: wholeFingerprint(fingerprint) }));
      if (model === 'web-of-trust' && (await hasOwnKey(source))) return [];
      return adviseOnKeys({ model, hasOwnKey: false, untrusted, missing: [] });
    });
  }

  /** Runs one call until it ends, its time is up or a signal aborts: another process may hold the store's lock, and gpg may hang. */
  async #bounded<T>(subject: string, signals: readonly (AbortSignal | undefined)[], work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { timeoutMs } = await this.#configure();
    const given = [this.#options.signal, ...signals].filter((one) => one !== undefined);
    return runBounded(subject, given, timeoutMs, work);
  }

  #configure(): Promise<EffectiveConfiguration> {
    const { keyStoreFolder: _keyStoreFolder, ownertrustFiles: _ownertrustFiles, ...options } = this.#options;
    return (this.#configuration ??= loadConfiguration({ options, env: this.#env, homeFolder: this.#homeFolder }));
  }

  /** Opens the keyrings again for each query, so that it sees every change. */
  async #open(): Promise<OpenKeyrings> {
    const configuration = await this.#configure();
    const { keyrings, webOfTrust } = configuration.trust;
    const source = await openKeyrings({
      keyrings: keyrings ?? undefined,
      keyStoreFolder: this.storeFolder,
      ownertrustFiles: this.#options.ownertrustFiles,
      env: this.#env,
      homeFolder: this.#homeFolder,
      warn: (message) => this.#warn(message),
    });
    const atMs = this.#now();
    const read = createCertificateReader(atMs, (id) => source.find(id));
    return { configuration, source, read, web: createWebOfTrust({ source, readCertificate: read, atMs, ...webOfTrust }) };
  }

  /** Describes each key once. Computes the validities that are not given. */
  async #describe(
    { read, web }: OpenKeyrings,
    certificates: Iterable<CertificateBytes>,
    { validities = [] }: { readonly validities?: Awaited<ReturnType<WebOfTrust['all']>> } = {},
  ): Promise<KeyDescription[]> {
    const copies = new Map<string, CertificateBytes[]>();
    for (const bytes of certificates) {
      const certificate = await read(bytes);
      if (certificate === null) this.#warn(`a key in ${bytes.source} cannot be used: it is damaged or of a kind that is not known`);
      else copies.set(certificate.fingerprint, [...(copies.get(certificate.fingerprint) ?? []), bytes]);
    }
    const known = new Map(validities.map((validity) => [validity.fingerprint, validity]));
    const described: KeyDescription[] = [];
    for (const [fingerprint, ofKey] of copies) {
      const certificate = await readMerged(read, ofKey);
      const validity = known.get(fingerprint) ?? (await web.validity(fingerprint));
      const sources = ofKey.map(({ source }) => source);
      if (certificate !== null) described.push(describeKey(certificate, validity, sources));
    }
    return described;
  }

  async #importBytes(bytes: Uint8Array, source: string, signal: AbortSignal): Promise<ImportedKey[]> {
    const found = readCertificates(
      bytes,
      source,
      limitWarnings((message) => this.#warn(message)),
    );
    if (found.some(({ hadSecrets }) => hadSecrets))
      this.#warn(
        `${source} holds SECRET keys. They were NOT stored, only their public part was; keep secret keys in GnuPG, and do not leave this file lying about`,
      );
    const imported: ImportedKey[] = [];
    const read = createCertificateReader(this.#now());
    for (const { bytes: certificate, fingerprints, hadSecrets } of found) {
      const [fingerprint] = fingerprints;
      const certified = await read({ bytes: certificate, source });
      if (certified === null) {
        this.#warn(
          `the key ${fingerprint} in ${source} cannot be used, and was not imported: it is damaged or of a kind that is not known`,
        );
        continue;
      }
      const outcome = await this.#store.add(certificate, signal);
      imported.push({ fingerprint, outcome, userIds: certified.userIds.map(({ text }) => text), source, hadSecrets });
    }
    return imported;
  }

  #warn(message: string): void {
    safeListener(this.#options.onEvent)({ type: 'warning', warning: 'keys', message: escapeForDisplay(message, 1000) });
  }
}

function hasUserId({ userIds }: KeyDescription, part: string): boolean {
  return userIds.some(({ text }) => text.toLowerCase().includes(part.toLowerCase()));
}

async function readKeyFile(path: string): Promise<Uint8Array> {
  if ((await lookAt(path))?.kind === 'file') return readWhole(path, fileMaxBytes);
  throw new ClojarsFetchError('ERR_CONFIG', {
    reason: 'unreadable',
    path,
    message: `${path} is not a file`,
    hint: 'Name files of public keys, armored or binary.',
  });
}

async function collect(source: CertificateSource): Promise<readonly CertificateBytes[]> {
  const all: CertificateBytes[] = [];
  for await (const one of source.all()) all.push(one);
  return all;
}

/** Merges the copies of a key from all keyrings, so that a revocation in any of them counts. */
async function readMerged(read: CertificateReader, copies: readonly CertificateBytes[]): Promise<Certificate | null> {
  const [first, ...others] = copies;
  if (first === undefined) return null;
  return read({ bytes: others.reduce((merged, { bytes }) => mergeCertificates(merged, bytes), first.bytes), source: first.source });
}

function wholeFingerprint(text: string): string {
  const fingerprint = parseFingerprint(text);
  if (fingerprint !== null) return fingerprint;
  throw new ClojarsFetchError('ERR_CONFIG', {
    reason: 'bad-value',
    message: `'${escapeForDisplay(text)}' is not a fingerprint`,
    hint: "Give all 40 or 64 hex digits, as 'clojars-fetch keys list' shows them. A key ID can belong to several keys.",
  });
}

function absent(what: string): ClojarsFetchError {
  return new ClojarsFetchError('ERR_NOT_FOUND', {
    reason: 'absent',
    coordinate: what,
    message: `no keyring has the key ${escapeForDisplay(what)}`,
    hint: "Import it with 'clojars-fetch keys import FILE', or look it up with 'clojars-fetch keys fetch FINGERPRINT'.",
  });
}
