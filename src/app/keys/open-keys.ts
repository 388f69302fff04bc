/** Lists, imports, fetches, trusts and explains keys, over the keyrings, the key store and the web of trust. */
import { ClojarsFetchError } from '../../base/error.js';
import { escapeForDisplay } from '../../base/escape.js';
import { safeListener } from '../../base/event.js';
import { isShortKeyId, parseFingerprint, parseKeyName } from '../../local/keyring/key-id.js';
import { type KeyStore, openKeyStore } from '../../local/keyring/key-store.js';
import { defaultKeyStoreFolder } from '../../local/keyring/key-store-folder.js';
import { openKeyrings } from '../../local/keyring/open-keyrings.js';
import type { EffectiveConfiguration } from '../../local/settings/configuration.js';
import { loadConfiguration } from '../../local/settings/effective.js';
import { userEnvironment } from '../../local/settings/machine/user-environment.js';
import type { Transport } from '../../network/transport/contract/transport.js';
import { type Ownertrust, ownertrusts } from '../../proof/openpgp/certificate/certificate-source.js';
import { createCertificateReader } from '../../proof/openpgp/certificate/read-certificate.js';
import type { TrustExplanation } from '../../proof/openpgp/web-of-trust/explain-trust.js';
import { createWebOfTrust } from '../../proof/openpgp/web-of-trust/web-of-trust.js';
import { createNetworkTransport } from '../client/network-transport.js';
import { runBounded } from '../client/operation.js';
import { adviseOnKeys, hasOwnKey } from './advice.js';
import type { KeyDescription } from './describe-key.js';
import { importBytes, importSource, type KeyImport } from './import-keys.js';
import type { FetchedKeys, FetchOptions, ImportedKey, Keys, KeysOptions } from './keys.js';
import { collect, describeKeys, type OpenKeyrings } from './query-keyrings.js';

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
  readonly #store: KeyStore;
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
      return describeKeys(keyrings, await collect(keyrings.source), { validities: await keyrings.web.all() });
    });
  }

  show(what: string): Promise<readonly KeyDescription[]> {
    return this.#bounded(escapeForDisplay(what), [], async () => {
      const keyrings = await this.#open();
      const name = parseKeyName(what);
      const described =
        name === null
          ? (await describeKeys(keyrings, await collect(keyrings.source))).filter((key) => hasUserId(key, what))
          : await describeKeys(keyrings, await keyrings.source.find(name));
      if (described.length === 0) throw absent(what);
      return described;
    });
  }

  import(sources: readonly (string | Uint8Array)[]): Promise<readonly ImportedKey[]> {
    return this.#bounded('the import of keys', [], async (signal) => {
      const imported: ImportedKey[] = [];
      for (const [index, one] of sources.entries()) imported.push(...(await importSource(one, index + 1, this.#importWith(signal))));
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
    const [known] = await describeKeys(before, await before.source.find(fingerprint));
    if (known?.fingerprint !== fingerprint) throw absent(fingerprint);
    await this.#store.setOwnertrust(fingerprint, ownertrust, signal);
    const after = await this.#open();
    const [described] = await describeKeys(after, await after.source.find(fingerprint));
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
        for (const { bytes } of certificates)
          keys.push(...(await importBytes(bytes, `${url.origin}${url.pathname}`, this.#importWith(combined))));
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
    const warn = (message: string): void => this.#warn(message);
    const source = await openKeyrings({
      keyrings: keyrings ?? undefined,
      keyStoreFolder: this.storeFolder,
      ownertrustFiles: this.#options.ownertrustFiles,
      env: this.#env,
      homeFolder: this.#homeFolder,
      warn,
    });
    const atMs = this.#now();
    const read = createCertificateReader(atMs, (id) => source.find(id));
    return { configuration, source, read, web: createWebOfTrust({ source, readCertificate: read, atMs, ...webOfTrust }), warn };
  }

  #importWith(signal: AbortSignal): KeyImport {
    return { store: this.#store, atMs: this.#now(), warn: (message) => this.#warn(message), signal };
  }

  #warn(message: string): void {
    safeListener(this.#options.onEvent)({ type: 'warning', warning: 'keys', message: escapeForDisplay(message, 1000) });
  }
}

function hasUserId({ userIds }: KeyDescription, part: string): boolean {
  return userIds.some(({ text }) => text.toLowerCase().includes(part.toLowerCase()));
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
    hint: isShortKeyId(what)
      ? 'An 8-digit key ID does not identify a key. Give its fingerprint, or its 16-digit key ID.'
      : "Import it with 'clojars-fetch keys import FILE', or look it up with 'clojars-fetch keys fetch FINGERPRINT'.",
  });
}
