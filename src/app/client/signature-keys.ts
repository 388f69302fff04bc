/** Connects keyrings, trust model and the checking of signatures; each part is loaded when it is first needed. */
import { unreadableFile } from '../../base/disk/named-file.js';
import { escapeForDisplay } from '../../base/escape.js';
import type { EventListener } from '../../base/event.js';
import type { SignatureChecker } from '../../fetch/context.js';
import type { CheckingSignatures } from '../../fetch/signature/signature-checker.js';
import type { EffectiveTrust } from '../../local/settings/configuration.js';
import type { CertificateSource } from '../../proof/openpgp/certificate/certificate-source.js';

export interface SignatureKeysOptions {
  readonly trust: EffectiveTrust;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly homeFolder: string;
  readonly emit: EventListener;
  /** The time to judge for, milliseconds since 1970. */
  readonly atMs: number;
}

/** Creates the session's checker. It reads nothing before its first use; its identity costs one stat per key file and loads no OpenPGP code. */
export function createSignatureKeys({ trust, env, homeFolder, emit, atMs }: SignatureKeysOptions): SignatureChecker {
  const openSource = async (): Promise<CertificateSource> => {
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
  };
  let opened: Promise<CertificateSource> | null = null;
  const source = (): Promise<CertificateSource> => (opened ??= openSource());
  let checker: Promise<CheckingSignatures> | null = null;
  const openChecker = async (): Promise<CheckingSignatures> => {
    const [{ openSignatureEngine }, keys] = await Promise.all([import('./signature-engine.js'), source()]);
    return openSignatureEngine(trust, keys, atMs);
  };
  let identity: Promise<string> | null = null;
  return {
    remembersSigners: trust.model !== 'key-map',
    // The time is left out: a verdict stands until keys or policy change, or --paranoid judges again.
    identity: () => (identity ??= identityOf(trust, source())),
    check: async (...given) => (await (checker ??= openChecker())).check(...given),
    allowance: async (subject) => (trust.model === 'key-map' ? (await (checker ??= openChecker())).allowance(subject) : null),
  };
}

async function identityOf({ model, webOfTrust, keyMaps }: EffectiveTrust, source: Promise<CertificateSource>): Promise<string> {
  const limits = model === 'web-of-trust' ? [webOfTrust.completes, webOfTrust.marginals, webOfTrust.depth] : [];
  const maps = model === 'key-map' ? await Promise.all(keyMaps.map(describeFile)) : [];
  return JSON.stringify([model, ...limits, ...maps, (await source).identity]);
}

async function describeFile(file: string): Promise<string> {
  const { stat } = await import('node:fs/promises');
  try {
    const { size, mtimeMs, ctimeMs, ino } = await stat(file);
    return `${file} ${size} ${mtimeMs} ${ctimeMs} ${ino}`;
  } catch (cause) {
    throw unreadableFile(file, 'the key map', cause);
  }
}
