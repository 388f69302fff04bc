/** Connects keyrings, trust model and the checking of signatures; each part is loaded when it is first needed. */
import { statSync } from 'node:fs';

import { unreadableFile } from '../../base/disk/named-file.js';
import { escapeForDisplay } from '../../base/escape.js';
import type { EventListener } from '../../base/event.js';
import type { SignatureChecker } from '../../fetch/context.js';
import type { CheckingSignatures } from '../../fetch/signature/signature-checker.js';
import type { EffectiveTrust } from '../../local/settings/configuration.js';
import type { CertificateSource } from '../../proof/openpgp/certificate/certificate-source.js';
import type { SignedSubject } from '../../proof/signed-subject.js';

export interface SignatureKeysOptions {
  readonly trust: EffectiveTrust;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly homeFolder: string;
  readonly emit: EventListener;
  /** The time to judge for, milliseconds since 1970. */
  readonly atMs: number;
}

/** Creates the session's checker. It reads nothing before its first use; its identity costs one stat per key file and loads no OpenPGP code. */
export function createSignatureKeys(options: SignatureKeysOptions): SignatureChecker {
  return new SignatureKeys(options);
}

class SignatureKeys implements SignatureChecker {
  readonly remembersSigners: boolean;
  readonly keyMaps: readonly string[];
  readonly #options: SignatureKeysOptions;
  #source: Promise<CertificateSource> | null = null;
  #checker: Promise<CheckingSignatures> | null = null;
  #identity: Promise<string> | null = null;

  constructor(options: SignatureKeysOptions) {
    this.#options = options;
    this.remembersSigners = options.trust.model !== 'key-map';
    this.keyMaps = options.trust.model === 'key-map' ? options.trust.keyMaps : [];
  }

  /** Leaves out the time: a verdict stands until keys or policy change, or --paranoid judges again. */
  identity(): Promise<string> {
    return (this.#identity ??= identityOf(this.#options.trust, this.#openSource()));
  }

  async check(...given: Parameters<SignatureChecker['check']>): ReturnType<SignatureChecker['check']> {
    return (await this.#openChecker()).check(...given);
  }

  async allowance(subject: SignedSubject): ReturnType<SignatureChecker['allowance']> {
    return this.#options.trust.model === 'key-map' ? (await this.#openChecker()).allowance(subject) : null;
  }

  #openSource(): Promise<CertificateSource> {
    return (this.#source ??= openSource(this.#options));
  }

  #openChecker(): Promise<CheckingSignatures> {
    return (this.#checker ??= openChecker(this.#options, this.#openSource()));
  }
}

async function openSource({ trust, env, homeFolder, emit }: SignatureKeysOptions): Promise<CertificateSource> {
  const [{ openKeyrings }, { defaultKeyStoreFolder }] = await Promise.all([
    import('../../local/keyring/open-keyrings.js'),
    import('../../local/keyring/key-store-folder.js'),
  ]);
  return openKeyrings({
    keyrings: trust.keyrings ?? undefined,
    keyStoreFolder: defaultKeyStoreFolder(env, process.platform, homeFolder),
    env,
    homeFolder,
    warn: (message) => emit({ type: 'warning', warning: 'keys', message: escapeForDisplay(message, 1000) }),
  });
}

async function openChecker({ trust, atMs }: SignatureKeysOptions, source: Promise<CertificateSource>): Promise<CheckingSignatures> {
  const [{ openSignatureEngine }, keys] = await Promise.all([import('./signature-engine.js'), source]);
  return openSignatureEngine(trust, keys, atMs);
}

async function identityOf({ model, webOfTrust, keyMaps }: EffectiveTrust, source: Promise<CertificateSource>): Promise<string> {
  const limits = model === 'web-of-trust' ? [webOfTrust.completes, webOfTrust.marginals, webOfTrust.depth] : [];
  const maps = model === 'key-map' ? keyMaps.map(describeFile) : [];
  return JSON.stringify([model, ...limits, ...maps, (await source).identity]);
}

function describeFile(file: string): string {
  try {
    const { size, mtimeMs, ctimeMs, ino } = statSync(file);
    return `${file} ${size} ${mtimeMs} ${ctimeMs} ${ino}`;
  } catch (cause) {
    throw unreadableFile(file, 'the key map', cause);
  }
}
