/** Keys for people: list, import, trust, fetch, explain. Wires keyrings, our key store and the web of trust together. */
import { homedir } from 'node:os';

import { ClojarsFetchError } from '../../base/error.js';
import { escapeForDisplay } from '../../base/escape.js';
import { version } from '../../base/package-version.js';
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
import type { Transport } from '../../network/transport/transport.js';
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
import { runBounded } from '../client/operation.js';
import { describeKey, type KeyDescription } from './describe-key.js';

/** The client's options count as far as they are about keys, the network and where settings come from. */
export interface KeysOptions extends ClientOptions {
  /** Folder of the key store that is written to. Default: `keys` in the user's configuration folder. */
  readonly keyStoreFolder?: string | undefined;
  /** Files as `gpg --export-ownertrust` writes them; they count before all other statements. */
  readonly ownertrustFiles?: readonly string[] | undefined;
}

/** A key that was put into the key store, or added to one that was there. */
export interface ImportedKey {
  readonly fingerprint: string;
  /** `changed`: something was added to what was there. */
  readonly outcome: 'new' | 'changed' | 'unchanged';
  /** As they are written, unchecked, NOT escaped. */
  readonly userIds: readonly string[];
  readonly source: string;
  /** The source held the secret key too, which was not stored. */
  readonly hadSecrets: boolean;
}

/** What was found on the network and imported. */
export interface FetchedKeys {
  /** URL that the keys came from. */
  readonly url: string;
  readonly keys: readonly ImportedKey[];
}

/** Whom to ask for a key. */
export interface FetchOptions {
  /** `https://…` or `hkps://…`: ask this key server alone. Default: for an address its Web Key Directory, then keys.openpgp.org. */
  readonly keyServer?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Errors of all: `ERR_CONFIG` for settings and keyrings that cannot be read, `ERR_LIMIT` for ones too large. */
export interface Keys {
  /** Where imported keys and ownertrust go. */
  readonly storeFolder: string;
  /** All keys of all keyrings, each once, in the order of the keyrings. */
  list(): Promise<readonly KeyDescription[]>;
  /**
   * The keys with this fingerprint or key ID (of a subkey too), or with this text in a user ID, whatever its case.
   * @throws ClojarsFetchError `ERR_NOT_FOUND` where there is none
   */
  show(what: string): Promise<readonly KeyDescription[]>;
  /**
   * Puts the keys of files, or of bytes, into our key store. What is there is added to and never dropped; of secret
   * keys only the public part is stored.
   * @throws ClojarsFetchError `ERR_NOT_FOUND` where a source holds no key; `ERR_LOCAL_REPOSITORY` where nothing can be written
   */
  import(sources: readonly (string | Uint8Array)[]): Promise<readonly ImportedKey[]>;
  /**
   * Says in our key store how far a key's owner is trusted to certify others; that counts before what GnuPG says.
   * `unknown` takes it back. Of the key's own validity it says nothing, but for `ultimate`: that is for one's own keys.
   * @param fingerprint of the primary key, whole: key IDs can be forged
   * @throws ClojarsFetchError `ERR_NOT_FOUND` where no keyring has the key
   */
  trust(fingerprint: string, ownertrust: Ownertrust): Promise<KeyDescription>;
  /** Removes a key, and what was said of its owner, from our key store; false where it was not there. */
  remove(fingerprint: string): Promise<boolean>;
  /**
   * Looks a fingerprint, key ID or address up on the network and imports what is found.
   * @throws ClojarsFetchError `ERR_NOT_FOUND`, `ERR_UNREACHABLE`, `ERR_OFFLINE`, `ERR_ABORTED`
   */
  fetch(what: string, options?: FetchOptions): Promise<FetchedKeys>;
  /**
   * The chains of certifications that make a key valid, or what is missing.
   * @throws ClojarsFetchError `ERR_NOT_FOUND` where no keyring has the key
   */
  explain(fingerprint: string): Promise<TrustExplanation>;
}

/** What tests replace. */
export interface KeysTuning {
  readonly transport?: Transport | undefined;
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  readonly homeFolder?: string | undefined;
  /** Milliseconds since 1970. */
  readonly now?: (() => number) | undefined;
  readonly defaultKeyServer?: string | undefined;
}

/** Reads nothing before the first question, and connects nowhere but in {@link Keys.fetch}. */
export function openKeys(options: KeysOptions = {}): Keys {
  return openKeysWith(options);
}

interface World {
  readonly configuration: EffectiveConfiguration;
  readonly source: CertificateSource;
  readonly read: CertificateReader;
  readonly web: WebOfTrust;
}

/** As {@link openKeys}, with surroundings of one's own; for tests, not exported by the package. */
export function openKeysWith(options: KeysOptions, tuning: KeysTuning = {}): Keys {
  const { env = process.env, homeFolder = homedir(), now = Date.now } = tuning;
  const { keyStoreFolder, ownertrustFiles, ...clientOptions } = options;
  const storeFolder = keyStoreFolder ?? defaultKeyStoreFolder(env, process.platform, homeFolder);
  const store = openKeyStore(storeFolder);
  const warn = (message: string): void => {
    try {
      options.onEvent?.({ type: 'warning', warning: 'keys', message: escapeForDisplay(message, 1000) });
    } catch {
      // What a listener throws breaks nothing.
    }
  };
  let configurationPromise: Promise<EffectiveConfiguration> | null = null;
  const configure = (): Promise<EffectiveConfiguration> =>
    (configurationPromise ??= loadConfiguration({ options: clientOptions, env, homeFolder }));

  /** Opened anew for each question: a change is seen by the next. */
  const open = async (): Promise<World> => {
    const configuration = await configure();
    const { keyrings, webOfTrust } = configuration.trust;
    const source = await openKeyrings({
      keyrings: keyrings ?? undefined,
      keyStoreFolder: storeFolder,
      ownertrustFiles,
      env,
      homeFolder,
      warn,
    });
    const atMs = now();
    const read = createCertificateReader(atMs, (id) => source.find(id));
    return { configuration, source, read, web: createWebOfTrust({ source, readCertificate: read, atMs, ...webOfTrust }) };
  };

  const describeAll = async ({ read, web }: World, certificates: Iterable<CertificateBytes>, all: boolean): Promise<KeyDescription[]> => {
    const copies = new Map<string, CertificateBytes[]>();
    for (const bytes of certificates) {
      const certificate = await read(bytes);
      if (certificate === null) warn(`a key in ${bytes.source} cannot be used: it is damaged or of a kind that is not known`);
      else copies.set(certificate.fingerprint, [...(copies.get(certificate.fingerprint) ?? []), bytes]);
    }
    const validities = new Map((all ? await web.all() : []).map((validity) => [validity.fingerprint, validity]));
    const described: KeyDescription[] = [];
    for (const [fingerprint, ofKey] of copies) {
      const certificate = await readMerged(read, ofKey);
      const validity = validities.get(fingerprint) ?? (await web.validity(fingerprint));
      if (certificate !== null)
        described.push(
          describeKey(
            certificate,
            validity,
            ofKey.map(({ source }) => source),
          ),
        );
    }
    return described;
  };

  const importBytes = async (bytes: Uint8Array, source: string): Promise<ImportedKey[]> => {
    const found = readCertificates(bytes, source, limitWarnings(warn));
    if (found.some(({ hadSecrets }) => hadSecrets))
      warn(
        `${source} holds SECRET keys. They were NOT stored, only their public part was; keep secret keys in GnuPG, and do not leave this file lying about`,
      );
    const imported: ImportedKey[] = [];
    const read = createCertificateReader(now());
    for (const {
      bytes: certificate,
      fingerprints: [fingerprint],
      hadSecrets,
    } of found) {
      const certified = await read({ bytes: certificate, source });
      if (certified === null) {
        warn(`the key ${fingerprint} in ${source} cannot be used, and was not imported: it is damaged or of a kind that is not known`);
        continue;
      }
      const outcome = await store.add(certificate);
      imported.push({ fingerprint, outcome, userIds: certified.userIds.map(({ text }) => text), source, hadSecrets });
    }
    return imported;
  };

  return {
    storeFolder,
    async list() {
      const world = await open();
      return describeAll(world, await collect(world.source), true);
    },
    async show(what) {
      const world = await open();
      const name = parseKeyName(what);
      const described =
        name === null
          ? await describeAll(world, await collect(world.source), false).then((all) =>
              all.filter(({ userIds }) => userIds.some(({ text }) => text.toLowerCase().includes(what.toLowerCase()))),
            )
          : await describeAll(world, await world.source.find(name), false);
      if (described.length === 0) throw absent(what);
      return described;
    },
    async import(sources) {
      const imported: ImportedKey[] = [];
      for (const [index, one] of sources.entries()) {
        const source = typeof one === 'string' ? one : `source ${index + 1}`;
        if (typeof one === 'string' && (await lookAt(one))?.kind !== 'file')
          throw new ClojarsFetchError('ERR_CONFIG', {
            reason: 'unreadable',
            path: one,
            message: `${one} is no file`,
            hint: 'give files of public keys, armored or binary',
          });
        const ofSource = await importBytes(typeof one === 'string' ? readWhole(one, fileMaxBytes) : one, source);
        if (ofSource.length === 0)
          throw new ClojarsFetchError('ERR_NOT_FOUND', {
            reason: 'absent',
            message: `${source} holds no public key that can be imported`,
            hint: "export keys with 'gpg --armor --export NAME'",
          });
        imported.push(...ofSource);
      }
      return imported;
    },
    async trust(text, ownertrust) {
      const fingerprint = wholeFingerprint(text);
      if (!ownertrusts.includes(ownertrust))
        throw new ClojarsFetchError('ERR_CONFIG', {
          reason: 'bad-value',
          message: `'${String(ownertrust)}' is no ownertrust`,
          hint: `give one of ${ownertrusts.join(', ')}`,
        });
      const before = await open();
      const [there] = await describeAll(before, await before.source.find(fingerprint), false);
      if (there?.fingerprint !== fingerprint) throw absent(fingerprint);
      await store.setOwnertrust(fingerprint, ownertrust);
      const after = await open();
      const [described] = await describeAll(after, await after.source.find(fingerprint), false);
      const inEffect = (await after.source.ownertrust()).get(fingerprint) ?? 'unknown';
      if (inEffect !== ownertrust)
        warn(
          `the ownertrust in effect is '${inEffect}': ${ownertrust === 'unknown' ? 'another keyring says so' : `${storeFolder} is not among the keyrings in use, or another statement comes before`}`,
        );
      return described ?? there;
    },
    async remove(text) {
      return store.remove(wholeFingerprint(text));
    },
    async fetch(what, { keyServer, signal } = {}) {
      const [{ fetchCertificates }, { defaultKeyServer, parseKeyServer }] = await Promise.all([
        import('./fetch-keys.js'),
        import('./key-server.js'),
      ]);
      const server = keyServer === undefined ? null : parseKeyServer(keyServer);
      const configuration = await configure();
      if (configuration.offline)
        throw new ClojarsFetchError('ERR_OFFLINE', {
          reason: 'absent',
          coordinate: what,
          message: `the key ${escapeForDisplay(what)} is not looked up: offline`,
          hint: 'leave out --offline',
        });
      const read = createCertificateReader(now());
      const signals = [options.signal, signal].filter((one) => one !== undefined);
      return runBounded(what, signals, configuration.timeoutMs, async (combined) => {
        const transport = tuning.transport ?? (await createKeyTransport(configuration, env));
        try {
          const { certificates, url } = await fetchCertificates({
            what,
            keyServer: server,
            defaultKeyServer: parseKeyServer(tuning.defaultKeyServer ?? defaultKeyServer),
            transport,
            readCertificate: read,
            warn,
            signal: combined,
          });
          const keys: ImportedKey[] = [];
          for (const { bytes } of certificates) keys.push(...(await importBytes(bytes, `${url.origin}${url.pathname}`)));
          return { url: url.href, keys };
        } finally {
          if (tuning.transport === undefined) await transport.close();
        }
      });
    },
    async explain(text) {
      const { web } = await open();
      const fingerprint = wholeFingerprint(text);
      const explanation = await web.explain(fingerprint);
      if (explanation === null) throw absent(fingerprint);
      return explanation;
    },
  };
}

async function collect(source: CertificateSource): Promise<readonly CertificateBytes[]> {
  const all: CertificateBytes[] = [];
  for await (const one of source.all()) all.push(one);
  return all;
}

/** Copies in several keyrings are one key: a revocation counts wherever it lies. */
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
    message: `'${escapeForDisplay(text)}' is no fingerprint`,
    hint: "give all 40 or 64 hex digits, as 'clojars-fetch keys list' shows them; a key ID can belong to several keys",
  });
}

function absent(what: string): ClojarsFetchError {
  return new ClojarsFetchError('ERR_NOT_FOUND', {
    reason: 'absent',
    coordinate: what,
    message: `no keyring has the key ${escapeForDisplay(what)}`,
    hint: "import it with 'clojars-fetch keys import FILE', or look it up with 'clojars-fetch keys fetch FINGERPRINT'",
  });
}

async function createKeyTransport(
  { ca, proxyFor }: EffectiveConfiguration,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Transport> {
  const [{ createTransport }, { proxyFromEnvironment }] = await Promise.all([
    import('../../network/transport/create-transport.js'),
    import('../../network/transport/proxy-environment.js'),
  ]);
  return createTransport({ ca, proxyFor: proxyFor ?? proxyFromEnvironment(env), userAgent: `clojars-fetch/${version}` });
}
